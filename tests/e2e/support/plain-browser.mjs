// A browser as people have it: tabs that are not in front are hidden and their timers throttled, and pages
// that are left stay in the back/forward cache. Playwright's own launches switch both off.
import { spawn } from "node:child_process";
import { mkdtempSync } from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { chromium } from "@playwright/test";
import { chromiumOptions } from "../../../demo/chromium.mjs";
import { test as base } from "./fixtures.mjs";

/** @type {import("../../types/fixtures.d.ts").PlainTest} */
export const test = base.extend({
  context: async ({}, use) => {
    const browser = await PlainBrowser.start();
    await use(browser.context);
    await browser.stop();
  },
  page: async ({ context }, use) => use(context.pages()[0] ?? (await context.newPage())),
});

class PlainBrowser {
  #process;
  #folder;
  #browser;

  static async start() {
    const started = new PlainBrowser();
    const { executablePath, args } = chromiumOptions();
    started.#folder = mkdtempSync(join(tmpdir(), "microraiden-browser-"));
    const own = ["--headless=new", "--remote-debugging-port=0", `--user-data-dir=${started.#folder}`];
    const child = spawn(executablePath, [...args, ...own, "about:blank"], {
      stdio: ["ignore", "ignore", "pipe"],
    });
    started.#process = child;
    started.#browser = await chromium.connectOverCDP(await endpoint(child), { noDefaults: true });
    return started;
  }

  get context() {
    return this.#browser.contexts()[0];
  }

  async stop() {
    const ended = new Promise((resolve) => this.#process.once("exit", resolve));
    await this.#browser.close();
    this.#process.kill();
    await ended;
    // The browser's own children may still write.
    await rm(this.#folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
  }
}

/** Where the browser listens, as it says. */
function endpoint(child) {
  return new Promise((resolve, reject) => {
    const lines = createInterface({ input: child.stderr });
    lines.on("line", (line) => {
      const [, url] = /DevTools listening on (\S+)/.exec(line) ?? [];
      if (url) resolve(url);
    });
    child.once("exit", (code) => reject(new Error(`The browser ended with ${code}.`)));
  });
}
