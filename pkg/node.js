// The package for Node, Bun, Deno and test runners, which read the module as a file.
import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { setUp } from "./core.js";

/** No `new URL(…, import.meta.url)`: bundlers of servers would move the module to where no server looks. */
const module = () => {
  const folder = dirname(fileURLToPath(import.meta.url));
  return pathToFileURL(join(folder, "dist", "microraiden_bg.wasm")).href;
};

setUp(module, { reader: (url) => readFile(fileURLToPath(url)) });

export {
  init as default,
  initSync,
  recoverBalanceProof,
  shareStorage,
  useStorage,
  Channel,
  InjectedWallet,
  LocalKey,
  MicroRaiden,
  MicroRaidenError,
  Wallets,
} from "./core.js";
