// A text field for an amount of tokens: suggests one, parses exactly, and explains errors in its hint.
import { formatUnits, parseUnits } from "./amount.js";
import { describe } from "./errors.js";
import { PageError } from "./page-error.js";
import { setText } from "./dom.js";

export class AmountField {
  #input;
  #hint;
  #unit;
  #facts;
  #advice;
  #least;
  #suggested;

  /** `advice(amount)` is the hint for a good amount, `least()` the smallest that makes sense. */
  constructor({ input, hint, unit, facts, advice, least = () => 1n }) {
    this.#input = input;
    this.#hint = hint;
    this.#unit = unit;
    this.#facts = facts;
    this.#advice = advice;
    this.#least = least;
    input.addEventListener("input", () => this.#check());
  }

  /** Suggests an amount, unless the user typed one. */
  suggest(amount) {
    const { token } = this.#facts();
    setText(this.#unit, token?.symbol ?? "base units");
    const untouched = this.#input.value === "" || this.#input.value === this.#suggested;
    if (untouched) {
      this.#suggested = formatUnits(amount, token?.decimals ?? 0);
      this.#input.value = this.#suggested;
    }
    this.#check();
  }

  reset() {
    this.#input.value = "";
    this.#suggested = undefined;
  }

  /** The amount; undefined after showing why it is invalid. */
  read() {
    const amount = this.#check();
    if (amount === undefined) {
      this.#input.focus();
    }
    return amount;
  }

  #check() {
    try {
      const amount = parseUnits(this.#input.value, this.#facts().token?.decimals ?? 0);
      if (amount === 0n) {
        throw new PageError("amount-zero", "amount is zero");
      }
      if (amount < this.#least()) {
        throw new PageError("deposit-below-price", "deposit below price", { price: this.#least() });
      }
      this.#input.removeAttribute("aria-invalid");
      this.#input.dataset.amount = String(amount);
      this.#hint.classList.remove("wrong");
      setText(this.#hint, this.#advice(amount));
      return amount;
    } catch (error) {
      this.#input.setAttribute("aria-invalid", "true");
      delete this.#input.dataset.amount;
      this.#hint.classList.add("wrong");
      setText(this.#hint, describe(error, this.#facts()).sentence);
      return undefined;
    }
  }
}
