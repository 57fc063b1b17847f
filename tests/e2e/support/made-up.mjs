// A language made of English: each text between marks, so that what was forgotten shows.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../../../demo/root.mjs";
import english from "../../../pkg/elements/messages/en.js";

const marked = (text) => `⟦${text}⟧`;

/** Texts of the server that are parts of others, or of numbers. */
const PLAIN = ["decimal-point", "group", "money"];

/** The words of a language as its file has them, with the messages of the elements. */
export function madeUpWords(tag) {
  const own = JSON.parse(readFileSync(join(root, "www/words/en.json"), "utf8"));
  const words = Object.entries(own).map(([key, text]) => [key, PLAIN.includes(key) ? text : marked(text)]);
  const forms = new Intl.PluralRules(tag).resolvedOptions().pluralCategories;
  const elements = Object.entries(english).map(([key, message]) => [
    key,
    typeof message === "string"
      ? marked(message)
      : Object.fromEntries(forms.map((form) => [form, marked(`${form}: ${message.other}`)])),
  ]);
  return { ...Object.fromEntries(words), elements: Object.fromEntries(elements) };
}

/** What stands for each letter where a language is to look as if it were Arabic. */
const ARABIC = Object.fromEntries(
  [..."abcdefghijklmnopqrstuvwxyz"].map((letter, index) => [letter, [..."ابكديفجهيجكلمنوبقرستوفوخيز"][index]]),
);

/** The same words in Arabic letters, from right to left as a reader sees them; what they mention stays. */
export function inArabicLetters(words) {
  if (typeof words !== "string") {
    return Object.fromEntries(Object.entries(words).map(([key, value]) => [key, inArabicLetters(value)]));
  }
  return words.replace(/\{\w+\}|[a-z]/gi, (found) => ARABIC[found.toLowerCase()] ?? found);
}

/** Whether all of a text is in that language, but for what no language says: amounts, names of files, addresses. */
export function isMadeUp(text) {
  const rest = text.replace(/⟦.*⟧/s, "").replace(/0x[0-9a-fA-F]+…?[0-9a-fA-F]*|\p{L}*\.(jpg|txt)|TKN|ETH|\bkB\b/gu, "");
  return !/\p{Script=Latin}/u.test(rest);
}
