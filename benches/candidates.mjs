// Who is measured, and how each one is bundled for a page.
import { copyFileSync, existsSync, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";
import { root } from "../demo/root.mjs";

const rivals = join(root, "benches/rivals");

/** Where bundles and compiled libraries lie. */
export const output = join(root, "target/bench");

/**
 * Signers of one payment; `own` if the message is not the balance message but a voucher of theirs.
 */
const all = [
  { id: "viem", name: "viem, typed data", own: true },
  { id: "ethers", name: "ethers, typed data", own: true },
  // It expects Node's Buffer; other modules of Node that it names are not used in a page.
  { id: "eth-sig-util", name: "eth-sig-util, typed data V1", inject: [join(rivals, "buffer.mjs")] },
  { id: "x402", name: "x402, voucher of two fields", own: true },
  { id: "noble-secp256k1", name: "noble-secp256k1" },
  { id: "noble-curves", name: "noble-curves" },
  { id: "tiny-secp256k1", name: "tiny-secp256k1 (C in wasm)", files: [tinyWasm()] },
  { id: "libauth", name: "libauth (C in wasm)" },
  { id: "c-library", name: "libsecp256k1 in wasm, 64-bit products", files: [compiledC()] },
];

/** Those that can be measured here: the C library only where it was compiled. */
export const signers = all.filter(({ files = [] }) => files.every(({ from }) => existsSync(from)));

/** Whole clients, for their size. */
export const clients = [
  { id: "viem", name: "viem, public and wallet client" },
  { id: "ethers", name: "ethers, provider, wallet and contract" },
  { id: "x402", name: "x402, fetch with batch settlement" },
];

function tinyWasm() {
  const from = join(rivals, "node_modules/tiny-secp256k1/lib/secp256k1.wasm");
  return { from, name: "secp256k1.wasm" };
}

function compiledC() {
  // Without recovery and its large table where only signatures are needed.
  const signing = join(output, "c-library-sign.wasm");
  return { from: join(output, "c-library.wasm"), signing, name: "c-library.wasm" };
}

/** @type {import("esbuild").BuildOptions} */
const shared = {
  bundle: true,
  minify: true,
  format: "esm",
  target: "es2022",
  platform: "browser",
  legalComments: "none",
  logLevel: "error",
  define: { global: "globalThis" },
  plugins: [wasmModules(), emptyModules(/^(http|https|zlib|util|url)$/)],
};

/** Bundles what a page needs to sign with each of the rivals, and nothing else. */
export async function bundleSigners() {
  const bundles = [];
  for (const signer of signers) {
    const folder = join(output, "sign", signer.id);
    const entry = `export { create } from "./signers/${signer.id}.mjs";`;
    const files = await bundle(folder, entry, { ...signer, signing: true });
    bundles.push({ ...signer, folder, files });
  }
  return bundles;
}

/** Bundles the whole clients. */
export async function bundleClients() {
  const bundles = [];
  for (const client of clients) {
    const folder = join(output, "client", client.id);
    const entry = `export { connect, create } from "./clients/${client.id}.mjs";`;
    const files = await bundle(folder, entry);
    bundles.push({ ...client, folder, files });
  }
  return bundles;
}

/** What pays by asking twice: `balance` names the signer of the balance message. */
const payers = [
  { id: "viem-alone", name: "viem, signing alone", balance: "viem" },
  { id: "viem", name: "viem, whole client", balance: "viem", client: "viem" },
  { id: "ethers", name: "ethers, whole client", balance: "ethers", client: "ethers" },
  // It signs by viem's accounts.
  { id: "x402", name: "x402, whole client", balance: "viem", client: "x402" },
];

/** Bundles what pays by asking twice. */
export async function bundlePayers() {
  for (const { id, balance, client } of payers) {
    const connect = client
      ? `export { connect } from "./clients/${client}.mjs";`
      : "export const connect = () => {};";
    const sign = `export { create } from "./signers/${balance}-balance.mjs";`;
    const entry = `${connect}${sign}export { pay } from "./loop.mjs";`;
    await bundle(join(output, "payers", id), entry);
  }
  return payers;
}

/** Bundles each rival with all that it can. */
export async function bundleWhole(folder) {
  for (const signer of signers) {
    await bundle(join(folder, signer.id), `export * from "./signers/${signer.id}.mjs";`, signer);
  }
}

async function bundle(folder, contents, { files = [], inject = [], signing = false } = {}) {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  /** @type {import("esbuild").StdinOptions} */
  const stdin = { contents, resolveDir: rivals, loader: "js" };
  await build({ ...shared, stdin, inject, outfile: join(folder, "index.js") });
  for (const { from, signing: smaller, name } of files) {
    copyFileSync(signing && smaller ? smaller : from, join(folder, name));
  }
  return ["index.js", ...files.map(({ name }) => name)];
}

const MODULE = "dist/microraiden_bg.wasm";

/** What a page loads of the bundle, below the folder `ours`. */
export const bundledFiles = ["/ours/index.js", `/ours/${MODULE}`];

/** Bundles the package as its users do: one script, and the module where the package has it. */
export async function bundleOurs() {
  const folder = join(output, "ours");
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const entryPoints = [join(root, "pkg/index.js")];
  await build({ ...shared, entryPoints, outdir: folder, splitting: true });
  mkdirSync(join(folder, "dist"));
  copyFileSync(join(root, "pkg", MODULE), join(folder, MODULE));
  return folder;
}

/** A script of a page, which loads the package and the rivals by URL. */
export async function bundlePage(name, folder) {
  const entryPoints = [join(root, "benches/pages", `${name}.mjs`)];
  const outfile = join(folder, `${name}.js`);
  await build({ ...shared, entryPoints, outfile, external: ["/pkg/*", "/js/*"] });
}

function emptyModules(filter) {
  return {
    name: "empty",
    setup(job) {
      job.onResolve({ filter }, ({ path }) => ({ path, namespace: "empty" }));
      job.onLoad({ filter: /.*/, namespace: "empty" }, () => ({ contents: "" }));
    },
  };
}

/** `import wasm from "./x.wasm"` as the browser would do it: fetched beside the script. */
function wasmModules() {
  return {
    name: "wasm",
    setup(job) {
      job.onLoad({ filter: /\.wasm$/ }, () => ({
        contents: `
          import * as rand from "./rand.js";
          import * as errors from "./validate_error.js";
          const file = new URL("./secp256k1.wasm", import.meta.url);
          const imports = { "./rand.js": rand, "./validate_error.js": errors };
          const { instance } = await WebAssembly.instantiateStreaming(fetch(file), imports);
          const exports = instance.exports;
          export const {
            memory, initializeContext, signRecoverable, recover, PRIVATE_INPUT, PUBLIC_KEY_INPUT,
            PUBLIC_KEY_INPUT2, X_ONLY_PUBLIC_KEY_INPUT, X_ONLY_PUBLIC_KEY_INPUT2, TWEAK_INPUT,
            HASH_INPUT, EXTRA_DATA_INPUT, SIGNATURE_INPUT, isPoint, pointAdd, pointAddScalar,
            xOnlyPointAddTweak, xOnlyPointAddTweakCheck, pointCompress, pointFromScalar,
            xOnlyPointFromScalar, xOnlyPointFromPoint, pointMultiply, privateAdd, privateSub,
            privateNegate, sign, signSchnorr, verify, verifySchnorr,
          } = exports;`,
        loader: "js",
        resolveDir: join(rivals, "node_modules/tiny-secp256k1/lib"),
      }));
    },
  };
}
