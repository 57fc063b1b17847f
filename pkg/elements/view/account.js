// The account in use: address, what it holds, and the backup of a key kept in this browser.
import { ETHER } from "../model/amount.js";
import { networkName } from "../text/networks.js";
import { PageError } from "../model/page-error.js";
import { describe } from "../text/errors.js";
import { shorten } from "../text/plain.js";
import { setText } from "./dom.js";
import { walletName } from "./wallet-button.js";

export class AccountCard {
  /** @type {import("./view.js").View} */
  #view;
  /** @type {import("../model/session.js").Session} */
  #session;

  /** `copy(text, note)` copies, `switchChain()` has the wallet change its network. */
  constructor({ view, session, change, copy, switchChain }) {
    this.#view = view;
    this.#session = session;
    const { byId } = view;
    byId("account-change").addEventListener("click", () => {
      this.#hideKey();
      change();
    });
    byId("address-copy").addEventListener("click", () =>
      copy(session.client.sender, byId("address-note")),
    );
    byId("frozen-switch").addEventListener("click", switchChain);
    byId("key-show").addEventListener("click", () => this.#showKey());
    byId("key-hide").addEventListener("click", () => {
      this.#hideKey();
      byId("key-show").focus();
    });
    byId("key-copy").addEventListener("click", () =>
      copy(byId("key-hex").value, byId("key-note")),
    );
  }

  render() {
    const { byId, byTestId, say, text } = this.#view;
    const { client, key, isWalletKey, wallet, token, tokens, ether } = this.#session;
    byId("account").hidden = !client;
    this.#renderFrozen();
    if (!client) {
      return;
    }
    setText(byId("account-title"), say("account.title", { account: shorten(client.sender) }));
    const kind = isWalletKey ? "account.wallet-key" : "account.local";
    setText(byId("account-kind"), key ? say(kind) : walletName(wallet, this.#view));
    const address = byTestId("account-address");
    if (address.textContent !== client.sender) {
      setText(address, client.sender);
      setText(byId("address-note"), "");
    }
    this.#view.setAmount(byTestId("account-tokens"), tokens, token);
    setText(byTestId("account-ether"), text.rounded(ether, ETHER, 4));
    byTestId("account-ether").dataset.amount = String(ether);
    byId("key-show").hidden = !key || !byId("key-box").hidden;
  }

  /** A wallet that switched to another account or chain: nothing is paid until it is back. */
  #renderFrozen() {
    const { client, facts } = this.#session;
    const { byId, say } = this.#view;
    const note = byId("account-frozen");
    const go = byId("frozen-switch");
    go.hidden = client?.frozen !== "wrong-network";
    setText(go, go.hidden ? "" : say("go.switch", { network: networkName(facts.chainId, this.#view) }));
    note.hidden = client?.frozen === undefined;
    setText(note, note.hidden ? "" : this.#whyFrozen(client));
  }

  #whyFrozen({ frozen, sender }) {
    // It gave one before, and shows another one or none now.
    return frozen === "no-account"
      ? this.#view.say("account.elsewhere", { account: shorten(sender) })
      : describe(new PageError(frozen, ""), this.#session.facts, this.#view.text).sentence;
  }

  async #showKey() {
    const { byId, say } = this.#view;
    const { key } = this.#session;
    const agreed = await this.#view.ask(say("account.show-question"), say("account.show-go"));
    if (!agreed || !key || key !== this.#session.key) {
      return;
    }
    byId("key-hex").value = key.toHex();
    setText(byId("key-note"), "");
    byId("key-box").hidden = false;
    byId("key-show").hidden = true;
    byId("key-hex").focus();
    byId("key-hex").select();
  }

  #hideKey() {
    const { byId } = this.#view;
    byId("key-hex").value = "";
    byId("key-box").hidden = true;
    byId("key-show").hidden = !this.#session.key;
  }
}
