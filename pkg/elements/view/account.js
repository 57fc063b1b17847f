// The account in use: address, what it holds and lacks, and the backup of a key kept in this browser.
import { ETHER } from "../model/amount.js";
import { PageError } from "../model/page-error.js";
import { describe } from "../text/errors.js";
import { plain } from "../text/plain.js";
import { setText } from "./dom.js";

export class AccountCard {
  /** @type {import("./view.js").View} */
  #view;
  /** @type {import("../model/session.js").Session} */
  #session;
  #errors;

  constructor({ view, session, errors, fund, change }) {
    this.#view = view;
    this.#session = session;
    this.#errors = errors;
    const { byId } = view;
    byId("fund").addEventListener("click", fund);
    byId("account-change").addEventListener("click", () => {
      this.#hideKey();
      change();
    });
    byId("address-copy").addEventListener("click", () =>
      this.#copy(session.client.sender, byId("address-note")),
    );
    byId("key-show").addEventListener("click", () => this.#showKey());
    byId("key-hide").addEventListener("click", () => {
      this.#hideKey();
      byId("key-show").focus();
    });
    byId("key-copy").addEventListener("click", () =>
      this.#copy(byId("key-hex").value, byId("key-note")),
    );
  }

  render() {
    const { byId, byTestId, text } = this.#view;
    const { client, key, wallet, token, tokens, ether, config, lacks } = this.#session;
    byId("account").hidden = !client;
    if (!client) {
      return;
    }
    setText(
      byId("account-kind"),
      key ? text.say("account.local") : plain(wallet.name, 40) || text.say("choose.browser-wallet"),
    );
    const address = byTestId("account-address");
    if (address.textContent !== client.sender) {
      setText(address, client.sender);
      setText(byId("address-note"), "");
    }
    this.#view.setAmount(byTestId("account-tokens"), tokens, token);
    setText(byTestId("account-ether"), text.rounded(ether, ETHER, 4));
    byTestId("account-ether").dataset.amount = String(ether);
    byId("key-show").hidden = !key || !byId("key-box").hidden;

    this.#renderFrozen();

    const fund = byId("fund");
    fund.hidden = !config.faucet || !config.rpcUrl;
    fund.classList.toggle("primary", lacks !== undefined);
    fund.classList.toggle("quiet", lacks === undefined);
    const note = byId("account-empty");
    note.hidden = lacks === undefined;
    const lacking = text.say(`account.lacks-${lacks}`, {
      token: token?.symbol ?? text.say("unit.tokens"),
    });
    setText(
      note,
      note.hidden ? "" : text.say(fund.hidden ? "account.send" : "account.demo", { lacking }),
    );
    this.#place();
  }

  /** An account that lacks something comes first: nothing can be paid before. */
  #place() {
    const { byId } = this.#view;
    const account = byId("account");
    const next = byId(this.#session.lacks === undefined ? "backup" : "payment");
    if (account.nextElementSibling !== next && !account.contains(this.#view.focused)) {
      next.before(account);
    }
  }

  /** A wallet that switched to another account or chain: nothing is paid until it is back. */
  #renderFrozen() {
    const { client, facts } = this.#session;
    const note = this.#view.byId("account-frozen");
    note.hidden = client.frozen === undefined;
    const frozen = new PageError(client.frozen ?? "", "");
    setText(note, note.hidden ? "" : describe(frozen, facts, this.#view.text).sentence);
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

  async #copy(text, note) {
    try {
      await navigator.clipboard.writeText(text);
      this.#view.tell(note, "account.copied");
    } catch (cause) {
      this.#errors.show(new PageError("clipboard", cause.message));
    }
  }
}
