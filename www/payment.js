// Deposit and payment: what is paid, from what deposit, and the button that does it.
import { withSymbol } from "./amount.js";
import { AmountField } from "./amount-field.js";
import { byId, setText } from "./dom.js";

export class Payment {
  #session;
  #field;
  paidBefore = false;

  /** `pay(deposit)` starts paying; the deposit is undefined where a channel is open. */
  constructor({ session, pay }) {
    this.#session = session;
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
      const deposit = this.#opens ? this.#field.read() : undefined;
      if (!this.#opens || deposit !== undefined) {
        pay(deposit);
      }
    });
  }

  get #opens() {
    return !this.#session.payable;
  }

  render(busy) {
    const { client, payable, price, token } = this.#session;
    byId("payment").hidden = !client;
    if (!client) {
      return;
    }
    byId("deposit-field").hidden = !this.#opens;
    if (this.#opens) {
      this.#field.suggest(price * 10n);
    }
    const amount = withSymbol(price, token);
    const again = this.paidBefore ? " again" : "";
    setText(
      byId("pay"),
      this.#opens ? `Open a channel and pay ${amount}` : `Pay ${amount}${again}`,
    );
    // a payment without an answer is sent again as it is and needs no new deposit
    const short = !this.#opens && !payable.pending && payable.remaining < price;
    byId("pay").disabled = busy || short;
    const note = byId("pay-note");
    note.hidden = this.#opens;
    setText(
      note,
      this.#opens
        ? ""
        : short
          ? "What remains in the channel does not cover a payment. Top it up first."
          : "Paid from your channel with a signature. No network fee.",
    );
  }

  reset() {
    this.#field.reset();
  }
}

/** "Covers 10 payments. …" */
function covers(deposit, { price, token }) {
  const count = deposit / price;
  return `Covers ${count} ${count === 1n ? "payment" : "payments"} of ${withSymbol(price, token)}.`;
}
