// The file that was paid for, and the way to save it.
import { make } from "./dom.js";
import { display } from "./viewers.js";
import { within } from "../model/waiting.js";

/** How long an article may take to be laid out, in milliseconds. */
const PATIENCE = 3000;

/** A shape that the file fits, with `inner` in it. */
function placeOf({ pixels, mediaType }, ...inner) {
  const shape = make("div", { className: "place" }, ...inner);
  if (pixels) {
    shape.style.aspectRatio = `${pixels.width} / ${pixels.height}`;
    shape.style.maxWidth = `${pixels.width}px`;
  } else if (/^(text|application)\//.test(mediaType)) {
    shape.classList.add(mediaType === "application/pdf" ? "pages" : "long");
  }
  return shape;
}

/** Shows where the file will be, until it is: its place would be empty in a wide window. A preview shows more. */
export function seal(view, config) {
  const box = view.byId("sealed");
  box.replaceChildren(placeOf(config, make("span", { className: "lock" })));
  box.hidden = view.host.querySelector(':scope > [slot="preview"]') !== null;
}

export class Content {
  /** @type {import("./view.js").View} */
  #view;
  #box;
  #url;
  #name;
  /** The account that paid for the content: only it sees the content. */
  owner;

  #config;

  /** @param {string} name of the file */
  constructor(view, name, config) {
    this.#view = view;
    this.#box = view.byId("content");
    this.#name = name;
    this.#config = config;
  }

  /** Keeps a place for what is being paid for, so that nothing moves when it comes; `dropPlace` gives it up. */
  keepPlace() {
    if (this.owner) {
      return;
    }
    this.#box.replaceChildren(placeOf(this.#config));
    this.#box.hidden = false;
  }

  dropPlace() {
    if (!this.owner) {
      this.clear();
    }
  }

  /** Shows what this account paid for and resolves to the box it is in. */
  async show(blob, owner) {
    const { text, host } = this.#view;
    const name = this.#name;
    const url = URL.createObjectURL(blob);
    const save = make("a", { href: url, download: name, "data-testid": "content-save" }, text.say("content.save", { name }));
    const caption = make("figcaption", {}, save, ` ${text.size(blob.size)}`);
    const { shown, settled } = await display({ blob, url, name, address: this.#config.url, text });
    this.clear();
    this.#box.replaceChildren(shown ?? make("p", {}, text.say("content.here")), caption);
    this.#box.hidden = false;
    host.toggleAttribute("has-content", true);
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
    this.#view.host.toggleAttribute("has-content", false);
    if (this.#url) {
      URL.revokeObjectURL(this.#url);
      this.#url = undefined;
    }
  }
}
