// How the elements look. Pages change it by custom properties (`--microraiden-…`) and parts.
import { CONTROLS, TEXT, TOKENS } from "./style-base.js";
import { CONTENT, NOTICES, PARTS } from "./style-parts.js";
import { QUESTION } from "./style-question.js";

let sheet;

/** Gives a shadow root the style. A style sheet made by script needs no permission of the page's policy. */
export function dress(root) {
  if (!sheet) {
    sheet = new CSSStyleSheet();
    sheet.replaceSync([TOKENS, TEXT, CONTROLS, PARTS, NOTICES, QUESTION, CONTENT].join("\n"));
  }
  root.adoptedStyleSheets = [sheet];
}
