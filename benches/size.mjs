// What a page loads: node benches/size.mjs --out file, or --check against benches/budget.json.
import { spawnSync } from "node:child_process";
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { brotliCompressSync } from "node:zlib";
import { root } from "../demo/root.mjs";

const { values } = parseArgs({
  options: { out: { type: "string" }, check: { type: "boolean", default: false } },
});

/** What pages load for what; limits are gzipped bytes. */
const budget = JSON.parse(readFileSync(join(root, "benches/budget.json"), "utf8"));
const folder = join(root, "pkg");
/** What is packed and loaded by pages. */
const all = [...readdirSync(folder), ...readdirSync(join(folder, "dist")).map((name) => `dist/${name}`)]
  .filter((name) => /\.(js|wasm)$/.test(name) && !["node.js", "files.js"].includes(name))
  .sort();

function sizes(contents) {
  const sum = (count) => contents.reduce((total, content) => total + count(content), 0);
  return {
    raw: sum((content) => content.length),
    gzip: sum((content) => gzip(content).length),
    brotli: sum((content) => brotliCompressSync(content).length),
  };
}

/** The program packs a little better than Node's own zlib, and is what people compare with. */
function gzip(input) {
  const { status, stdout, error } = spawnSync("gzip", ["-9", "-c"], { input, maxBuffer: 1e8 });
  if (status !== 0) {
    throw new Error(`gzip cannot be run: ${error?.message ?? `it ended with ${status}`}`);
  }
  return stdout;
}

const contents = (base, files) => files.map((file) => readFileSync(join(base, file)));

/** @returns {string[]} a sentence for each limit that is passed. */
function passed() {
  const complaints = [];
  const counted = Object.values(budget).flatMap(({ files }) => files);
  const forgotten = all.filter((name) => !counted.includes(name));
  if (forgotten.length > 0) complaints.push(`No page is said to load ${forgotten.join(", ")}.`);
  for (const { what, files, gzip: limit } of Object.values(budget)) {
    const { gzip: size } = sizes(contents(folder, files));
    const text = `What a page loads ${what} has ${size} gzipped bytes of ${limit}`;
    if (size > limit) {
      complaints.push(
        `${text}: make it smaller, or raise the limit in benches/budget.json and say why.`,
      );
    } else {
      console.log(`${text}.`);
    }
  }
  return complaints;
}

async function tables() {
  const { bundleClients, bundleSigners } = await import("./candidates.mjs");
  const loaded = ({ files }) => sizes(contents(folder, files));
  const ours = loaded(budget.all);
  const row = (name, size) => ({ name, ...size, ratio: size.gzip / ours.gzip });
  const columns = [
    { key: "name", title: "what" },
    { key: "raw", title: "bytes", digits: 0 },
    { key: "gzip", title: "gzip -9", digits: 0 },
    { key: "brotli", title: "brotli", digits: 0 },
    { key: "ratio", title: "times ours, gzip", digits: 2 },
  ];
  const rivals = async (bundles) =>
    (await bundles).map(({ name, folder, files }) => row(name, sizes(contents(folder, files))));
  return [
    {
      title: "A whole client, as the browser loads it",
      columns,
      rows: [
        row("ours", ours),
        ...budget.all.files.map((name) => row(`ours: ${name}`, sizes(contents(folder, [name])))),
        ...(await rivals(bundleClients())),
      ],
      notes: [],
    },
    {
      title: "Signing one payment and nothing else",
      columns,
      rows: [row("ours, all of it", ours), ...(await rivals(bundleSigners()))],
      notes: [],
    },
  ];
}

if (values.check) {
  const complaints = passed();
  if (complaints.length > 0) {
    console.error(complaints.join("\n"));
    process.exit(1);
  }
} else {
  writeFileSync(values.out, JSON.stringify({ tables: await tables() }, null, 2));
}
