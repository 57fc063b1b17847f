// Reads the repository's Markdown: its files, their headings, links and blocks of code.
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../../demo/root.mjs";

/** All documents of the repository, by their paths. */
export function documents() {
  const known = ["ls-files", "--cached", "--others", "--exclude-standard", "*.md"];
  return execFileSync("git", known, { cwd: root, encoding: "utf8" }).trim().split("\n");
}

export const read = (file) => readFileSync(join(root, file), "utf8");

/** The blocks of code of a text: language, code, and the line where each begins. */
export function blocks(text) {
  return [...text.matchAll(/^```(.*)\n([^]*?)^```$/gm)].map(({ 1: language, 2: code, index }) => ({
    language,
    code,
    line: text.slice(0, index).split("\n").length,
  }));
}

const prose = (text) => text.replaceAll(/^```[^]*?^```$/gm, "").replaceAll(/`[^`\n]*`/g, (code) => "x".repeat(code.length));

/** Where a text's links lead, images included, but for those to other sites. */
export function links(text) {
  const found = [...prose(text).matchAll(/\]\(([^)\s]+)\)/g)].map(([, target]) => target);
  return found.filter((target) => !/^[a-z]+:/.test(target));
}

/** The anchors of a text's headings, as GitHub makes them. */
export function anchors(text) {
  const seen = new Map();
  return [...text.replaceAll(/^```[^]*?^```$/gm, "").matchAll(/^#+ (.*)$/gm)].map(([, heading]) => {
    const words = heading.replaceAll(/\[([^\]]*)\]\([^)]*\)/g, "$1").toLowerCase();
    const anchor = words.replaceAll(/[^\p{L}\p{N}\s_-]/gu, "").replaceAll(/\s/g, "-");
    const count = seen.get(anchor) ?? 0;
    seen.set(anchor, count + 1);
    return count === 0 ? anchor : `${anchor}-${count}`;
  });
}
