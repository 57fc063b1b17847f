// Pictures of the page in all its states, and what axe finds in them:
// node tests/states/pictures.mjs [--language de …] [--only text …] [--look name …] [--no-axe]
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { chromium } from "@playwright/test";
import { chromiumOptions } from "../../demo/chromium.mjs";
import { root } from "../../demo/root.mjs";
import { startStack } from "../../demo/stack.mjs";
import { arabicPage } from "./arabic.mjs";
import { axeFaults } from "./axe.mjs";
import { writeContactSheet } from "./contact-sheet.mjs";
import { layoutFaults } from "./layout.mjs";
import { looks as allLooks, names, photograph, restore, slug, take } from "./looks.mjs";
import { Scene, walk } from "./scene.mjs";
import { journeys as all } from "./states.mjs";

/** By language, what the browser asks for. */
const BROWSERS = { en: "en-GB", de: "de-DE", ar: "ar-EG" };
/** What axe looks at. */
const LOOKED_AT = [
  { name: "light", group: "", width: 1280 },
  { name: "dark", group: "", width: 1280, colorScheme: "dark" },
  { name: "narrow", group: "", width: 320 },
];

const { values } = parseArgs({
  options: {
    language: { type: "string", multiple: true, default: Object.keys(BROWSERS) },
    only: { type: "string", multiple: true, default: [] },
    look: { type: "string", multiple: true, default: [] },
    "no-axe": { type: "boolean", default: false },
  },
});

const folder = join(root, "target/pictures");
const strange = values.look.filter((name) => !names.includes(name));
if (strange.length > 0) {
  console.error(`There is no look "${strange.join('", "')}". There are:\n  ${names.join("\n  ")}`);
  process.exit(2);
}
const wanted = ({ title }) => values.only.length === 0 || values.only.some((text) => title.includes(text));
const journeys = all.filter(wanted);
if (journeys.length === 0) {
  const titles = all.map(({ title }) => title);
  console.error(`No journey's title contains "${values.only.join('" or "')}". There are:\n  ${titles.join("\n  ")}`);
  process.exit(2);
}
/** By language, the looks that are wanted. */
const looks = Object.fromEntries(
  Object.entries(allLooks).map(([language, list]) => [
    language,
    list.filter(({ name }) => values.look.length === 0 || values.look.includes(name)),
  ]),
);
/** @type {{ title: string, name: string, languages: string[] }[]} */
const shown = [];
const missed = [];
/** By fault that axe or the layout tells, in which states it is. @type {Map<string, string[]>} */
const faults = new Map();

const total = journeys.flatMap(({ states }) => Object.keys(states)).length * values.language.length;
let count = 0;
let pictures = 0;
const begun = Date.now();

function tell(language, name, more = "") {
  count += 1;
  console.log(`state ${count} of ${total} (${language}): ${name}${more}`);
}

function note(found, where) {
  for (const fault of found) {
    faults.set(fault, [...(faults.get(fault) ?? []), where]);
  }
}

async function lookWithAxe(page, name) {
  for (const look of LOOKED_AT) {
    await take(page, /** @type {import("./looks.mjs").Look} */ (look));
    note(await axeFaults(page), `${name} (${look.name})`);
  }
  await restore(page);
}

async function see(language, { title, scripts = true }, name, { page }) {
  tell(language, name);
  const own = join(folder, language, slug(name));
  mkdirSync(own, { recursive: true });
  await photograph(page, own, looks[language], async (look) => {
    pictures += 1;
    note(await layoutFaults(page), `${name} (${language}, ${look.name})`);
  });
  const state = shown.find((entry) => entry.name === name);
  if (state) state.languages.push(language);
  else shown.push({ title, name, languages: [language] });
  // After each state, so that a run that is broken off shows what it saw.
  writeContactSheet(folder, shown, looks);
  // axe is a script, too.
  if (language === "en" && scripts && !values["no-axe"]) await lookWithAxe(page, name);
}

async function show(stack, browser, language) {
  const folder = language === "ar" ? arabicPage() : null;
  const scene = await Scene.on({ stack, browser, language: BROWSERS[language], folder });
  await walk(scene, journeys, {
    see: (...state) => see(language, ...state),
    missed: (journey, name, error) => {
      tell(language, name, `: NOT REACHED, ${error.message.split("\n")[0]}`);
      missed.push(`${journey.title}: ${name} (${language}): ${error.message}`);
    },
  });
  await scene.stop();
}

/** Tells what was found; whether it is nothing. */
function report() {
  for (const [fault, states] of faults) {
    console.error(`\n${fault}\n  in ${states.length}: ${states.join(", ")}`);
  }
  for (const line of missed) {
    console.error(`\nnot reached: ${line}`);
  }
  const minutes = ((Date.now() - begun) / 60_000).toFixed(1);
  const found = `${faults.size} faults found by axe or in the layout, ${missed.length} states not reached`;
  console.log(`\n${pictures} pictures of ${shown.length} states in ${minutes} minutes: ${found}.`);
  console.log(`The contact sheet is ${join(folder, "index.html")}`);
  return faults.size === 0 && missed.length === 0;
}

rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });
const stack = await startStack({ blockTime: 0.25 });
const browser = await chromium.launch(chromiumOptions());
try {
  for (const language of values.language) {
    await show(stack, browser, language);
  }
} finally {
  await browser.close();
  await stack.stop();
}
process.exitCode = report() ? 0 : 1;
