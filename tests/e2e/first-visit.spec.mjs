// What a first visit loads, in requests and bytes as they travel, against benches/page-budget.json.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../../demo/root.mjs";
import { core } from "./support/core.mjs";
import { expect, test } from "./support/fixtures.mjs";

const budget = JSON.parse(readFileSync(join(root, "benches/page-budget.json"), "utf8"));

/** By part of the budget, how the page is opened until all is there that it loads by itself. */
const visits = {
  list: ({ page }, stack) => page.goto(stack.url, { waitUntil: "networkidle" }),
  offer: async (visitor) => {
    await visitor.arrive();
    await visitor.page.waitForLoadState("networkidle");
  },
};

/** Counts what comes from the server, headers and all; the chain's node is another place. */
async function watch(page, url) {
  const session = await page.context().newCDPSession(page);
  const sizes = new Map();
  session.on("Network.requestWillBeSent", ({ requestId, request }) => {
    if (request.url.startsWith(url)) sizes.set(requestId, 0);
  });
  session.on("Network.loadingFinished", ({ requestId, encodedDataLength }) => {
    if (sizes.has(requestId)) sizes.set(requestId, encodedDataLength);
  });
  await session.send("Network.enable");
  return sizes;
}

for (const [part, open] of Object.entries(visits)) {
  test(`a first visit of ${budget[part].what} stays within its budget`, core, async ({ visitor, stack }) => {
    const sizes = await watch(visitor.page, stack.url);
    await open(visitor, stack);
    const bytes = [...sizes.values()].reduce((sum, size) => sum + size, 0);
    console.log(`${budget[part].what}: ${sizes.size} requests of ${budget[part].requests}, ${bytes} bytes of ${budget[part].bytes}`);
    expect(bytes).toBeGreaterThan(1000);
    expect(sizes.size, "requests").toBeLessThanOrEqual(budget[part].requests);
    expect(bytes, "bytes").toBeLessThanOrEqual(budget[part].bytes);
  });
}
