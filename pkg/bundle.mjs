// Makes dist/elements of elements/: the custom elements in a few files, for pages without a bundler of their own, where
// each file is a round trip. A build, a pack and each start of demo and tests come by here.
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { buildSync } from "esbuild";

const folder = dirname(fileURLToPath(import.meta.url));
const sources = join(folder, "elements");
const target = join(folder, "dist/elements");

/** A script for each language besides English, which is in the first ones: a page loads the one that it speaks. */
const languages = readdirSync(join(sources, "messages")).filter((name) => name !== "en.js");

/**
 * Names are kept, so that errors say where they were: without them a page loads 4 of 394 kB less, and by slow 3G its button
 * is there no sooner.
 */
function scripts() {
  const { outputFiles } = buildSync({
    absWorkingDir: folder,
    entryPoints: {
      index: "elements/index.js",
      text: "elements/text/text.js",
      ...Object.fromEntries(languages.map((name) => [`messages/${basename(name, ".js")}`, `elements/messages/${name}`])),
    },
    outdir: "dist/elements",
    bundle: true,
    splitting: true,
    format: "esm",
    target: "es2022",
    charset: "utf8",
    minifyWhitespace: true,
    // The package itself stays where it is: a page has one copy of it, also if it imports it by itself.
    external: ["./index.js", "./dist/qr-code.js"],
    write: false,
    logLevel: "warning",
  });
  return Object.fromEntries(outputFiles.map(({ path, contents }) => [relative(target, path), Buffer.from(contents)]));
}

/** What scripts find beside them, by `import.meta.url`. */
function others() {
  const names = readdirSync(sources, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".html"));
  return Object.fromEntries(names.map((name) => [basename(name), readFileSync(join(sources, name))]));
}

/** Writes a file at once, as others may be packing this folder. */
function write(name, content) {
  const file = join(target, name);
  if (existsSync(file) && readFileSync(file).equals(content)) return;
  mkdirSync(dirname(file), { recursive: true });
  const part = `${file}.${process.pid}.part`;
  writeFileSync(part, content);
  renameSync(part, file);
}

/** Brings dist/elements up to date; what has not changed is not touched. */
export function bundle() {
  const files = { ...scripts(), ...others() };
  for (const [name, content] of Object.entries(files)) write(name, content);
  const left = readdirSync(target, { recursive: true, encoding: "utf8" }).filter((name) => /\.(js|html)$/.test(name));
  for (const name of left.filter((name) => !Object.hasOwn(files, name))) rmSync(join(target, name), { force: true });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) bundle();
