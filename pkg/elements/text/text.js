// What the elements say, in the reader's language: messages, numbers, amounts, times, by `Intl`.
import en from "../messages/en.js";
import { formatUnits } from "../model/amount.js";

/** Languages besides English; each is a file of its own. */
const LANGUAGES = { de: () => import("../messages/de.js") };

/** Languages written from right to left, by the first part of their tags; src/paywall/words.rs has the same ones. */
const RIGHT_TO_LEFT = ["ar", "ckb", "dv", "fa", "he", "ks", "ps", "sd", "ug", "ur", "yi"];

/** A letter that is written from right to left. */
const FROM_THE_RIGHT = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]/u;

/** Messages of further languages, given by the page. */
const given = new Map();

/**
 * Adds a language, or replaces its messages: an object like that of `messages/en.js`. What it lacks is said in
 * English. Elements that are on the page already keep their language.
 */
export function addLanguage(tag, messages) {
  given.set(tag.toLowerCase(), messages);
}

/** The language of an element: the nearest `lang`, as the standard has it, else English. */
export function languageOf(element) {
  for (let node = element; node; node = node.parentElement ?? node.getRootNode().host) {
    const tag = node.getAttribute?.("lang");
    if (tag) {
      return tag;
    }
  }
  return "en";
}

/** The text in a language, given as a BCP 47 tag; English where there is no such language. */
export async function loadText(tag) {
  // The import of the elements starts those that are in the page: the script that imports them has its turn first.
  await undefined;
  const parts = tag.toLowerCase().split("-");
  for (let length = parts.length; length > 0; length -= 1) {
    const name = parts.slice(0, length).join("-");
    if (given.has(name)) {
      return new Text(tag, given.get(name));
    }
    if (name === "en") {
      return new Text(tag);
    }
    if (Object.hasOwn(LANGUAGES, name)) {
      const loaded = await LANGUAGES[name]().catch(() => undefined);
      return loaded ? new Text(tag, loaded.default) : new Text("en");
    }
  }
  return new Text("en");
}

/**
 * Makes texts. Amounts are exact: only their decimal point is the language's. All digits are 0 to 9, as in amounts and
 * addresses, also where the language has others.
 */
export class Text {
  #messages;
  #plurals;
  #numbers;
  /** How numbers are written, and how times are. */
  #latin;
  #times;

  constructor(tag = "en", messages = en) {
    this.tag = supported(tag);
    this.#messages = messages;
    this.#plurals = new Intl.PluralRules(this.tag);
    this.#latin = latin(this.tag);
    this.#times = latin(regional(this.tag));
    this.#numbers = new Intl.NumberFormat(this.#latin);
  }

  /** "rtl" where people write from right to left. */
  get direction() {
    return RIGHT_TO_LEFT.includes(this.tag.split("-")[0]) ? "rtl" : "ltr";
  }

  has(key) {
    return Object.hasOwn(en, key);
  }

