// A module worker without a bundler, under a strict policy.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { unbundled } from "../support/unbundled.mjs";

const POLICY = "default-src 'none'; connect-src *; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'";

export default async function worker({ folder, serve, paid, fails }) {
  unbundled(folder, "/node_modules/microraiden/index.js");
  const html = '<!DOCTYPE html><title>waiting</title><script type="module" src="/in-worker.js"></script>';
  writeFileSync(join(folder, "index.html"), html);
  const url = await serve(folder, { headers: { "Content-Security-Policy": POLICY } });
  await paid(url);
  // A worker that was given no storage pays nothing.
  const inWorker = readFileSync(join(folder, "worker.js"), "utf8");
  writeFileSync(join(folder, "worker.js"), inWorker.replace("await library.useStorage(port);", ""));
  await fails(url, /^failed storage-unavailable /);
}
