// An extension (manifest version 3) whose service worker pays, with nothing but an offscreen document beside it.
import { equal, match } from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium } from "@playwright/test";
import { chromiumOptions } from "../../../demo/chromium.mjs";
import { stopWorkers } from "../support/stop-workers.mjs";
import { unbundled } from "../support/unbundled.mjs";

/** A page of the extension in a browser of its own, as extensions are given when a browser starts. */
async function pageOf(folder, ends) {
  const profile = mkdtempSync(join(tmpdir(), "microraiden-extension-"));
  ends.add(() => rmSync(profile, { recursive: true, force: true }));
  const { args, ignoreDefaultArgs, ...options } = chromiumOptions();
  const context = await chromium.launchPersistentContext(profile, {
    ...options,
    args: [...args, `--disable-extensions-except=${folder}`, `--load-extension=${folder}`],
    ignoreDefaultArgs: [...ignoreDefaultArgs, "--disable-extensions"],
  });
  ends.add(() => context.close());
  const worker = context.serviceWorkers()[0] ?? (await context.waitForEvent("serviceworker"));
  const page = await context.newPage();
  await page.goto(new URL("button.html", worker.url()).href);
  return page;
}

const ask = (page, query) => page.evaluate((text) => globalThis.chrome.runtime.sendMessage(text), query);

export default async function extension({ folder, stack, ends, query }) {
  unbundled(folder, "./node_modules/microraiden/index.js");
  const page = await pageOf(folder, ends);
  const mine = await query();
  equal(await ask(page, mine), `paid 200 true: 1 ${stack.price}`);
  // A worker that starts anew finds the document with its storage, and pays from the same channel.
  await stopWorkers(page);
  equal(await ask(page, mine), `paid 200 true: 1 ${2n * stack.price}`);
  // A manifest that does not allow WebAssembly: the error says so.
  const manifest = join(folder, "manifest.json");
  const forgetful = { ...JSON.parse(readFileSync(manifest, "utf8")), content_security_policy: undefined };
  writeFileSync(manifest, JSON.stringify(forgetful));
  match(await ask(await pageOf(folder, ends), mine), /^failed not-loaded .*'wasm-unsafe-eval'/);
}
