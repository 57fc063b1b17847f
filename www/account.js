// The account in use: address, what it holds, and the backup of a key kept in this browser.
import { ETHER } from "./amount.js";
import { byId, byTestId, plain, setAmount, setText } from "./dom.js";
import { PageError } from "./page-error.js";
import { ask } from "./question.js";

export class AccountCard {
  /** @type {import("./session.js").Session} */
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
    const { client, key, wallet, token, tokens, ether, config } = this.#session;
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

    const empty = tokens === 0n || ether === 0n;
    const fund = byId("fund");
    fund.hidden = !config.faucet || !config.rpcUrl;
    fund.classList.toggle("primary", empty);
    const note = byId("account-empty");
    note.hidden = !empty;
    setText(
      note,
      !empty
        ? ""
        : fund.hidden
          ? `Send ${token?.symbol ?? "tokens"} and a little ether for fees to this address before you pay.`
          : "This account is empty. In this demo, one click fills it.",
    );
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
