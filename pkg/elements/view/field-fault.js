// What is wrong with a field: said right under it, with the focus in the field, until the field is edited.
import { describe } from "../text/errors.js";
import { isUsable, make, setText } from "./dom.js";

/**
 * Marks a field as wrong, and says why in its note; without a fault the field is right, and the note says the advice.
 * The note describes the field, so that it is read when the field gets the focus.
 */
export function judge({ input, note, fault, advice = "" }) {
  input.setAttribute("aria-invalid", String(Boolean(fault)));
  note.classList.toggle("wrong", Boolean(fault));
  if (fault) {
    note.dataset.code = fault.code;
  } else {
    delete note.dataset.code;
  }
  setText(note, fault?.sentence ?? advice);
}

/** Takes the user to a field that is wrong. Who is there already hears why; the others do when they come. */
export function lead(view, input, sentence) {
  if (view.focused === input) {
    view.announce(sentence);
  } else {
    input.focus();
  }
  input.scrollIntoView({ block: "nearest" });
}

export class FieldFault {
  /** @type {import("./view.js").View} */
  #view;
  #input;
  #note;
  #described;

  /** @param {import("./view.js").View} view */
  constructor(view, input) {
    this.#view = view;
    this.#input = input;
    this.#described = input.getAttribute("aria-describedby");
    this.#note = make("p", { id: `${input.id}-fault`, className: "hint", hidden: true });
    input.after(this.#note);
    input.addEventListener("input", () => this.clear());
  }

  /** Says what is wrong; false where the field is not in sight. */
  show(error) {
    if (!isUsable(this.#input)) {
      return false;
    }
    const fault = describe(error, {}, this.#view.text);
    judge({ input: this.#input, note: this.#note, fault });
    this.#note.hidden = false;
    this.#input.setAttribute("aria-describedby", [this.#described, this.#note.id].filter(Boolean).join(" "));
    lead(this.#view, this.#input, fault.sentence);
    return true;
  }

  clear() {
    judge({ input: this.#input, note: this.#note, fault: undefined });
    this.#note.hidden = true;
    if (this.#described === null) {
      this.#input.removeAttribute("aria-describedby");
    } else {
      this.#input.setAttribute("aria-describedby", this.#described);
    }
  }
}
