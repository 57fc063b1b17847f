// The step between account and deposit: what the account needs before it can pay, and where it may come from: the demo's
// faucet, a wallet of this browser in one go, or whatever else sends to the address.
import { ETHER } from "../model/amount.js";
import { networkName } from "../text/networks.js";
import { AmountField } from "./amount-field.js";
import { setText } from "./dom.js";
import { judge } from "./field-fault.js";
import { qrCode } from "./qr.js";
import { walletRow } from "./wallet-button.js";

/** For how many payments the wallet is asked by default. */
const PAYMENTS = 10n;

export class Funding {
  /** @type {import("./view.js").View} */
  #view;
  /** @type {import("../model/session.js").Session} */
  #session;
  #library;
  #fundFrom;
  #field;
  /** The client that was last asked about. */
  #asked;

  /**
   * `fund()` fills the account from the demo's faucet, `fundFrom(wallet, tokens, ether)` from a wallet; `copy(text,
   * note)` copies.
   */
  constructor({ view, session, library, fund, fundFrom, copy }) {
    this.#view = view;
    this.#session = session;
    this.#library = library;
    this.#fundFrom = fundFrom;
    const { byId } = view;
    this.#field = new AmountField({
      view,
      input: byId("fund-input"),
      hint: byId("fund-hint"),
      label: byId("fund-label"),
      name: "fund.amount",
      // What the account holds does not limit what the wallet sends.
      facts: () => ({ ...session.facts, tokens: undefined }),
      advice: (amount) => this.#advice(amount),
    });
    byId("fund").addEventListener("click", fund);
    byId("fund-form").addEventListener("submit", (event) => event.preventDefault());
    byId("fund-copy").addEventListener("click", () => copy(session.client.sender, byId("fund-note")));
    byId("fund-elsewhere").addEventListener("toggle", () => this.#drawCode());
  }

  render() {
    const { byId, say } = this.#view;
    const { client, lacks, hasFaucet, config } = this.#session;
    byId("funding").hidden = lacks === undefined;
    if (!lacks) {
      return;
    }
    byId("fund").hidden = !hasFaucet;
    setText(byId("account-empty"), this.#needs(lacks));
    const network = networkName(config.chainId, this.#view);
    setText(byId("fund-network"), say("fund.send-to", { network }));
    setText(byId("fund-address"), client.sender);
    this.#renderAmount();
    if (this.#asked !== client) {
      this.#asked = client;
      this.#ask(client);
    }
  }

  /** How many tokens to take; where only ether lacks, none. */
  #renderAmount() {
    const { byId, say, text } = this.#view;
    const [label, input] = [byId("fund-label"), byId("fund-input")];
    label.hidden = input.hidden = this.#onlyEther;
    if (byId("fund-form").hidden) {
      return;
    }
    if (this.#onlyEther) {
      const advice = say("fund.only-ether", { amount: text.amount(this.#ether, ETHER) });
      judge({ input, note: byId("fund-hint"), fault: undefined, advice });
    } else {
      this.#field.suggest(this.#session.price * PAYMENTS);
    }
  }

  get #onlyEther() {
    const { lacks } = this.#session;
    return lacks !== undefined && lacks.tokens === 0n;
  }

  /** Asks which wallets there are. */
  async #ask(client) {
    const { byId } = this.#view;
    byId("fund-form").hidden = true;
    setText(byId("fund-note"), "");
    byId("fund-qr").replaceChildren();
    this.#drawCode();
    this.#field.reset();
    const { key, hasFaucet } = this.#session;
    // Where there is none, the search takes three seconds.
    const wallets = key ? await this.#library.Wallets.discover().catch(() => []) : [];
    if (client !== this.#session.client) {
      return;
    }
    const rows = wallets.map((wallet, index) => this.#row(wallet, index, !hasFaucet));
    byId("fund-wallets").replaceChildren(...rows);
    byId("fund-form").hidden = rows.length === 0;
    if (rows.length === 0 && !hasFaucet) {
      byId("fund-elsewhere").open = true;
    }
    this.render();
  }

  #row(wallet, index, isFirst) {
    const view = this.#view;
    const press = () => {
      const tokens = this.#onlyEther ? 0n : this.#field.read();
      if (tokens !== undefined) {
        this.#fundFrom(wallet, tokens, this.#ether);
      }
    };
    const label = (name) => view.say("fund.from", { wallet: name });
    const row = walletRow({ view, wallet, testId: `fund-wallet-${index}`, label, press });
    row.firstElementChild?.classList.toggle("primary", isFirst && index === 0);
    return row;
  }

  /** The ether that goes along, if some is needed. */
  get #ether() {
    return this.#session.lacks?.ether ?? 0n;
  }

  /** "Covers 10 like this. With it go 0.001 ETH for network fees; the wallet asks for each." */
  #advice(amount) {
    const { say, text } = this.#view;
    const count = this.#session.covered(amount);
    const ether = this.#ether;
    const enough = count > 0n ? say("fund.covers", { count }) : say("fund.covers-none");
    return ether > 0n ? `${enough} ${say("fund.along", { amount: text.amount(ether, ETHER) })}` : enough;
  }

  /** "Before you can pay, this account needs at least 0.1 TKN and about 0.0004 ETH for network fees." */
  #needs({ tokens, ether }) {
    const { say, text } = this.#view;
    const needs = [
      tokens > 0n && say("fund.tokens", { amount: text.amount(tokens, this.#session.token) }),
      ether > 0n && say("fund.ether-about", { amount: text.amount(ether, ETHER) }),
    ];
    return say("fund.needs", { needs: text.list(needs.filter(Boolean)) });
  }

  /** The address as wallets read it from a camera (EIP-681). */
  async #drawCode() {
    const { byId, say } = this.#view;
    const { client, config } = this.#session;
    const box = byId("fund-qr");
    if (!byId("fund-elsewhere").open || !client || box.hasChildNodes()) {
      return;
    }
    const code = await qrCode(`ethereum:${client.sender}@${config.chainId}`, say("fund.code"));
    if (code && client === this.#session.client) {
      box.replaceChildren(code);
    }
  }
}
