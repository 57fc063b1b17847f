// Whether the page may pay without a click: how much a day, and what was paid today.
import { PageError } from "../model/page-error.js";
import { AmountField } from "./amount-field.js";
import { setText } from "./dom.js";

export class AutoPayBox {
  /** @type {import("./view.js").View} */
  #view;
  /** @type {import("../model/session.js").Session} */
  #session;
  /** @type {import("../model/auto-pay.js").AutoPay} */
  #auto;
  #field;

  constructor({ view, session, errors, auto }) {
    this.#view = view;
    this.#session = session;
    this.#auto = auto;
    const { byId } = view;
    this.#field = new AmountField({
      view,
      input: byId("auto-input"),
      hint: byId("auto-hint"),
      label: byId("auto-label"),
      name: "auto.limit",
      // What the account holds is no limit of it.
      facts: () => ({ ...session.facts, tokens: undefined }),
      least: () => session.price,
      advice: (amount) => this.#advice(amount),
    });
    const change = (limit) => {
      try {
        auto.allow(limit);
      } catch (cause) {
        errors.show(new PageError("storage-full", String(cause), {}, cause));
      }
      this.render();
      byId("auto-open").focus();
    };
    byId("auto-form").addEventListener("submit", (event) => {
      event.preventDefault();
      const limit = this.#field.read();
      if (limit !== undefined) {
        change(limit);
      }
    });
    byId("auto-stop").addEventListener("click", () => change(undefined));
  }

  render() {
    const { byId, say, text } = this.#view;
    const { client, payable, key, price, token } = this.#session;
    const { limit } = this.#auto;
    // A wallet asks for itself.
    byId("auto").hidden = !client || !key || !payable;
    if (byId("auto").hidden) {
      return;
    }
    this.#field.suggest(price * 10n);
    byId("auto-form").hidden = limit !== undefined;
    byId("auto-on").hidden = limit === undefined;
    if (limit === undefined) {
      setText(byId("auto-open"), say("auto.title"));
      return;
    }
    setText(byId("auto-open"), say("auto.title-on", { amount: text.amount(limit, token) }));
    this.#auto.spent(client).then((spent) => {
      setText(byId("auto-today"), say("auto.today", { amount: text.amount(spent, token) }));
    }, () => {});
  }

  #advice(amount) {
    return this.#view.say("auto.covers", { count: this.#session.covered(amount) });
  }
}
