// A newcomer: an empty folder, the package by npm, a page of a few lines, a paid picture. Timed.
import { ok } from "node:assert/strict";
import { cpSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** With the start of chain and paywall, but without the chain's download, in milliseconds. */
const AT_MOST = 5 * 60 * 1000;

const PAGE = `<!DOCTYPE html><title>waiting</title>
<script type="importmap">{ "imports": { "microraiden": "/node_modules/microraiden/index.js" } }</script>
<script type="module" src="main.js"></script>`;

export default async function newcomer({ folder, ends, packedFile, stackTook, run, serve, paid }) {
  const began = performance.now();
  const own = mkdtempSync(join(tmpdir(), "microraiden-newcomer-"));
  ends.add(() => rmSync(own, { recursive: true, force: true }));
  await run("npm", ["install", "--prefix", own, "--no-audit", "--no-fund", packedFile()]);
  for (const script of ["main.js", "pay.js"]) cpSync(join(folder, script), join(own, script));
  writeFileSync(join(own, "index.html"), PAGE);
  await paid(await serve(own));
  const took = stackTook + performance.now() - began;
  ok(took < AT_MOST, `a newcomer took ${Math.round(took / 1000)} s`);
}
