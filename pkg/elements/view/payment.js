// Deposit and payment: how much to set aside, and the button that pays. Paid content is shown, not offered
// again: paying once more is a separate step.
import { KEPT } from "../model/shelf.js";
import { AmountField } from "./amount-field.js";
import { make, setText } from "./dom.js";

/** Ignore presses this long: the click that asks for a payment, or the second of a double click, must not pay. */
const READING = 400;

/** For how many payments a deposit is offered. */
const CHOICES = [10n, 50n, 100n];

export class Payment {
  /** @type {import("./view.js").View} */
  #view;
  /** @type {import("../model/session.js").Session} */
  #session;
  #content;
  #budget;
  #field;
  /** The `paid` on top of which the user wants to pay, if any. */
  #again;
  /** Set while presses are ignored. */
  #arming;
  #busy = false;
  #stopped = false;
  #waits = false;

  /**
   * `pay(deposit, seen)` starts paying; the deposit is undefined where a channel is open, `seen` is the
   * payment that this one comes on top of. `showAgain()` shows the copy of what was paid for.
   */
  constructor({ view, session, content, budget, pay, showAgain }) {
    this.#view = view;
    this.#session = session;
    this.#content = content;
    this.#budget = budget;
    const { byId } = view;
    this.#field = new AmountField({
      view,
      input: byId("deposit-input"),
      hint: byId("deposit-hint"),
      label: byId("deposit-label"),
      name: "pay.deposit",
      facts: () => session.facts,
      least: () => session.price,
      advice: (amount) => this.#covers(amount),
    });
    byId("deposit-input").addEventListener("input", () => this.#renderChoices());
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
    byId("show-again").addEventListener("click", showAgain);
  }

  /** The user wants to pay for the same content once more. */
  offerAgain() {
    const { byId } = this.#view;
    this.#again = this.#session.paid;
    this.#arm(() => {
      if (this.#view.focused === byId("payment-title")) {
        byId("pay").focus();
      }
    });
    this.render(this.#busy);
    byId("payment-title").focus();
  }

  #arm(then = () => {}) {
    clearTimeout(this.#arming);
    this.#arming = setTimeout(() => {
      this.#arming = undefined;
      this.render(this.#busy);
      then();
    }, READING);
  }

  get #opens() {
    return !this.#session.payable;
  }

  /** `waits`: another step comes first. */
  render(busy, waits = this.#waits) {
    this.#busy = busy;
    this.#waits = waits;
    if (this.#stopped && !this.#budget.stopped) {
      // The button comes to where the switch's notice was.
      this.#arm();
    }
    this.#stopped = this.#budget.stopped;
    const { byId, say } = this.#view;
    const { client, lacks, price, paid } = this.#session;
    // What is lacking comes first.
    byId("payment").hidden = !client || ((lacks !== undefined || waits) && !paid);
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
    setText(byId("paid-note"), paid ? this.#paidText(paid, shown) : "");
    const title = done ? "pay.title-done" : this.#opens ? "pay.title-open" : "pay.title";
    setText(byId("payment-title"), say(title));
    byId("deposit-field").hidden = !this.#opens;
    if (this.#opens) {
      this.#field.suggest(price * CHOICES[0]);
      this.#renderChoices();
    }
    this.#renderButton(busy);
  }

  #renderButton(busy) {
    const { byId, say, text } = this.#view;
    const { client, payable, price, token, paidBefore } = this.#session;
    const amount = text.amount(price, token);
    const key = this.#opens ? "pay.open" : "pay.go";
    const again = this.#again || paidBefore !== undefined;
    setText(byId("pay"), say(again ? `${key}-again` : key, { amount }));
    this.#renderBefore();
    // an unanswered payment is resent unchanged and needs no new deposit
    const short = !this.#opens && !payable.pending && payable.remaining < price;
    const frozen = client.frozen !== undefined;
    byId("pay").disabled = busy || short || frozen || this.#budget.stopped || this.#arming !== undefined;
    const note = byId("pay-note");
    note.hidden = this.#opens;
    setText(note, this.#opens ? "" : short ? say("pay.short") : this.#source());
  }

  /** What was paid for it long ago, or perhaps: nothing of that is kept here. */
  #renderBefore() {
    const { byId, say, text } = this.#view;
    const { paid, paidBefore, paidUnlisted } = this.#session;
    const note = byId("pay-before");
    note.hidden = paidBefore === undefined && (paid !== undefined || !paidUnlisted);
    if (paidBefore !== undefined) {
      setText(note, say("pay.before", { when: text.moment(paidBefore) }));
    } else {
      setText(note, note.hidden ? "" : say("pay.unlisted"));
    }
  }

  /** The channel that pays may not be the one that is shown. */
  #source() {
    const { payable, channel } = this.#session;
    return payable.openBlock === channel?.openBlock
      ? this.#view.say("pay.free-of-fees")
      : this.#view.say("pay.elsewhere", { left: this.#view.text.amount(payable.remaining, this.#session.token) });
  }

  /** Deposits for some payments; pressing one writes it into the field. */
  #renderChoices() {
    const { byId, say, text } = this.#view;
    const { price, token, tokens = 0n } = this.#session;
    const box = byId("deposit-choices");
    const amounts = CHOICES.map((count) => count * price);
    const wanted = `${amounts.join()} ${token?.symbol}`;
    if (box.dataset.amounts !== wanted) {
      box.dataset.amounts = wanted;
      const choices = CHOICES.map((count, index) => {
        const amount = make("span", {}, text.amount(amounts[index], token));
        const props = { type: "button", className: "choice", "data-testid": `deposit-${count}` };
        const button = make("button", props, say("pay.choice", { count }), amount);
        button.addEventListener("click", () => {
          this.#field.write(amounts[index]);
          this.#renderChoices();
        });
        return button;
      });
      box.replaceChildren(...choices);
    }
    [...box.children].forEach((button, index) => {
      button.setAttribute("aria-pressed", String(this.#field.amount === amounts[index]));
      // What the account does not hold is not offered.
      button.hidden = index > 0 && amounts[index] > tokens;
    });
  }

  /** Says what is wrong with the deposit, if the error is about it. */
  blame(error) {
    return this.#field.blame(error);
  }

  reset() {
    this.#again = undefined;
    this.#field.reset();
  }

  /** When it was paid, and what is left of it. */
  #paidText({ at, copy }, shown) {
    const { say, text } = this.#view;
    const paid = say("pay.paid", { when: text.moment(at) });
    const left = copy
      ? say("pay.copy", { until: text.moment(copy.at + KEPT) })
      : say(shown ? "pay.too-large" : "pay.no-copy");
    return `${paid} ${left}`;
  }

  /** As in "Covers 10 like this, 0.1 TKN each." */
  #covers(deposit) {
    const { price, token } = this.#session;
    const count = this.#session.covered(deposit);
    return this.#view.say("pay.covers", { count, amount: this.#view.text.amount(price, token) });
  }
}
