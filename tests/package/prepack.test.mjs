// The package is packed only from a whole build of its own version.
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { root } from "../../demo/root.mjs";

const WASM = "dist/microraiden_bg.wasm";
const cut = (bytes) => bytes.subarray(0, bytes.length >> 1);
const other = (from, to) => (bytes) => Buffer.from(bytes.toString("latin1").replace(from, to), "latin1");

/** A copy of the package, of which one file is changed or gone, and the files beside it that it needs. */
function packed(name, change) {
  const folder = mkdtempSync(join(tmpdir(), "microraiden-pack-"));
  try {
    for (const file of ["pkg", "LICENSE-MIT", "LICENSE-APACHE", "CHANGELOG.md", "docs/errors.md"]) {
      cpSync(join(root, file), join(folder, file), { recursive: true });
    }
    symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
    const file = join(folder, "pkg", name);
    if (change) writeFileSync(file, change(readFileSync(file)));
    else rmSync(file, { recursive: true });
    const { status, stderr } = spawnSync("npm", ["pack", "--dry-run"], { cwd: join(folder, "pkg"), encoding: "utf8" });
    return { status, stderr };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

test("a whole build is packed, with licences, changes and errors", () => {
  const { status, stderr } = packed("README.md", (text) => text);
  assert.equal(status, 0, stderr);
  for (const name of ["LICENSE-MIT", "LICENSE-APACHE", "CHANGELOG.md", "docs/errors.md", "dist/bytes.js"]) assert.ok(stderr.includes(name), name);
});

test("the elements' few files are made of the sources that are packed", () => {
  const { status, stderr } = packed("dist/elements", undefined);
  assert.equal(status, 0, stderr);
  for (const name of ["index.js", "text.js", "article.html", "messages/de.js"]) assert.ok(stderr.includes(`dist/elements/${name}`), name);
});

for (const [what, name, change] of [
  ["no build", "dist", undefined],
  ["no glue", "dist/microraiden.js", undefined],
  ["no text of the module", "dist/bytes.js", undefined],
  ["no script for QR codes", "dist/qr-code.js", undefined],
  ["a module that is being written", WASM, cut],
  ["the text of another build", "dist/bytes.js", cut],
  ["the glue of another build", "dist/microraiden.js", cut],
  ["another version", "package.json", other(/"version": "[^"]*"/, '"version": "9.9.9"')],
]) {
  test(`refused: ${what}`, () => {
    const { status, stderr } = packed(String(name), /** @type {any} */ (change));
    assert.notEqual(status, 0);
    assert.match(stderr, /can't be packed/);
  });
}

test("a clean clone packs nothing", () => {
  const files = execFileSync("git", ["ls-files", "pkg"], { cwd: root, encoding: "utf8" });
  assert.doesNotMatch(files, /dist\/.*\.(js|wasm|html)|LICENSE|CHANGELOG|docs\//);
});
