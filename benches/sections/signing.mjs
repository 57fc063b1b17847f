// One signature and one recovery in a page.
import { join } from "node:path";
import { parseEther } from "viem";
import { privateKeyToAddress } from "viem/accounts";
import { root } from "../../demo/root.mjs";
import { startStack } from "../../demo/stack.mjs";
import { bundlePage, bundleWhole, output, signers } from "../candidates.mjs";
import { KEY } from "../pages/payment.mjs";
import { serve } from "../server.mjs";
import { timingTable } from "../statistics.mjs";

const ROUNDS = 60;
const SLICE_MS = 4;

export async function run(browser) {
  const whole = join(output, "whole");
  const scripts = join(output, "pages");
  await bundleWhole(whole);
  await bundlePage("signing", scripts);
  const pages = { "/": "<!doctype html><title>signing</title>" };
  const server = await serve({ whole, scripts, pkg: join(root, "pkg") }, pages);
  const stack = await startStack();
  const context = await browser.newContext();
  try {
    const account = privateKeyToAddress(KEY);
    await stack.sendTokens(account, parseEther("1000"));
    await stack.setEther(account, parseEther("1"));
    const page = await context.newPage();
    await page.goto(server.url);
    const { contract, rpcUrl, receiver } = stack;
    const result = await measureIn(page, {
      signers: signers.map(({ id, name }) => ({ id, name })),
      stack: { contract, rpcUrl, receiver, deposit: String(parseEther("100")) },
      rounds: ROUNDS,
      sliceMs: SLICE_MS,
    });
    return tables(result);
  } finally {
    await context.close();
    await stack.stop();
    await server.stop();
  }
}

/** Text comes out of the page whatever its libraries do to objects, also out of errors. */
async function measureIn(page, setting) {
  const text = await page.evaluate(async (given) => {
    const { measure } = await import("/scripts/signing.js");
    return measure(given).then(
      (value) => JSON.stringify({ value }),
      (error) => JSON.stringify({ error: error.stack ?? String(error) }),
    );
  }, setting);
  const { value, error } = JSON.parse(text);
  if (error) {
    throw new Error(`The page cannot measure: ${error}`);
  }
  return value;
}

function tables({ signing, recovering }) {
  const absent = signers.some(({ id }) => id === "c-library")
    ? []
    : [`libsecp256k1 in wasm is absent: ${process.env.BENCH_C_LIBRARY ?? "it was not compiled"}.`];
  const options = { reference: "ours", unit: "µs", notes: absent };
  return [
    timingTable(signing, { title: "One balance proof in a page", ...options }),
    timingTable(recovering, { title: "Who signed, in a page", ...options }),
  ];
}
