// A page that speaks Arabic, or what looks like it.
import { cpSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../../demo/root.mjs";
import { inArabicLetters, madeUpWords } from "../e2e/support/made-up.mjs";

/** Makes the page's folder; gives its path. */
export function arabicPage() {
  const folder = join(root, `target/arabic-page-${process.pid}`);
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  cpSync(join(root, "www"), folder, { recursive: true });
  writeFileSync(join(folder, "words/ar.json"), JSON.stringify(inArabicLetters(madeUpWords("ar"))));
  return folder;
}
