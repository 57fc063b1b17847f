// The way out for the money of a key in this browser: everything it holds goes to another address, and the key goes.
import { withSymbol, ETHER } from "../model/amount.js";
import { byId, setText } from "./dom.js";
import { PageError } from "../model/page-error.js";
import { ask } from "./question.js";

const ADDRESS = /^0x[0-9a-fA-F]{40}$/;

export class WayOut {
  /** @type {import("../model/session.js").Session} */
  #session;
  #errors;

  /** `sweep(to)` and `remove()` do it, once it was asked about. */
  constructor({ session, errors, sweep, remove }) {
    this.#session = session;
    this.#errors = errors;
    byId("sweep-form").addEventListener("submit", async (event) => {
      event.preventDefault();
      const to = this.#address();
      if (to && (await ask(this.#sweepQuestion(to), "Send everything"))) {
        sweep(to);
      }
    });
    byId("key-remove").addEventListener("click", async () => {
      if (await ask(this.#removeQuestion(), "Remove the key")) {
        remove();
      }
    });
  }

  render() {
    const { key } = this.#session;
    byId("way-out").hidden = !key;
    const locked = key ? this.#inChannels : 0n;
    const note = byId("sweep-note");
    note.hidden = locked === 0n;
    setText(note, locked === 0n ? "" : `${this.#shown(locked)} more are in channels: close these first to get them back.`);
  }

  reset() {
    byId("sweep-to").value = "";
    byId("way-out").open = false;
  }

  /** What channels to this receiver still hold for the account. */
  get #inChannels() {
    const rest = this.#session.channels.filter(({ state }) => ["open", "closing"].includes(state));
    return rest.reduce((sum, { remaining }) => sum + remaining, 0n);
  }

  #shown(tokens) {
    return withSymbol(tokens, this.#session.token);
  }

  #address() {
    const input = byId("sweep-to");
    const to = input.value.trim();
    const wrong = !ADDRESS.test(to) || to.toLowerCase() === this.#session.client.sender.toLowerCase();
    input.setAttribute("aria-invalid", String(wrong));
    if (wrong) {
      this.#errors.show(new PageError("address-malformed", "no address of another account"));
      input.focus();
      return undefined;
    }
    return to;
  }

  #sweepQuestion(to) {
    const { tokens, ether } = this.#session;
    return (
      `${this.#shown(tokens)} and ${withSymbol(ether, ETHER)}, less the network fee, go to\n${to}\n` +
      "This can't be taken back: compare the address with care."
    );
  }

  #removeQuestion() {
    const { client, tokens, ether } = this.#session;
    const held = [tokens > 0n && this.#shown(tokens), ether > 0n && withSymbol(ether, ETHER)].filter(Boolean);
    const locked = this.#inChannels;
    const lost = [
      held.length > 0 && `The account still has ${held.join(" and ")}.`,
      locked > 0n && `Channels still hold ${this.#shown(locked)}.`,
    ].filter(Boolean);
    const what = lost.length > 0 ? `${lost.join(" ")} That is lost unless you have a backup.` : "It holds nothing.";
    return `This browser forgets the key of ${client.sender}. ${what}`;
  }
}
