// A page with many paid pictures, six at once, over a link with latency.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseEther } from "viem";
import { privateKeyToAddress } from "viem/accounts";
import { startStack } from "../../demo/stack.mjs";
import { bundlePage, output } from "../candidates.mjs";
import { KEY } from "../pages/payment.mjs";
import { quantile } from "../statistics.mjs";

const ROUNDS = 3;
const PICTURES = 200;
const LANES = 6;
const LATENCY_MS = 100;
const PRICE = 1000n;
/** @type {`0x${string}`[]} */
const KEYS = [KEY, `0x${"b8".repeat(32)}`];

export async function run(browser, rounds = ROUNDS) {
  const scripts = join(output, "pages");
  await bundlePage("parallel", scripts);
  const stack = await startStack({ price: String(PRICE), credit: true });
  const context = await browser.newContext();
  try {
    for (const key of KEYS) {
      const account = privateKeyToAddress(key);
      await stack.sendTokens(account, parseEther("1"));
      await stack.setEther(account, parseEther("1"));
    }
    const page = await context.newPage();
    await page.goto(`${stack.url}/cm`);
    await page.evaluate(readFileSync(join(scripts, "parallel.js"), "utf8"));
    const { contract, rpcUrl, receiver } = stack;
    const setting = {
      contract,
      rpcUrl,
      receiver,
      path: "/doggo.jpg",
      price: String(PRICE),
      deposit: String(PRICE * 10_000n),
      keys: KEYS,
      pictures: PICTURES,
      lanes: LANES,
    };
    await page.evaluate((given) => globalThis.prepareParallel(given), setting);
    const devTools = await context.newCDPSession(page);
    // The latency of Chromium's own throttling, which is added to each answer's headers.
    const link = { offline: false, latency: LATENCY_MS, downloadThroughput: -1, uploadThroughput: -1 };
    await devTools.send("Network.enable");
    await devTools.send("Network.emulateNetworkConditions", link);
    const text = await page.evaluate((count) => globalThis.measureParallel(count), rounds);
    const { value, error } = JSON.parse(text);
    if (error) {
      throw new Error(`The page cannot pay: ${error}`);
    }
    return [table(value)];
  } finally {
    await context.close();
    await stack.stop();
  }
}

function table(times) {
  const base = quantile(times.parallel, 0.5);
  const row = (name, list) => ({
    name,
    median: quantile(list, 0.5) / 1000,
    each: quantile(list, 0.5) / PICTURES,
    ratio: quantile(list, 0.5) / base,
  });
  return {
    title: `${PICTURES} paid pictures of one channel on a page, ${LANES} at once, ${LATENCY_MS} ms of latency`,
    columns: [
      { key: "name", title: "who" },
      { key: "median", title: "median, s", digits: 2 },
      { key: "each", title: "for each, ms", digits: 1 },
      { key: "ratio", title: "times ours", digits: 2 },
    ],
    rows: [
      row("ours, payments with numbers", times.parallel),
      row("ours, in turns (`maxCredit: 0n`)", times.turns),
      row("ask, sign with viem, ask again, in turns; nothing stored", times.loop),
    ],
    notes: [],
  };
}
