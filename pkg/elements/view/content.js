// The file that was paid for, and the way to save it.
import { byId, make } from "./dom.js";
import { view } from "./viewers.js";
import { within } from "../model/waiting.js";

/** How long an article may take to be laid out, in milliseconds. */
const PATIENCE = 3000;

const UNITS = ["byte", "kilobyte", "megabyte", "gigabyte"];

/** A size in bytes for people, as in "1.2 MB". */
function sized(bytes) {
  const step = Math.min(UNITS.length - 1, Math.floor(Math.log10(Math.max(1, bytes)) / 3));
  const format = new Intl.NumberFormat(document.documentElement.lang, {
    style: "unit",
    unit: UNITS[step],
    unitDisplay: step ? "short" : "long",
    maximumFractionDigits: 1,
  });
  return format.format(bytes / 1000 ** step);
}

export class Content {
  #box = byId("content");
  #url;
  #name;
  #address;
  /** The account that paid for the content: only it sees the content. */
  owner;

  /** @param {string} name of the file @param {string} address where it is sold */
  constructor(name, address) {
    this.#name = name;
    this.#address = address;
  }

  /** Shows what this account paid for and resolves to the box it is in. */
  async show(blob, owner) {
    const name = this.#name;
    const url = URL.createObjectURL(blob);
    const save = make("a", { href: url, download: name, "data-testid": "content-save" }, `Save ${name}`);
    const caption = make("figcaption", {}, save, ` ${sized(blob.size)}`);
    const { shown, settled } = await view({ blob, url, name, address: this.#address });
    this.clear();
    this.#box.replaceChildren(shown ?? make("p", {}, "The file is here."), caption);
    this.#box.hidden = false;
    document.body.classList.add("has-content");
    this.#url = url;
    this.owner = owner;
    // An article without its height would be focused, and then grow out of sight.
    await within(settled ?? Promise.resolve(), PATIENCE, () => new Error("late")).catch(() => {});
    return this.#box;
  }

  /** Removes the content. */
  clear() {
    this.owner = undefined;
    this.#box.hidden = true;
    this.#box.replaceChildren();
    document.body.classList.remove("has-content");
    if (this.#url) {
      URL.revokeObjectURL(this.#url);
      this.#url = undefined;
    }
  }
}
