// The account in use: address, what it holds, and the backup of a key kept in this browser.
import { ETHER } from "../model/amount.js";
import { byId, byTestId, plain, setAmount, setText } from "./dom.js";
import { describe } from "../text/errors.js";
import { PageError } from "../model/page-error.js";
import { ask } from "./question.js";

export class AccountCard {
  /** @type {import("../model/session.js").Session} */
  #session;
  #errors;

  constructor({ session, errors, fund, change }) {
    this.#session = session;
    this.#errors = errors;
    byId("fund").addEventListener("click", fund);
    byId("account-change").addEventListener("click", () => {
      this.#hideKey();
      change();
    });
    byId("key-show").addEventListener("click", () => this.#showKey());
    byId("key-hide").addEventListener("click", () => {
      this.#hideKey();
      byId("key-show").focus();
    });
    byId("key-copy").addEventListener("click", () => this.#copyKey());
  }

  render() {
    const { client, key, wallet, token, tokens, ether, payable, config } = this.#session;
    byId("account").hidden = !client;
    if (!client) {
      return;
    }
    setText(
      byId("account-kind"),
      key
        ? "A key kept in this browser. Back it up, and keep only small amounts on it."
        : plain(wallet.name, 40) || "Browser wallet",
    );
    setText(byTestId("account-address"), client.sender);
    setAmount(byTestId("account-tokens"), tokens, token);
    setAmount(byTestId("account-ether"), ether, ETHER);
    byId("key-show").hidden = !key || !byId("key-box").hidden;

    this.#renderFrozen();

    const fund = byId("fund");
    fund.hidden = !config.faucet || !config.rpcUrl;
    // With an open channel paying needs neither.
    const missing = payable ? [] : lacking({ tokens, ether, token });
    fund.classList.toggle("primary", missing.length > 0);
    const note = byId("account-empty");
    note.hidden = missing.length === 0;
    setText(note, note.hidden ? "" : lackingText(missing, fund.hidden));
  }

  /** A wallet that switched to another account or chain: nothing is paid until it is back. */
  #renderFrozen() {
    const { client, facts } = this.#session;
    const note = byId("account-frozen");
    note.hidden = client.frozen === undefined;
    setText(note, note.hidden ? "" : describe(new PageError(client.frozen, ""), facts).sentence);
  }

  async #showKey() {
    const { key } = this.#session;
    const agreed = await ask(
      "Whoever sees this key can spend everything the account holds. Show it only when nobody " +
        "else can see your screen.",
      "Show the key",
    );
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
    byId("key-hex").value = "";
    byId("key-box").hidden = true;
    byId("key-show").hidden = !this.#session.key;
  }

  async #copyKey() {
    try {
      await navigator.clipboard.writeText(byId("key-hex").value);
      setText(byId("key-note"), "Copied.");
    } catch (cause) {
      this.#errors.show(new PageError("clipboard", cause.message));
    }
  }
}

/** What the account has none of. */
function lacking({ tokens, ether, token }) {
  const names = [tokens === 0n && (token?.symbol ?? "tokens"), ether === 0n && "ether for network fees"];
  return names.filter(Boolean);
}

function lackingText(missing, mustBeSent) {
  const both = missing.join(" and no ");
  return mustBeSent
    ? `This account has no ${both}. Send some to this address before you pay.`
    : `This account has no ${both}. In this demo, one click fills it.`;
}
