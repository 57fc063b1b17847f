// A service worker that pays for the pictures of pages, with the storage of whichever page is open.
import { deepEqual } from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { stopWorkers } from "../support/stop-workers.mjs";
import { unbundled } from "../support/unbundled.mjs";

export default async function serviceWorker({ folder, browser, stack, ends, serve, query, outcome }) {
  unbundled(folder, "/node_modules/microraiden/index.js");
  const html = '<!DOCTYPE html><title>waiting</title><body><script type="module" src="/page.js"></script>';
  writeFileSync(join(folder, "index.html"), html);
  const context = await browser.newContext();
  ends.add(() => context.close());
  const url = `${await serve(folder)}?${await query()}`;
  const first = await context.newPage();
  deepEqual(await outcome(first, url), "paid 200 true");
  // A worker that starts anew asks the page again, and pays from the same channel.
  await stopWorkers(first);
  const more = (page) => page.evaluate("more()");
  deepEqual(await more(first), { channels: 1, spent: 2n * stack.price });
  // Another page takes the place of one that is closed. What the first one showed it shows for nothing.
  const second = await context.newPage();
  deepEqual(await outcome(second, url), "paid 200 true");
  await first.close();
  deepEqual(await more(second), { channels: 1, spent: 3n * stack.price });
}
