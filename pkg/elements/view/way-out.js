// The way out for the money of a key in this browser: everything it holds goes to another address, and the key goes.
import { ETHER } from "../model/amount.js";
import { originOf } from "../model/origin.js";
import { PageError } from "../model/page-error.js";
import { setText } from "./dom.js";
import { FieldFault } from "./field-fault.js";

const ADDRESS = /^0x[0-9a-fA-F]{40}$/;

export class WayOut {
  /** @type {import("./view.js").View} */
  #view;
  /** @type {import("../model/session.js").Session} */
  #session;
  #errors;
  #fault;

  /** `sweep(to)` and `remove()` do it, once it was asked about. */
  constructor({ view, session, errors, sweep, remove }) {
    this.#view = view;
    const { byId, say } = view;
    this.#session = session;
    this.#errors = errors;
    this.#fault = new FieldFault(view, byId("sweep-to"));
    byId("sweep-form").addEventListener("submit", async (event) => {
      event.preventDefault();
      const to = this.#address();
      if (to && (await view.ask(this.#sweepQuestion(to), say("way-out.send")))) {
        sweep(to);
      }
    });
    byId("way-out").addEventListener("toggle", () => this.#propose());
    byId("key-remove").addEventListener("click", async () => {
      if (await view.ask(this.#removeQuestion(), say("way-out.remove-go"))) {
        remove();
      }
    });
  }

  render() {
    const { byId, say } = this.#view;
    const { key } = this.#session;
    byId("way-out").hidden = !key;
    const locked = key ? this.#inChannels : 0n;
    const note = byId("sweep-note");
    note.hidden = locked === 0n;
    setText(note, locked === 0n ? "" : say("way-out.in-channels", { amount: this.#shown(locked) }));
  }

  /** Leads there. */
  open() {
    const { byId } = this.#view;
    byId("account").open = true;
    byId("way-out").open = true;
    this.#propose();
    byId("sweep-to").focus();
  }

  /** Proposes the wallet that the money came from. */
  #propose() {
    const { byId, say } = this.#view;
    const input = byId("sweep-to");
    const { client } = this.#session;
    const origin = client && originOf(client.sender);
    if (byId("way-out").open && origin && input.value === "") {
      input.value = origin;
      setText(byId("sweep-origin"), say("way-out.origin"));
      input.addEventListener("input", () => setText(byId("sweep-origin"), ""), { once: true });
    }
  }

  reset() {
    const { byId } = this.#view;
    byId("sweep-to").value = "";
    setText(byId("sweep-origin"), "");
    this.#fault.clear();
    byId("way-out").open = false;
  }

  /** What channels to this receiver still hold for the account. */
  get #inChannels() {
    const rest = this.#session.channels.filter(({ state }) => ["open", "closing"].includes(state));
    return rest.reduce((sum, { remaining }) => sum + remaining, 0n);
  }

  #shown(tokens) {
    return this.#view.text.amount(tokens, this.#session.token);
  }

  #address() {
    const input = this.#view.byId("sweep-to");
    const to = input.value.trim();
    const wrong = !ADDRESS.test(to) || to.toLowerCase() === this.#session.client.sender.toLowerCase();
    this.#errors.clear();
    if (wrong) {
      this.#fault.show(new PageError("address-malformed", "no address of another account"));
      return undefined;
    }
    return to;
  }

  #sweepQuestion(to) {
    const { tokens, ether } = this.#session;
    return this.#view.say("way-out.send-question", {
      tokens: this.#shown(tokens),
      ether: this.#view.text.rounded(ether, ETHER, 4),
      to,
    });
  }

  #removeQuestion() {
    const { say, text } = this.#view;
    const { client, tokens, ether, isWalletKey } = this.#session;
    const held = [tokens > 0n && this.#shown(tokens), ether > 0n && text.rounded(ether, ETHER, 4)].filter(Boolean);
    const locked = this.#inChannels;
    const lost = [
      held.length > 0 && say("way-out.holds", { held: text.list(held) }),
      locked > 0n && say("way-out.locked", { amount: this.#shown(locked) }),
    ].filter(Boolean);
    const what = lost.length > 0 ? [...lost, say(isWalletKey ? "way-out.brought-back" : "way-out.lost")].join(" ") : say("way-out.empty");
    return say("way-out.remove-question", { account: client.sender, what });
  }
}
