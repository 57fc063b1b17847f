// The file that was paid for: a picture, text, or something to save.
import { byId, make } from "./dom.js";
import { PageError } from "./page-error.js";

/** Longer text is offered as a file: a page of many megabytes would stall the browser. */
const LONGEST_TEXT = 1_000_000;

export class Content {
  #box = byId("content");
  #url;

  /** Shows the answer's body and resolves to the box it is in. */
  async show(response, name) {
    let blob;
    try {
      blob = await response.blob();
    } catch (cause) {
      throw new PageError("content-lost", cause.message, {}, cause);
    }
    const type = blob.type.split(";")[0].trim().toLowerCase();
    const url = URL.createObjectURL(blob);
    const save = make(
      "a",
      { href: url, download: name, "data-testid": "content-save" },
      `Save ${name}`,
    );
    const caption = make("figcaption", {}, save);
    this.#box.replaceChildren(...(await this.#body(type, blob, url, name)), caption);
    this.#box.hidden = false;
    document.body.classList.add("has-content");
    if (this.#url) {
      URL.revokeObjectURL(this.#url);
    }
    this.#url = url;
    return this.#box;
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
