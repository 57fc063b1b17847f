// A page of the paywall server for measurements: with a script from outside, since the page is the paywall's own, and
// accounts that can pay.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseEther } from "viem";
import { privateKeyToAddress } from "viem/accounts";
import { startStack } from "../demo/stack.mjs";
import { bundlePage, output } from "./candidates.mjs";
import { KEY } from "./pages/payment.mjs";

/** @type {`0x${string}`[]} */
const KEYS = [KEY, `0x${"b8".repeat(32)}`, `0x${"b9".repeat(32)}`];
const PRICE = 1000n;

/**
 * Gives the page of `pages/NAME.mjs`, and what it needs to pay, to `work`.
 * @param {import("@playwright/test").Browser} browser
 * @param {string} name
 * @param {{ credit?: boolean }} options
 * @param {(page: import("@playwright/test").Page, setting: object) => Promise<any>} work
 */
export async function withPayingPage(browser, name, options, work) {
  const scripts = join(output, "pages");
  await bundlePage(name, scripts);
  const stack = await startStack({ price: String(PRICE), ...options });
  const context = await browser.newContext();
  try {
    for (const key of KEYS) {
      const account = privateKeyToAddress(key);
      await stack.sendTokens(account, parseEther("1"));
      await stack.setEther(account, parseEther("1"));
    }
    const page = await context.newPage();
    await page.goto(`${stack.url}/cm`);
    await page.evaluate(readFileSync(join(scripts, `${name}.js`), "utf8"));
    const { contract, rpcUrl, receiver } = stack;
    const deposit = String(PRICE * 10_000n);
    return await work(page, { contract, rpcUrl, receiver, price: String(PRICE), deposit, keys: KEYS });
  } finally {
    await context.close();
    await stack.stop();
  }
}

/** What a page tells as JSON: a value, or why there is none. */
export function told(text) {
  const { value, error } = JSON.parse(text);
  if (error) {
    throw new Error(`The page cannot pay: ${error}`);
  }
  return value;
}
