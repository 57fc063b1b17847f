// A text that flows while it is paid for, on the demo's page of it, in a browser whose tabs can be hidden.
import { parseEther } from "viem";
import { generatePrivateKey, privateKeyToAddress } from "viem/accounts";
import { startStream } from "../../demo/stream.mjs";
import { coreIf } from "./support/core.mjs";
import { expect } from "./support/fixtures.mjs";
import { test as plain } from "./support/plain-browser.mjs";

/** Of a second of the text. Odd on purpose, as `PRICE`. */
const PRICE = 10_000_000_000_000_003n;

/** @type {import("../types/fixtures.d.ts").StreamTest} */
const test = plain.extend({
  credit: [true, { option: true }],
  live: async ({ stack, credit }, use, testInfo) => {
    const receiverKey = generatePrivateKey();
    await stack.setEther(privateKeyToAddress(receiverKey), parseEther("1"));
    const stream = await startStream({
      rpcUrl: stack.rpcUrl,
      contract: stack.contract,
      receiverKey,
      store: testInfo.outputPath("stream.db"),
      price: String(PRICE),
      interval: 1,
      faucet: stack.owner,
      credit,
      log: testInfo.outputPath("stream.log"),
    });
    const earned = async () => BigInt(await (await fetch(`${stream.url}/earned`)).text());
    await use({ url: stream.url, earned });
    await stream.stop();
  },
});

/**
 * Opens the page and reads; `most` in tokens.
 * @param {{ most?: string, seen?: boolean }} [options]
 */
async function read(page, live, options = {}) {
  const { most, seen } = options;
  await page.goto(live.url);
  await expect(page.getByRole("button", { name: "Read" })).toBeEnabled();
  if (most) await page.getByLabel("Spend at most").fill(most);
  if (seen) await page.getByLabel("Pay only while").check();
  await page.getByRole("button", { name: "Read" }).click();
}

/** Waits until so many seconds were paid for. */
const flows = (live, seconds) =>
  expect.poll(live.earned, { intervals: [50], timeout: 30_000 }).toBeGreaterThanOrEqual(BigInt(seconds) * PRICE);

/** What the payer has paid and what it does not know of, as its ledger says. */
const ledger = (page) =>
  page.evaluate(async () => {
    const library = await import(String("/js/microraiden/index.js"));
    await library.default();
    const { contract, rpcUrl } = await (await fetch("/terms.json")).json();
    const wallet = await library.LocalKey.load();
    const client = await library.MicroRaiden.connect({ wallet, contract, rpc: rpcUrl });
    const paid = { paid: 0n, taken: 0n, unknown: 0n, uncounted: 0n };
    for (const { outcome, amount } of await client.ledger()) paid[outcome] += amount;
    return { paid: paid.paid + paid.taken, unknown: paid.unknown };
  });

/** Nothing is paid in two seconds, in which two payments would be due. Gives the sum. */
async function nothingMore(live, before) {
  await new Promise((resolve) => setTimeout(resolve, 2_500));
  const sum = await live.earned();
  // At most the second that was under way.
  expect(sum - before).toBeLessThanOrEqual(PRICE);
  await new Promise((resolve) => setTimeout(resolve, 2_500));
  expect(await live.earned()).toBe(sum);
  return sum;
}

for (const credit of [true, false]) {
  test.describe(credit ? "with numbers" : "without numbers", () => {
    test.use({ credit });

    test("a text flows while it is paid for, until the reader stops", coreIf(credit), async ({ page, live }) => {
      await read(page, live);
      await flows(live, 4);
      const words = async () => (await page.locator("#text").textContent()).split(/\s+/).length;
      expect(await words()).toBeGreaterThan(15);
      const before = await live.earned();
      await page.getByRole("button", { name: "Stop" }).click();
      await expect(page.getByRole("status")).toHaveText("Stopped. Nothing more is paid.");
      const seen = await words();
      const sum = await nothingMore(live, before);
      expect(await words()).toBe(seen);
      expect(await ledger(page)).toEqual({ paid: sum, unknown: 0n });
    });

    test("a payment whose answer is lost is made once", async ({ page, live }) => {
      let lost = 0;
      await page.route(/rdn-stream=.*interval=3$/, async (route) => {
        if (lost++ > 0) return route.continue();
        await route.fetch();
        return route.abort("connectionreset");
      });
      await read(page, live, { most: "0.04" });
      await expect(page.getByRole("status")).toHaveText(/what you wanted to spend/, { timeout: 20_000 });
      expect(lost).toBeGreaterThan(1);
      // 0.04 is a little less than four times the price.
      expect(await live.earned()).toBe(3n * PRICE);
      expect(await ledger(page)).toEqual({ paid: 3n * PRICE, unknown: 0n });
    });
  });
}

test("it stops at the reader's limit, and what was paid for is read to its end", async ({ page, live }) => {
  await read(page, live, { most: "0.031" });
  await expect(page.getByRole("status")).toHaveText(/what you wanted to spend/, { timeout: 20_000 });
  expect(await live.earned()).toBe(3n * PRICE);
  const words = (await page.locator("#text").textContent()).trim().split(/\s+/).length;
  // Three seconds of ten words.
  expect(words).toBeGreaterThanOrEqual(27);
  expect(words).toBeLessThanOrEqual(31);
  expect(await ledger(page)).toEqual({ paid: 3n * PRICE, unknown: 0n });
});

test("it stops while the tab is hidden, if the policy says so", async ({ page, context, live }) => {
  await read(page, live, { seen: true });
  await flows(live, 3);
  const other = await context.newPage();
  await other.bringToFront();
  await expect.poll(() => page.evaluate(() => document.visibilityState)).toBe("hidden");
  const sum = await nothingMore(live, await live.earned());
  await page.bringToFront();
  await expect(page.getByRole("status")).toHaveText(/page-hidden/);
  expect(await ledger(page)).toEqual({ paid: sum, unknown: 0n });
});

test("it stops when the tab is closed", async ({ page, context, live }) => {
  await read(page, live);
  await flows(live, 3);
  const next = await context.newPage();
  await next.goto(`${live.url}/terms.json`);
  const before = await live.earned();
  await page.close();
  const sum = await nothingMore(live, before);
  const { paid, unknown } = await ledger(next);
  // The answer to the last one may have been lost with the tab.
  expect([paid, paid + unknown]).toContain(sum);
});

test("a reader that stops reading stops paying, without a word", async ({ page, live }) => {
  await read(page, live);
  await flows(live, 2);
  await page.getByRole("button", { name: "Stop" }).click();
  await nothingMore(live, await live.earned());
  const { before, paused } = await page.evaluate(async (price) => {
    const library = await import(String("/js/microraiden/index.js"));
    const { payingStream } = await import(String("/js/microraiden/stream.js"));
    const { contract, rpcUrl } = await (await fetch("/terms.json")).json();
    const wallet = await library.LocalKey.load();
    const client = await library.MicroRaiden.connect({ wallet, contract, rpc: rpcUrl });
    const paid = { intervals: 1 };
    const onInterval = ({ interval }) => (paid.intervals = interval);
    const live = payingStream(client, { maxPrice: price, maxTotal: 20n * price, onInterval });
    const response = await live("/live");
    const reader = response.body.getReader();
    while (paid.intervals < 2) await reader.read();
    const before = paid.intervals;
    await new Promise((resolve) => setTimeout(resolve, 4_000));
    const paused = paid.intervals;
    await reader.cancel();
    return { before, paused };
  }, PRICE);
  expect(paused - before).toBeLessThanOrEqual(1);
});
