// The elements in a few files: whole, up to date, and without a second copy of the package.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { after, before, test } from "node:test";
import { root } from "../../demo/root.mjs";

let folder;
let pkg;
let elements;

before(() => {
  folder = mkdtempSync(join(tmpdir(), "microraiden-bundle-"));
  pkg = join(folder, "pkg");
  elements = join(pkg, "dist/elements");
  cpSync(join(root, "pkg"), pkg, { recursive: true });
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
});

after(() => rmSync(folder, { recursive: true, force: true }));

const make = () => execFileSync("node", [join(pkg, "bundle.mjs")], { stdio: "inherit" });
const files = () => readdirSync(elements, { recursive: true, encoding: "utf8" }).filter((name) => /\.\w+$/.test(name)).sort();
const text = (name) => readFileSync(join(elements, name), "utf8");
const shared = () => files().filter((name) => name.startsWith("chunk-"));

/** What a script names by place, from the package's folder. */
function named(script, pattern) {
  const place = join(elements, dirname(script));
  return [...text(script).matchAll(pattern)].map(([, name]) => relative(pkg, join(place, name)));
}

test("all that the scripts name is there, and of the package's own they have no copy", () => {
  make();
  const scripts = files().filter((name) => name.endsWith(".js"));
  const imported = scripts.flatMap((script) => named(script, /(?:from|import\(?)\s*"(\.[^"]*)"/g));
  const beside = scripts.flatMap((script) => named(script, /new URL\("([^"]+)",\s*import\.meta\.url\)/g));
  for (const name of [...imported, ...beside]) assert.ok(existsSync(join(pkg, name)), name);
  const outside = imported.filter((name) => !name.startsWith("dist/elements/"));
  assert.deepEqual(outside.sort(), ["dist/qr-code.js", "index.js"]);
  assert.deepEqual(beside, ["dist/elements/article.html"]);
  assert.ok(scripts.every((script) => !text(script).includes("microraiden_bg.wasm")));
});

test("each language but English is a script of its own", () => {
  const languages = readdirSync(join(pkg, "elements/messages")).filter((name) => name !== "en.js");
  assert.deepEqual(files().filter((name) => name.startsWith("messages/")), languages.map((name) => `messages/${name}`));
  for (const name of languages) assert.match(shared().map(text).join(), new RegExp(`import\\("\\./messages/${name}"\\)`));
});

test("a source that has changed changes what is made of it, and nothing else is touched", () => {
  make();
  const [old] = shared();
  const kept = statSync(join(elements, "article.html")).mtimeMs;
  const source = join(pkg, "elements/messages/en.js");
  writeFileSync(source, readFileSync(source, "utf8").replace(/\{\n/, '{\n  "test.changed": "Changed",\n'));
  make();
  assert.ok(!files().includes(old), old);
  assert.match(shared().map(text).join(), /test\.changed/);
  assert.equal(statSync(join(elements, "article.html")).mtimeMs, kept);
  assert.deepEqual(files().filter((name) => name.endsWith(".part")), []);
});
