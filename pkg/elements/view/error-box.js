// Shows one error as a sentence with its ways out.
import { isUsable, make } from "./dom.js";
import { describe } from "../text/errors.js";

/** For how long buttons that pay ignore presses, in milliseconds. */
const READING = 400;

export class ErrorBox {
  /** @type {import("./view.js").View} */
  #view;
  #box;
  #facts;
  #ways;
  #origin;
  #changed;

  /**
   * `changed()` hears when a message comes or goes. `facts()` gives what sentences may mention; `ways` maps a name to
   * `{ label?, usable?, go, pays? }`; without a label it is the message `go.<name>`.
   */
  constructor(view, facts, ways, changed) {
    this.#view = view;
    this.#box = view.byId("error");
    this.#facts = facts;
    this.#ways = ways;
    this.#changed = changed;
  }

  /**
   * Shows the error; `retry` repeats what failed, `origin` is the control that had the focus, `money`
   * says what happened to the money where the error does not. Returns the control to focus, if any.
   */
  show(error, retry, origin, money) {
    this.#origin = origin;
    const { code, sentence, ways, calm, technical, ...known } = describe(error, this.#facts(), this.#view.text);
    const buttons = ways.flatMap((name) => this.#button(name, error, retry));
    const dismiss = make(
      "button",
      { type: "button", className: "quiet", "data-testid": "error-dismiss" },
      this.#view.say("go.dismiss"),
    );
    dismiss.addEventListener("click", () => this.clear());
    this.#box.classList.toggle("calm", calm);
    this.#box.replaceChildren(
      make("p", {}, sentence),
      ...(known.money && money ? [make("p", { "data-testid": "error-money" }, money)] : []),
      make("p", { className: "buttons" }, ...buttons, dismiss),
      make(
        "details",
        {},
        make("summary", {}, this.#view.say("error.details")),
        make("p", {}, `${this.#view.say("error.code")} `, make("code", { "data-testid": "error-code" }, code)),
        make("pre", { dir: "auto" }, technical),
      ),
    );
    this.#box.hidden = false;
    this.#box.dataset.code = code;
    this.#changed();
    // The box is above the page's lower edge: what it speaks of stays in sight.
    origin?.scrollIntoView?.({ block: "nearest" });
    return buttons.find(({ disabled }) => !disabled);
  }

  clear() {
    const had = this.#box.contains(this.#view.focused);
    this.#box.hidden = true;
    this.#box.replaceChildren();
    delete this.#box.dataset.code;
    this.#changed();
    if (had) {
      const heading = [...this.#view.root.querySelectorAll("h2[tabindex]")].find(isUsable);
      (isUsable(this.#origin) ? this.#origin : heading)?.focus();
    }
  }

  #button(name, error, retry) {
    const way =
      name === "retry"
        ? { usable: () => Boolean(retry), go: retry }
        : this.#ways[name];
    if (!way || (way.usable && !way.usable(error))) {
      return [];
    }
    const label = way.label?.(error) ?? this.#view.say(`go.${name}`);
    const button = make("button", { type: "button", "data-testid": `error-${name}` }, label);
    if (way.pays) {
      // the second click of a double click on the previous button pays nothing
      button.disabled = true;
      button.classList.add("arming");
      setTimeout(() => {
        button.disabled = false;
        button.classList.remove("arming");
      }, READING);
    }
    button.addEventListener("click", () => {
      this.clear();
      way.go(error, retry);
    });
    return [button];
  }
}
