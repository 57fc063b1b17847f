// Runs consumers of the packed package to a paid response: node tests/consumers/run.mjs quick|all|NAME…
import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { chromium } from "@playwright/test";
import { parseEther } from "viem";
import { generatePrivateKey, privateKeyToAddress } from "viem/accounts";
import { chromiumOptions } from "../../demo/chromium.mjs";
import { packedFile, packedPackage } from "../../demo/package.mjs";
import { root } from "../../demo/root.mjs";
import { startStack } from "../../demo/stack.mjs";
import { Ends, run, start } from "./support/processes.mjs";
import { port, serve } from "./support/serve.mjs";

const here = import.meta.dirname;
const QUICK = ["newcomer", "plain", "worker", "service-worker", "node", "esbuild", "rollup"];
const all = readdirSync(here).filter((name) => existsSync(join(here, name, "consumer.mjs")));
const PAID = "paid 200 true";

/** A copy of the consumer with its packages and ours; packages are kept for the next run. */
async function prepare(name, ends) {
  const folder = join(root, "target/consumers", name);
  mkdirSync(folder, { recursive: true });
  for (const file of readdirSync(folder)) {
    if (file !== "node_modules") rmSync(join(folder, file), { recursive: true });
  }
  cpSync(join(here, "shared"), folder, { recursive: true });
  cpSync(join(here, name), folder, { recursive: true });
  if (!existsSync(join(folder, "package.json"))) {
    const example = join(root, "examples", name);
    cpSync(example, folder, { recursive: true, filter: (path) => !path.endsWith("node_modules") });
  }
  const wanted = readFileSync(join(folder, "package-lock.json"), "utf8");
  const note = join(folder, "node_modules/.installed");
  if (!existsSync(note) || readFileSync(note, "utf8") !== wanted) {
    await run(folder, "npm", ["ci", "--no-audit", "--no-fund"], {}, ends);
    mkdirSync(join(folder, "node_modules"), { recursive: true });
    cpSync(join(folder, "package-lock.json"), note);
  }
  // As if it were installed: it needs no other packages.
  rmSync(join(folder, "node_modules/microraiden"), { recursive: true, force: true });
  cpSync(packedPackage(), join(folder, "node_modules/microraiden"), { recursive: true });
  // Vite keeps what it optimized, of a package of the same version.
  rmSync(join(folder, "node_modules/.vite"), { recursive: true, force: true });
  return folder;
}

/** Where and with which key to pay; each has an account of its own. */
async function query(stack) {
  const key = generatePrivateKey();
  const account = privateKeyToAddress(key);
  await stack.sendTokens(account, parseEther("10"));
  await stack.setEther(account, parseEther("1"));
  const { contract, rpcUrl, url } = stack;
  return String(new URLSearchParams({ key, contract, rpcUrl, url: `${url}/doggo.jpg` }));
}

/** What the title of a page says in the end: that it paid, or why not. */
async function outcome(page, url) {
  const seen = [];
  page.on("console", (message) => seen.push(message.text()));
  page.on("pageerror", (error) => seen.push(String(error)));
  try {
    await page.goto(url);
    await page.waitForFunction(() => /^(paid|failed)/.test(document.title), undefined, { timeout: 60_000 });
    return await page.title();
  } catch (error) {
    throw new Error(`${error.message}\n${seen.join("\n")}`, { cause: error });
  }
}

async function inPage(browser, stack, url, expected) {
  const page = await browser.newPage();
  try {
    const title = await outcome(page, `${url}?${await query(stack)}`);
    const fits = expected instanceof RegExp ? expected.test(title) : title === expected;
    if (!fits) throw new Error(`${url}: ${title}`);
  } finally {
    await page.close();
  }
}

/** Pages of one browser profile. */
async function pages(browser, count, ends) {
  const context = await browser.newContext();
  ends.add(() => context.close());
  return Promise.all(Array.from({ length: count }, () => context.newPage()));
}

/** What a consumer's script is given. */
const tools = (folder, browser, stack, stackTook, ends) => ({
  folder,
  browser,
  stack,
  /** How long chain and paywall took to start, in milliseconds. */
  stackTook,
  packedFile,
  ends,
  run: (command, args, env) => run(folder, command, args, env, ends),
  start: (command, args) => start(folder, command, args, ends),
  serve: (where, options) => serve(where, options, ends),
  /** Loads a page that has to pay. */
  paid: (url) => inPage(browser, stack, url, PAID),
  /** Loads a page that has to fail, with these words. */
  pages: (count) => pages(browser, count, ends),
  fails: (url, expected) => inPage(browser, stack, url, expected),
  query: () => query(stack),
  outcome,
  port,
});

const [asked = "quick", ...others] = process.argv.slice(2);
const names = { quick: QUICK, all }[asked] ?? [asked, ...others];
const starting = Date.now();
const stack = await startStack({ blockTime: 0.25 });
const stackTook = Date.now() - starting;
const browser = await chromium.launch(chromiumOptions());
let failed = 0;
for (const name of names) {
  const began = Date.now();
  const ends = new Ends();
  try {
    const folder = await prepare(name, ends);
    const { default: consumer } = await import(join(here, name, "consumer.mjs"));
    await consumer(tools(folder, browser, stack, stackTook, ends));
    console.log(`✓ ${name} (${((Date.now() - began) / 1000).toFixed(1)} s)`);
  } catch (error) {
    failed += 1;
    console.log(`✘ ${name}: ${error.message}`);
  } finally {
    await ends.all();
  }
}
await browser.close();
await stack.stop();
console.log(`\n${names.length - failed} passed, ${failed} failed`);
process.exitCode = failed > 0 ? 1 : 0;
