// What a screen reader comes by on a page, in its order.

/** What it can jump to, or says by itself. Running text is left out, and so is what only holds other things. */
const SAID = /^(heading|link|button|textbox|checkbox|radio|combobox|slider|progressbar|meter|img|figure|region|group|dialog|alert|status)\b/;

/**
 * A line for each, as in `button "Create a key" [disabled]`, of the browser's own accessibility tree.
 * @param {import("@playwright/test").Page} page
 * @returns {Promise<string[]>}
 */
export async function transcript(page) {
  const tree = await page.locator("body").ariaSnapshot();
  const lines = tree.split("\n").map((line) => line.trim().replace(/^- '?|'?:?$/g, ""));
  return lines.filter((line) => SAID.test(line)).map((line) => line.replace(/0x[0-9a-fA-F]{6,}/g, "0x…"));
}
