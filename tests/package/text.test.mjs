// How the elements write numbers, times and what is filled into a message, in any language.
import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";
import { parseUnits } from "../../pkg/elements/model/amount.js";
import { shorten } from "../../pkg/elements/text/plain.js";
import { Text, loadText } from "../../pkg/elements/text/text.js";

const TOKEN = { symbol: "TKN", decimals: 1 };
/** Ten days from now, at 9 and at 21 o'clock. */
const at = (hour) => {
  const date = new Date(Date.now() + 10 * 24 * 60 * 60 * 1000);
  date.setHours(hour, 5, 0, 0);
  return date;
};

const own = Object.getOwnPropertyDescriptor(globalThis, "navigator");
const reader = (...languages) =>
  Object.defineProperty(globalThis, "navigator", { value: { languages }, configurable: true, writable: true });

beforeEach(() => reader("fr-FR"));
afterEach(() => {
  if (own) Object.defineProperty(globalThis, "navigator", own);
});

test("a day has its month in letters in English, so that nobody takes it for another", () => {
  const [month, day] = [at(9).toLocaleString("en", { month: "short" }), at(9).getDate()];
  assert.ok(new Text("en").moment(at(9)).startsWith(`on ${month} ${day}, `), new Text("en").moment(at(9)));
});

test("a time stands within a sentence, on a day that has a name as on any other", async () => {
  const german = await loadText("de");
  assert.match(german.moment(at(9)), /^am \d+\.\d+\.\d+ um 09:05$/);
  assert.match(german.moment(new Date()), /^heute um \d\d:\d\d$/);
});

test("times are those of the reader's region, where it has the page's language", () => {
  reader("fr-FR", "en-GB", "en");
  assert.equal(new Text("en").clock(at(21)), "21:05");
  assert.match(new Text("en").day(at(21)), /^\d+ \p{L}+ \d+$/u);
  // A page that names a region means it, and amounts agree with those that the server wrote.
  assert.match(new Text("en-US").clock(at(21)), /^9:05\sPM$/u);
  reader("de-CH");
  assert.match(new Text("en").clock(at(21)), /^9:05\sPM$/u);
  assert.equal(new Text("de").amount(15n, TOKEN), "1,5\u00a0TKN");
});

for (const tag of ["ar", "ar-EG", "fa", "ckb", "he", "ur", "de", "en", "hi", "mr"]) {
  test(`${tag}: what is written as an amount can be read as one, and all digits are 0 to 9`, () => {
    const text = new Text(tag);
    assert.equal(parseUnits(text.units(15n, 1), 1), 15n);
    const written = [
      text.amount(15n, TOKEN),
      text.price(15n, TOKEN, { currency: "EUR", perToken: "2" }),
      text.amount(1_234_567n, undefined),
      text.moment(at(9)),
      text.duration(10_000),
      text.size(1_234_567),
    ];
    assert.doesNotMatch(written.join(" "), /(?![0-9])\p{Nd}/u);
  });
}

test("what a keyboard of Arabic or Persian types is an amount", () => {
  assert.equal(parseUnits("١٢٫٥", 1), 125n);
  assert.equal(parseUnits("۱۲٫۵", 1), 125n);
  assert.equal(parseUnits("٩", 0), 9n);
  assert.throws(() => parseUnits("١٬٥", 1), { code: "amount-malformed" });
});

test("what is filled in keeps its direction where that may be another than that of the text", () => {
  const messages = { "account.title": "حسابك {account}" };
  const title = (tag, said, account) => new Text(tag, said).say("account.title", { account });
  assert.equal(title("ar", messages, "0x12"), "حسابك \u20680x12\u2069");
  assert.equal(title("en", undefined, "حقيبة"), "Your account \u2068حقيبة\u2069");
  assert.equal(title("en", undefined, "0x12"), "Your account 0x12");
});

test("no line ends between a number and its unit", () => {
  const text = new Text("en");
  assert.equal(text.amount(15n, TOKEN), "1.5\u00a0TKN");
  assert.equal(text.size(1_234_567), "1.2\u00a0MB");
  assert.equal(text.duration(180), "about 3\u00a0minutes");
});

test("no line ends within a short address", () => {
  assert.equal(shorten(`0x${"12".repeat(20)}`), "0x1212…\u20601212");
  assert.equal(shorten("0x1212"), "0x1212");
});
