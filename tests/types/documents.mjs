// Checks the documents: each page is listed, each relative link leads somewhere, and each block of code is of a language
// that something checks. JavaScript and TypeScript are compiled by blocks.mjs, Rust by `cargo test --doc`, settings and
// the programs' options by tests beside their parsers.
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, statSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { root } from "../../demo/root.mjs";
import { table } from "../browsers/table.mjs";
import { anchors, blocks, documents, links, read } from "./markdown.mjs";

const INDEX = "docs/README.md";
const LIST = "llms.txt";
const BROWSERS = "docs/browsers.md";
/** What a newcomer reads at once. */
const LONGEST_README = 150;

const files = documents();
const faults = [];

/** Pages that the index or the list for programs leaves out. */
function listed() {
  const pages = files.filter((file) => /^docs\/[^/]+\.md$/.test(file) && file !== INDEX);
  for (const [list, folder] of [[INDEX, "docs"], [LIST, "."]]) {
    const named = links(read(list)).map((target) => normalize(join(folder, target)));
    const missing = pages.filter((page) => !named.includes(page));
    faults.push(...missing.map((page) => `${list} does not list ${page}`));
  }
  for (const line of read(LIST).split("\n").filter((line) => line.startsWith("- "))) {
    if (!/^- \[[^\]]+\]\([^)]+\): \S/.test(line)) faults.push(`${LIST} says nothing of: ${line}`);
  }
}

/** Links to files and headings that are not there. */
function lead(file) {
  for (const target of links(read(file))) {
    const [path, anchor] = target.split("#");
    const to = path === "" ? file : normalize(join(dirname(file), path));
    if (!existsSync(join(root, to))) faults.push(`${file}: there is no ${target}`);
    else if (anchor && !(statSync(join(root, to)).isFile() && anchors(read(to)).includes(anchor))) {
      faults.push(`${file}: ${to} has no heading #${anchor}`);
    }
  }
}

/** By language, what is wrong with a block; nothing, where other tests look at it. */
const checks = {
  js: () => "",
  ts: () => "",
  tsx: () => "",
  toml: () => "",
  "rust,no_run": () => "",
  text: () => "",
  html: () => "",
  sh: (code) => spawnSync("bash", ["-n"], { input: code.replaceAll("…", ""), encoding: "utf8" }).stderr,
  json: (code) => {
    try {
      JSON.parse(code);
      return "";
    } catch (error) {
      return error.message;
    }
  },
  python,
  mermaid,
};

/** Where there is a Python, it reads the block. */
function python(code) {
  const read = spawnSync("python3", ["-c", "import ast, sys; ast.parse(sys.stdin.read())"], { input: code, encoding: "utf8" });
  return read.error ? "" : read.stderr.trim().split("\n").at(-1);
}

/** A sequence diagram says who takes part, uses nobody else, and ends what it begins. */
function mermaid(code) {
  const lines = code.trim().split("\n").map((line) => line.trim());
  if (lines.shift() !== "sequenceDiagram") return "only sequence diagrams are known";
  const known = new Set();
  let open = 0;
  for (const line of lines) {
    const [, participant] = /^participant (\w+) as \S/.exec(line) ?? [];
    const [, from, to] = /^(\w+)--?>>(\w+): \S/.exec(line) ?? [];
    const [, over] = /^Note over ([\w,]+): \S/.exec(line) ?? [];
    const used = from ? [from, to] : (over?.split(",") ?? []);
    const stranger = used.find((name) => !known.has(name));
    if (stranger) return `nobody is called ${stranger}`;
    if (participant) known.add(participant);
    else if (/^alt \S/.test(line)) open += 1;
    else if (line === "end") open -= 1;
    else if (used.length === 0 && !/^else\b/.test(line)) return `what is "${line}"?`;
  }
  return open === 0 ? "" : "an alt has no end";
}

function code(file) {
  for (const { language, code, line } of blocks(read(file))) {
    const check = checks[language];
    const fault = check ? check(code) : `nothing checks the language "${language}"`;
    if (fault) faults.push(`${file}:${line}: ${fault}`);
  }
}

/** The journeys in browsers are those that are made, with what a browser can't do. */
function tried() {
  const told = read(BROWSERS).split("\n");
  const missing = table().filter((line) => !told.includes(line));
  faults.push(...missing.map((line) => `${BROWSERS} lacks the line: ${line}`));
  const count = told.filter((line) => /\| (passed|cannot)\b/.test(line)).length;
  if (count !== table().length - 2) faults.push(`${BROWSERS} has lines of journeys that are not made`);
}

listed();
tried();
for (const file of [...files, LIST]) lead(file);
for (const file of files.filter((file) => /^(README|docs\/|pkg\/)/.test(file))) code(file);
const length = read("README.md").split("\n").length - 1;
if (length >= LONGEST_README) faults.push(`README.md has ${length} lines: move a part to its page of docs/`);
const tracked = execFileSync("git", ["ls-files", LIST], { cwd: root, encoding: "utf8" }).trim();
if (tracked !== LIST) faults.push(`${LIST} is not under version control`);
if (faults.length > 0) throw new Error(`The documents are wrong:\n${faults.join("\n")}`);
console.log(`${files.length} documents lead somewhere.`);
