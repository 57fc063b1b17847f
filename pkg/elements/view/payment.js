// Deposit and payment: the price, the deposit, and the button that pays. Paid content is shown, not offered
// again: paying once more is a separate step.
import { withSymbol } from "../model/amount.js";
import { AmountField } from "./amount-field.js";
import { byId, setText } from "./dom.js";
import { KEPT } from "../model/shelf.js";

/** Ignore presses this long: the click that asks for a payment, or the second of a double click, must not pay. */
const READING = 400;

export class Payment {
  /** @type {import("../model/session.js").Session} */
  #session;
  #content;
  #field;
  /** The `paid` on top of which the user wants to pay, if any. */
  #again;
  /** Set while presses are ignored. */
  #arming;
  #busy = false;

  /**
   * `pay(deposit, seen)` starts paying; the deposit is undefined where a channel is open, `seen` is the
   * payment that this one comes on top of. `show()` shows the copy of what was paid for.
   */
  constructor({ session, content, pay, show }) {
    this.#session = session;
    this.#content = content;
    this.#field = new AmountField({
      input: byId("deposit-input"),
      hint: byId("deposit-hint"),
      unit: byId("deposit-unit"),
      facts: () => session.facts,
      least: () => session.price,
      advice: (amount) => covers(amount, session),
    });
    byId("pay-form").addEventListener("submit", (event) => {
      event.preventDefault();
      if (this.#arming) {
        return;
      }
      const deposit = this.#opens ? this.#field.read() : undefined;
      if (!this.#opens || deposit !== undefined) {
        pay(deposit, this.#again);
      }
    });
    byId("pay-again").addEventListener("click", () => this.offerAgain());
    byId("show-again").addEventListener("click", show);
  }

  /** The user wants to pay for the same content once more. */
  offerAgain() {
    this.#again = this.#session.paid;
    clearTimeout(this.#arming);
    this.#arming = setTimeout(() => {
      this.#arming = undefined;
      this.render(this.#busy);
      if (document.activeElement === byId("payment-title")) {
        byId("pay").focus();
      }
    }, READING);
    this.render(this.#busy);
    byId("payment-title").focus();
  }

  /** The channel that pays may not be the one that is shown. */
  get #elsewhere() {
    const { payable, channel } = this.#session;
    return payable.openBlock === channel?.openBlock ? "" : ` of block ${payable.openBlock}, not from the one shown below,`;
  }

  get #opens() {
    return !this.#session.payable;
  }

  render(busy) {
    this.#busy = busy;
    const { client, payable, price, token, paid } = this.#session;
    byId("payment").hidden = !client;
    if (!client) {
      return;
    }
    if (this.#again?.at !== paid?.at) {
      this.#again = undefined;
    }
    const done = Boolean(paid) && !this.#again;
    byId("paid").hidden = !done;
    byId("pay-form").hidden = done;
    const shown = Boolean(this.#content.owner);
    byId("show-again").hidden = shown || !paid?.copy;
    setText(byId("paid-note"), paid ? paidText(paid, shown) : "");
    setText(byId("payment-title"), done ? "Paid" : "Pay");
    byId("deposit-field").hidden = !this.#opens;
    if (this.#opens) {
      this.#field.suggest(price * 10n);
    }
    const amount = withSymbol(price, token);
    const again = this.#again ? " once more" : "";
    setText(
      byId("pay"),
      this.#opens ? `Open a channel and pay ${amount}${again}` : `Pay ${amount}${again}`,
    );
    // an unanswered payment is resent unchanged and needs no new deposit
    const short = !this.#opens && !payable.pending && payable.remaining < price;
    byId("pay").disabled = busy || short || this.#arming !== undefined;
    const note = byId("pay-note");
    note.hidden = this.#opens;
    setText(
      note,
      this.#opens
        ? ""
        : short
          ? "What remains in the channel does not cover a payment. Top it up first."
          : `Paid from your channel${this.#elsewhere} with a signature. No network fee.`,
    );
  }

  reset() {
    this.#again = undefined;
    this.#field.reset();
  }
}

/** When it was paid, and what is left of it. */
function paidText({ at, copy }, shown) {
  const paid = `You paid for this ${moment(at)}.`;
  if (copy) {
    return `${paid} Your copy stays in this browser until ${moment(copy.at + KEPT)}; seeing it again costs nothing.`;
  }
  return shown
    ? `${paid} It is too large to be kept: save it before you leave this page.`
    : `${paid} Its copy is not in this browser.`;
}

/** As in "today at 12:03"; another day by its date. */
function moment(time) {
  const date = new Date(time);
  const clock = date.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
  const days = { [new Date().toDateString()]: "today" };
  const tomorrow = new Date(Date.now() + 24 * 60 * 60 * 1000);
  days[tomorrow.toDateString()] = "tomorrow";
  return `${days[date.toDateString()] ?? date.toLocaleDateString()} at ${clock}`;
}

/** "Covers 10 payments. …" */
function covers(deposit, { price, token }) {
  const count = BigInt(deposit / price);
  return `Covers ${count} ${count === 1n ? "payment" : "payments"} of ${withSymbol(price, token)}.`;
}
