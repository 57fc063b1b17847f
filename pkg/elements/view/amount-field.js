// A text field for an amount of tokens: suggests one, parses exactly, and explains errors in its hint.
import { parseUnits } from "../model/amount.js";
import { describe } from "../text/errors.js";
import { PageError } from "../model/page-error.js";
import { isUsable } from "./dom.js";
import { judge, lead } from "./field-fault.js";

export class AmountField {
  /** @type {import("./view.js").View} */
  #view;
  #input;
  #hint;
  #label;
  #name;
  #facts;
  #advice;
  #least;
  #suggested;
  /** What was said of the amount that is still there. */
  #refused;

  /**
   * `advice(amount)` is the hint for a good amount, `least()` the smallest that makes sense. The account's tokens
   * (`tokens` of `facts()`) are warned of. `name` is the message of the label.
   */
  constructor({ view, input, hint, label, name, facts, advice, least = () => 1n }) {
    this.#view = view;
    this.#input = input;
    this.#hint = hint;
    this.#label = label;
    this.#name = name;
    this.#facts = facts;
    this.#advice = advice;
    this.#least = least;
    input.addEventListener("input", () => {
      this.#refused = undefined;
      this.#check();
    });
  }

  /** Suggests an amount, or what the account holds if that is less but makes sense; unless the user typed one. */
  suggest(wanted) {
    const { token, tokens = wanted } = this.#facts();
    const amount = tokens < wanted && tokens >= this.#least() ? tokens : wanted;
    const unit = token?.symbol ?? this.#view.say("unit.base-name");
    this.#view.tell(this.#label, this.#name, { unit });
    // Who empties the field is about to type.
    const untouched = this.#input.value === (this.#suggested ?? "");
    if (untouched) {
      this.#suggested = this.#view.text.units(amount, token?.decimals ?? 0);
      this.#input.value = this.#suggested;
    }
    this.#check();
  }

  /** Writes an amount, as the user would. */
  write(amount) {
    this.#refused = undefined;
    this.#input.value = this.#view.text.units(amount, this.#facts().token?.decimals ?? 0);
    this.#check();
  }

  /** The amount that is written, if it is one. */
  get amount() {
    const { amount } = this.#input.dataset;
    return amount === undefined ? undefined : BigInt(amount);
  }

  reset() {
    this.#refused = undefined;
    this.#input.value = "";
    this.#suggested = undefined;
  }

  /** The amount; undefined after showing why it is invalid. */
  read() {
    const amount = this.#check();
    if (amount === undefined) {
      lead(this.#view, this.#input, this.#hint.textContent);
    }
    return amount;
  }

  /** Says why the amount was refused, if that is what the error tells. */
  blame(error) {
    const { code, details } = error;
    const isTooMuch = code === "deposit-above-limit" || (code === "rule-violated" && details?.rule === "deposit-limit");
    if (!isTooMuch || !isUsable(this.#input)) {
      return false;
    }
    this.#refused = error;
    this.#check();
    lead(this.#view, this.#input, this.#hint.textContent);
    return true;
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
      this.#input.dataset.amount = String(amount);
      // Not refused: tokens may have come since the account was read.
      const { tokens = amount } = this.#facts();
      const typed = this.#input.value !== this.#suggested;
      const tooMuch = typed && amount > tokens ? new PageError("insufficient-tokens", "") : undefined;
      this.#tell(this.#refused ?? tooMuch, this.#advice(amount));
      return amount;
    } catch (error) {
      delete this.#input.dataset.amount;
      this.#tell(error);
      return undefined;
    }
  }

  /** Shows what is wrong with what was written, or else the advice. */
  #tell(error, advice = "") {
    const fault = error && describe(error, this.#facts(), this.#view.text);
    // What the error box says is not said here as well.
    const isSaid = fault !== undefined && this.#view.byId("error").dataset.code === fault.code;
    judge({ input: this.#input, note: this.#hint, fault: isSaid ? { ...fault, sentence: "" } : fault, advice });
  }
}
