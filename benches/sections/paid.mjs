// Paid requests over one channel, by a page of the paywall.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseEther } from "viem";
import { privateKeyToAddress } from "viem/accounts";
import { startStack } from "../../demo/stack.mjs";
import { bundlePage, output } from "../candidates.mjs";
import { KEY } from "../pages/payment.mjs";
import { quantile } from "../statistics.mjs";

// The first rounds, in which the browser still compiles what is called often, are not counted.
const WARM_UP = 10;
const ROUNDS = 100;
const REQUESTS = 10;
const PRICE = 1000n;
/** @type {`0x${string}`[]} */
const KEYS = [KEY, `0x${"b8".repeat(32)}`];

export async function run(browser, rounds = ROUNDS) {
  const scripts = join(output, "pages");
  await bundlePage("paid", scripts);
  const stack = await startStack({ price: String(PRICE) });
  const context = await browser.newContext();
  try {
    for (const key of KEYS) {
      const account = privateKeyToAddress(key);
      await stack.sendTokens(account, parseEther("1"));
      await stack.setEther(account, parseEther("1"));
    }
    const page = await context.newPage();
    await page.goto(`${stack.url}/cm`);
    await page.evaluate(readFileSync(join(scripts, "paid.js"), "utf8"));
    const { contract, rpcUrl, receiver } = stack;
    const text = await page.evaluate((setting) => globalThis.measurePaid(setting), {
      contract,
      rpcUrl,
      receiver,
      path: "/poem.txt",
      price: String(PRICE),
      deposit: String(PRICE * 10_000n),
      keys: KEYS,
      warmUp: WARM_UP,
      rounds,
      requests: REQUESTS,
    });
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

function table(result) {
  const base = quantile(result.ours.times, 0.25);
  const row = (name, { times, requests, others, paid }) => ({
    name,
    q1: quantile(times, 0.25),
    median: quantile(times, 0.5),
    rate: 1_000 / quantile(times, 0.25),
    trips: requests / paid,
    others: others / paid,
    ratio: quantile(times, 0.25) / base,
  });
  return {
    title: "Paid requests over one channel",
    columns: [
      { key: "name", title: "who" },
      { key: "q1", title: "first quartile, ms", digits: 2 },
      { key: "median", title: "median, ms", digits: 2 },
      { key: "rate", title: "per second", digits: 1 },
      { key: "trips", title: "requests each", digits: 2 },
      { key: "others", title: "others each", digits: 2 },
      { key: "ratio", title: "times ours", digits: 2 },
    ],
    rows: [
      row("ours, journal, lock and list of payments", result.ours),
      row("ask, sign with viem, ask again; nothing stored", result.viem),
    ],
    notes: [],
  };
}