  /** The message, with values filled in; `count` chooses its form. */
  say(key, values = {}) {
    const message = this.#messages[key] ?? en[key] ?? key;
    return this.#form(message, values.count).replace(/\{(\w+)\}/g, (whole, name) => {
      const value = values[name];
      const isNumber = name === "count" && (typeof value === "bigint" || typeof value === "number");
      return value === undefined ? whole : this.#isolated(isNumber ? this.#numbers.format(value) : String(value));
    });
  }

  /** What is filled in keeps its own direction, and leaves that of the text around it as it is. */
  #isolated(value) {
    return this.direction === "rtl" || FROM_THE_RIGHT.test(value) ? `\u2068${value}\u2069` : value;
  }

  #form(message, count) {
    if (typeof message === "string") {
      return message;
    }
    // Only small and round counts have a form of their own, so that rounding does no harm here.
    return message[this.#plurals.select(Number(count))] ?? message.other;
  }

  /** As in "3 TKN", which no line breaks, or "3 base units" where the token has no name. */
  amount(amount, token) {
    if (!token) {
      return this.say("unit.base", { count: amount });
    }
    const shown = `${this.units(amount, token.decimals)}\u00a0${token.symbol}`;
    // Within a line from right to left it stays in this order.
    return this.direction === "rtl" ? `\u2066${shown}\u2069` : shown;
  }

  /** An exact amount, without a unit. */
  units(amount, decimals) {
    return formatUnits(amount, decimals).replace(".", this.point);
  }

  /** A price, and about what that is in money where the publisher states a rate: as in "0.1 TKN, about €0.10". */
  price(amount, token, rate) {
    const shown = this.amount(amount, token);
    if (!token || !rate || amount === 0n) {
      return shown;
    }
    const { least, money } = this.#money(amount, token, rate);
    return this.say(least ? "price.below" : "price.about", { amount: shown, money });
  }

  #money(amount, { decimals }, { currency, perToken }) {
    const [whole, fraction = ""] = perToken.split(".");
    const scale = decimals + fraction.length;
    // Rounded half up, to the ten thousandth of the currency's unit.
    const unit = 10n ** BigInt(scale);
    const rounded = (amount * BigInt(whole + fraction) * 20_000n + unit) / (2n * unit);
    const least = rounded === 0n;
    const tenThousandths = least ? 1n : rounded;
    const digits = tenThousandths >= 10_000n ? 2 : 4;
    const format = new Intl.NumberFormat(this.#latin, {
      style: "currency",
      currency,
      maximumFractionDigits: digits,
    });
    return { least, money: format.format(/** @type {any} */ (formatUnits(tenThousandths, 4))) };
  }

  /** An amount of which only so many decimals are shown; what is left of it is cut. */
  rounded(amount, token, digits) {
    const step = 10n ** BigInt(Math.max(0, token.decimals - digits));
    return this.amount(amount < step ? amount : (amount / step) * step, token);
  }

  /** The decimal point. */
  get point() {
    const parts = this.#numbers.formatToParts(1.5);
    return parts.find(({ type }) => type === "decimal")?.value ?? ".";
  }

  /** An action as it stands at the start of a sentence. */
  action(name) {
    const [first, ...rest] = this.doing(name);
    return first.toLocaleUpperCase(this.tag) + rest.join("");
  }

  /** An action as it stands within a sentence. */
  doing(name) {
    return this.say(this.has(`action.${name}`) ? `action.${name}` : "action.other");
  }

  /** As in "a, b and c". */
  list(items) {
    return new Intl.ListFormat(this.tag, { type: "conjunction" }).format(items);
  }

  /** A time of day, as in "12:03". */
  clock(time) {
    return new Date(time).toLocaleTimeString(this.#times, { timeStyle: "short" });
  }

  /** A day, with its month in letters where the language has it so: "9 Dec 2026"; `full` with its weekday. */
  day(time, /** @type {"medium" | "full"} */ dateStyle = "medium") {
    return new Date(time).toLocaleDateString(this.#times, { dateStyle });
  }

  /** A time, as in "today at 12:03" or "on 9 Dec 2026 at 12:03". */
  moment(time) {
    const date = new Date(time);
    const tomorrow = new Date(Date.now() + 24 * 60 * 60 * 1000);
    const known = {
      [tomorrow.toDateString()]: this.say("time.tomorrow"),
      [new Date().toDateString()]: this.say("time.today"),
    };
    const day = known[date.toDateString()] ?? this.say("time.on", { day: this.day(time) });
    return this.say("time.at", { day, clock: this.clock(time) });
  }

  /** As in "about 2 hours and 5 minutes". */
  duration(seconds) {
    const minutes = Math.ceil(seconds / 60);
    if (minutes <= 1) {
      return this.say("time.minute");
    }
    const days = Math.floor(minutes / 1440);
    /** @type {[number, string][]} */
    const parts = [
      [days, "day"],
      [Math.floor(minutes / 60) % 24, "hour"],
      [days > 0 ? 0 : minutes % 60, "minute"],
    ];
    const words = parts
      .filter(([count]) => count > 0)
      .map(([count, unit]) => this.#measured(count, unit, "long"));
    return this.say("time.about", { parts: words.join(" ") });
  }

  /** A size in bytes, as in "1.2 MB". */
  size(bytes) {
    const units = ["byte", "kilobyte", "megabyte", "gigabyte"];
    const step = Math.min(units.length - 1, Math.floor(Math.log10(Math.max(1, bytes)) / 3));
    return this.#measured(bytes / 1000 ** step, units[step], step ? "short" : "long");
  }

  /** @param {"short" | "long"} unitDisplay */
  #measured(count, unit, unitDisplay) {
    const options = { style: "unit", unit, unitDisplay, maximumFractionDigits: 1 };
    // A number and its unit stay in one line.
    return new Intl.NumberFormat(this.#latin, /** @type {any} */ (options)).format(count).replaceAll(" ", "\u00a0");
  }
}

/** The same language, with the digits 0 to 9. */
function latin(tag) {
  return new Intl.Locale(tag, { numberingSystem: "latn" }).toString();
}

/** A language without a region gets the reader's, if that is one of it: "en" has 24 hours for readers in Britain. */
function regional(tag) {
  const preferred = globalThis.navigator?.languages ?? [];
  return preferred.map(supported).find((own) => own.startsWith(`${tag}-`)) ?? tag;
}

function supported(tag) {
  try {
    return Intl.getCanonicalLocales(tag)[0] ?? "en";
  } catch {
    return "en";
  }
}
