// How a state is looked at, without reaching it again: window, colours, size of text.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { WINDOW } from "./scene.mjs";

const WIDTHS = [320, 768, 1280];
const HEIGHT = 800;
/** That of a phone, with its browser's bars. */
const PHONE_HEIGHT = 640;
/** How many pictures are taken, until two are the same. */
const PATIENCE = 10;

/**
 * @typedef {object} Look
 * @property {string} name
 * @property {string} group which of the contact sheet's switches shows it.
 * @property {number} width
 * @property {"light" | "dark"} [colorScheme]
 * @property {"active" | "none"} [forcedColors]
 * @property {string} [text] the size of text.
 * @property {boolean} [window] only what the window shows, and not the page to its end.
 */

/** @type {(group: string, look: object) => Look[]} */
const atEachWidth = (group, look) => WIDTHS.map((width) => ({ name: `${width} ${group}`, group, width, ...look }));

const light = atEachWidth("light", {});

const larger = atEachWidth("text 200 %", { text: "200%" });
const [large] = larger;

/** @type {Look} */
const phone = { name: "320 window", group: "window", width: 320, window: true };

/** By language, all looks. Those of the window come first: they show where the page has scrolled to. */
export const looks = {
  en: [
    phone,
    ...light,
    ...atEachWidth("dark", { colorScheme: "dark" }),
    ...atEachWidth("forced colours", { colorScheme: "dark", forcedColors: "active" }),
    ...larger,
  ],
  // Long words, and what is mirrored, are hardest on the narrowest window with large text.
  de: [phone, ...light, large],
  ar: [phone, ...light, large],
};

/** The names of all looks, each once. */
export const names = [...new Set(Object.values(looks).flat().map(({ name }) => name))];

/** Makes the page look so. */
export async function take(page, /** @type {Look} */ look) {
  const { width, colorScheme = "light", forcedColors = "none", text = "" } = look;
  await page.setViewportSize({ width, height: look.window ? PHONE_HEIGHT : HEIGHT });
  await page.emulateMedia({ colorScheme, forcedColors });
  await page.evaluate((size) => {
    document.documentElement.style.fontSize = size;
  }, text);
  await painted(page);
}

/** Waits until the page was painted so. Without scripts nothing tells. */
function painted(page) {
  return page.evaluate(
    () =>
      matchMedia("(scripting: none)").matches ||
      new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(true)))),
  );
}

/** Makes the page look as it did while its state was reached. */
export async function restore(page) {
  await take(page, { name: "", group: "", width: WINDOW.width });
  await page.setViewportSize(WINDOW);
}

/** Takes a picture of each look into the folder, and has each looked at: `seen(look)`. */
export async function photograph(page, folder, /** @type {Look[]} */ list, seen) {
  for (const look of list) {
    await take(page, look);
    await seen(look);
    if (!look.window) await page.evaluate(() => window.scrollTo(0, 0));
    writeFileSync(join(folder, fileOf(look)), await picture(page, !look.window));
  }
  await restore(page);
}

/** A picture with what frames show: they paint by themselves, and maybe later. */
async function picture(page, /** @type {boolean} */ fullPage) {
  const taken = () => page.screenshot({ fullPage, animations: "disabled" });
  let last = await taken();
  for (let again = page.frames().length > 1 ? PATIENCE : 0; again > 0; again--) {
    const next = await taken();
    if (next.equals(last)) break;
    last = next;
  }
  return last;
}

export function fileOf(/** @type {Look} */ { name }) {
  return `${slug(name)}.png`;
}

/** A name as a part of a path. */
export function slug(name) {
  return name.toLowerCase().replace(/[^a-z0-9]+/g, "-").replace(/^-|-$/g, "");
}
