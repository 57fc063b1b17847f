// A text field for a limit: empty means none, an error is said right under it.
import { describe } from "../text/errors.js";
import { setText } from "./dom.js";
import { judge, lead } from "./field-fault.js";

/** @template T */
export class LimitField {
  /** @type {import("./view.js").View} */
  #view;
  #input;
  #hint;
  #parse;
  #write;
  #advice;
  #facts;
  /** What the page wrote into it. */
  #filled = "";

  /**
   * `parse(text)` reads a value or throws, `write(value)` is how one is written, `advice(value)` the hint for one, or for
   * none; `facts()` is what sentences may mention.
   * @param {{ view: import("./view.js").View, id: string, parse: (text: string) => T, write: (value: T) => string,
   *   advice: (value: T | undefined) => string, facts?: () => any }} field
   */
  constructor({ view, id, parse, write, advice, facts = () => ({}) }) {
    this.#view = view;
    this.#input = view.byId(id);
    this.#hint = view.byId(`${id}-hint`);
    this.#parse = parse;
    this.#write = write;
    this.#advice = advice;
    this.#facts = facts;
    this.#input.addEventListener("input", () => this.#check());
  }

  label(text) {
    setText(this.#view.byId(`${this.#input.id}-label`), text);
  }

  /** Shows a limit, or none; what the user is writing stays, unless `anew`. */
  fill(value, anew = false) {
    if (anew || this.#input.value === this.#filled) {
      this.#filled = value === undefined ? "" : this.#write(value);
      this.#input.value = this.#filled;
    }
    this.#check();
  }

  /**
   * `{ value }`, undefined in it for no limit; or undefined where it can't be read.
   * @returns {{ value: T | undefined } | undefined}
   */
  read() {
    return this.#check();
  }

  /** Leads to what is wrong with it. */
  lead() {
    lead(this.#view, this.#input, this.#hint.textContent);
  }

  focus() {
    this.#input.focus();
  }

  #check() {
    const [input, note] = [this.#input, this.#hint];
    try {
      const value = input.value.trim() === "" ? undefined : this.#parse(input.value);
      judge({ input, note, fault: undefined, advice: this.#advice(value) });
      return { value };
    } catch (error) {
      judge({ input, note, fault: describe(error, this.#facts(), this.#view.text) });
      return undefined;
    }
  }
}
