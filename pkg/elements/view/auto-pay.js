// Whether the page may pay without a click: how much a day and for each, and what was paid today.
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
  #each;

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
    this.#each = new AmountField({
      view,
      input: byId("auto-each"),
      hint: byId("auto-each-hint"),
      label: byId("auto-each-label"),
      name: "auto.each",
      facts: () => ({ ...session.facts, tokens: undefined }),
      least: () => session.price,
      advice: () => view.say("auto.each-note"),
    });
    const change = (allowed) => {
      try {
        auto.allow(allowed);
      } catch (cause) {
        errors.show(new PageError("storage-full", String(cause), {}, cause));
      }
      this.render();
      byId("auto-open").focus();
    };
    byId("auto-form").addEventListener("submit", (event) => {
      event.preventDefault();
      const day = this.#field.read();
      const each = day === undefined ? undefined : this.#each.read();
      if (each !== undefined) {
        change({ day, each });
      }
    });
    byId("auto-stop").addEventListener("click", () => change(undefined));
  }

  render() {
    const { byId, say, text } = this.#view;
    const { client, payable, key, price, token } = this.#session;
    const { allowed } = this.#auto;
    // A wallet asks for itself.
    byId("auto").hidden = !client || !key || !payable;
    if (byId("auto").hidden) {
      return;
    }
    this.#field.suggest(price * 10n);
    this.#each.suggest(price);
    byId("auto-form").hidden = allowed !== undefined;
    byId("auto-on").hidden = allowed === undefined;
    if (allowed === undefined) {
      setText(byId("auto-open"), say("auto.title"));
      return;
    }
    setText(byId("auto-open"), say("auto.title-on", { amount: text.amount(allowed.day, token) }));
    setText(byId("auto-each-on"), say("auto.each-on", { amount: text.amount(allowed.each, token) }));
    this.#auto.spent(client).then((spent) => {
      setText(byId("auto-today"), say("auto.today", { amount: text.amount(spent, token) }));
    }, () => {});
  }

  #advice(amount) {
    return this.#view.say("auto.covers", { count: this.#session.covered(amount) });
  }
}
