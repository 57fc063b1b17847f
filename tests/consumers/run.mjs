// Runs consumers of the packed package to a paid response: node tests/consumers/run.mjs quick|all|NAME…
import { spawn } from "node:child_process";
import { cpSync, createReadStream, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync } from "node:fs";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";
import { chromium } from "@playwright/test";
import { parseEther } from "viem";
import { generatePrivateKey, privateKeyToAddress } from "viem/accounts";
import { chromiumOptions } from "../../demo/chromium.mjs";
import { packedPackage } from "../../demo/package.mjs";
import { root } from "../../demo/root.mjs";
import { startStack } from "../../demo/stack.mjs";

const here = import.meta.dirname;
const QUICK = ["plain", "node", "esbuild", "rollup"];
const all = readdirSync(here).filter((name) => existsSync(join(here, name, "consumer.mjs")));

const TYPES = { ".html": "text/html", ".js": "text/javascript", ".mjs": "text/javascript", ".wasm": "application/wasm" };

/** What ends with the consumer: servers, and processes with all that they started. */
class Ends {
  #ends = [];

  add(end) {
    this.#ends.push(end);
  }

  async all() {
    for (const end of this.#ends.splice(0)) await end();
  }
}

/** A process of its own group; its output is shown where it fails. */
function launch(folder, command, args, env, ends) {
  const options = { cwd: folder, env: { ...process.env, CI: "1", NEXT_TELEMETRY_DISABLED: "1", ...env }, detached: true };
  const child = spawn(command, args, options);
  const output = { text: "" };
  child.stdout.on("data", (data) => (output.text += data));
  child.stderr.on("data", (data) => (output.text += data));
  const ended = new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("exit", resolve);
  });
  ends.add(async () => {
    if (child.exitCode === null && child.signalCode === null) process.kill(-child.pid, "SIGKILL");
    await ended;
  });
  return { child, output, ended };
}

async function run(folder, command, args, env, ends) {
  const { output, ended } = launch(folder, command, args, env, ends);
  const code = await ended;
  if (code !== 0) throw new Error(`${command} ${args.join(" ")} ended with ${code}:\n${output.text}`);
}

/** Starts a server and returns the URL that it prints. */
async function start(folder, command, args, ends) {
  const { child, output, ended } = launch(folder, command, args, { NO_COLOR: "1" }, ends);
  return new Promise((resolve, reject) => {
    const look = () => {
      const [url] = /http:\/\/(127\.0\.0\.1|localhost):\d+/.exec(output.text) ?? [];
      if (url) resolve(`${url}/`);
    };
    child.stdout.on("data", look);
    ended.then((code) => reject(new Error(`${command} ended with ${code}:\n${output.text}`)), reject);
  });
}

/** Serves a folder. */
async function serve(folder, { headers = {}, wasm = TYPES[".wasm"] } = {}, ends) {
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url, "http://localhost");
    const file = join(folder, normalize(pathname.endsWith("/") ? `${pathname}index.html` : pathname));
    if (!existsSync(file) || !statSync(file).isFile()) {
      response.writeHead(404).end();
      return;
    }
    const type = { ...TYPES, ".wasm": wasm }[extname(file)] ?? "application/octet-stream";
    response.writeHead(200, { ...headers, "Content-Type": type });
    createReadStream(file).pipe(response);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(undefined)));
  ends.add(() => new Promise((resolve) => { server.closeAllConnections(); server.close(resolve); }));
  const address = /** @type {import("node:net").AddressInfo} */ (server.address());
  return `http://127.0.0.1:${address.port}/`;
}

/** A port that is free, for servers that can't say which one they took. */
async function port() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(undefined)));
  const { port: free } = /** @type {import("node:net").AddressInfo} */ (server.address());
  await new Promise((resolve) => server.close(resolve));
  return free;
}

/** A copy of the consumer with its packages and ours; packages are kept for the next run. */
async function prepare(name, ends) {
  const folder = join(root, "target/consumers", name);
  mkdirSync(folder, { recursive: true });
  for (const file of readdirSync(folder)) {
    if (file !== "node_modules") rmSync(join(folder, file), { recursive: true });
  }
  cpSync(join(here, "shared"), folder, { recursive: true });
  cpSync(join(here, name), folder, { recursive: true });
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

async function paid(browser, stack, url) {
  const page = await browser.newPage();
  const seen = [];
  page.on("console", (message) => seen.push(message.text()));
  page.on("pageerror", (error) => seen.push(String(error)));
  try {
    await page.goto(`${url}?${await query(stack)}`);
    await page.waitForFunction(() => /^(paid|failed)/.test(document.title), undefined, { timeout: 60_000 });
    const title = await page.title();
    if (title !== "paid 200 true") throw new Error(`${url}: ${title}`);
  } catch (error) {
    throw new Error(`${error.message}\n${seen.join("\n")}`, { cause: error });
  } finally {
    await page.close();
  }
}

const [asked = "quick", ...others] = process.argv.slice(2);
const names = { quick: QUICK, all }[asked] ?? [asked, ...others];
const stack = await startStack({ blockTime: 0.25 });
const browser = await chromium.launch(chromiumOptions());
let failed = 0;
for (const name of names) {
  const began = Date.now();
  const ends = new Ends();
  try {
    const folder = await prepare(name, ends);
    const { default: consumer } = await import(join(here, name, "consumer.mjs"));
    await consumer({
      folder,
      run: (command, args, env) => run(folder, command, args, env, ends),
      start: (command, args) => start(folder, command, args, ends),
      serve: (where, options) => serve(where, options, ends),
      paid: (url) => paid(browser, stack, url),
      query: () => query(stack),
      stack,
      port,
    });
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
