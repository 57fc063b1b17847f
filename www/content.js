// The file that was paid for: a picture, text, or something to save.
import { byId, make } from "./dom.js";

/** Offer longer text as a file: many megabytes of text stall the browser. */
const LONGEST_TEXT = 1_000_000;

export class Content {
  #box = byId("content");
  #url;
  /** The account that paid for the content: only it sees the content. */
  owner;

  /** Shows what this account paid for and resolves to the box it is in. */
  async show(blob, name, owner) {
    const type = blob.type.split(";")[0].trim().toLowerCase();
    const url = URL.createObjectURL(blob);
    const save = make(
      "a",
      { href: url, download: name, "data-testid": "content-save" },
      `Save ${name}`,
    );
    const caption = make("figcaption", {}, save);
    const body = await this.#body(type, blob, url, name);
    this.clear();
    this.#box.replaceChildren(...body, caption);
    this.#box.hidden = false;
    document.body.classList.add("has-content");
    this.#url = url;
    this.owner = owner;
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

  async #body(type, blob, url, name) {
    if (type.startsWith("image/")) {
      const image = make("img", { src: url, alt: name });
      // a picture the browser cannot draw can still be saved
      return image.decode().then(
        () => [image],
        () => [make("p", {}, "This browser cannot show the picture.")],
      );
    }
    if ((type.startsWith("text/") || type === "application/json") && blob.size <= LONGEST_TEXT) {
      return [make("pre", { tabIndex: 0 }, await blob.text())];
    }
    return [make("p", {}, "The file is here.")];
  }
}
