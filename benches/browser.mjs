// The measurements in a browser: node benches/browser.mjs --out file [--rounds n] [section…]
import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { chromium } from "@playwright/test";
import { chromiumOptions } from "../demo/chromium.mjs";

const SECTIONS = ["signing", "start-up", "paid-start", "paid", "parallel"];

const { values, positionals } = parseArgs({
  // Fewer rounds, to try a section out.
  options: { out: { type: "string" }, rounds: { type: "string" } },
  allowPositionals: true,
});

const wanted = positionals.length > 0 ? positionals : SECTIONS;
const tables = [];
const browser = await chromium.launch(chromiumOptions());
const version = browser.version();
try {
  for (const name of wanted) {
    console.log(`measuring ${name}…`);
    const { run } = await import(`./sections/${name}.mjs`);
    tables.push(...(await run(browser, values.rounds && Number(values.rounds))));
  }
} finally {
  await browser.close();
}
writeFileSync(values.out, JSON.stringify({ browser: `Chromium ${version}`, tables }, null, 2));
