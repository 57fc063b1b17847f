// What is done with an account: filled, brought to its network, copied, backed up, emptied, removed.
import { PageError } from "../model/page-error.js";
import { networkName } from "../text/networks.js";

export class AccountActions {
  /** @type {import("./view.js").View} */
  #view;
  /** @type {import("../model/session.js").Session} */
  #session;
  /** @type {import("./tasks.js").Tasks} */
  #tasks;
  #errors;
  #failed;
  #nextStep;
  #swept;
  #removed;
  /** The wallet that was asked last. */
  asked;

  /**
   * `failed(error)` hears of failures, `swept()` and `removed()` of what they name; `nextStep()` is where the focus goes
   * when the account is filled.
   */
  constructor({ view, session, tasks, errors, failed, nextStep, swept, removed }) {
    this.#view = view;
    this.#session = session;
    this.#tasks = tasks;
    this.#errors = errors;
    this.#failed = failed;
    this.#nextStep = nextStep;
    this.#swept = swept;
    this.#removed = removed;
  }

  /** Those that parts offer, by name. */
  get actions() {
    return {
      fund: () => this.fund(),
      fundFrom: (wallet, tokens, ether) => this.#fundFrom(wallet, tokens, ether),
      copy: (text, note) => this.#copy(text, note),
      switchChain: () => this.switchChain(),
      save: (work) => this.#tasks.run("backup", work),
      sweep: (to) => this.#sweep(to),
      remove: () => this.#remove(),
    };
  }

  /** The name of the network that payments need. */
  get networkName() {
    return networkName(this.#session.config.chainId, this.#view);
  }

  /** Fills the account from the demo's faucet. */
  fund() {
    const session = this.#session;
    const work = async (watch) => {
      await session.fund(watch);
      return () => this.#nextStep();
    };
    return this.#tasks.run("fund", work, {
      failed: this.#failed,
      done: () => this.#filled(),
      money: this.#view.say("run.fund-money"),
    });
  }

  /** Fills a key's account from a wallet of this browser, and remembers which. */
  #fundFrom(wallet, tokens, ether) {
    const session = this.#session;
    this.asked = wallet;
    const work = async (watch) => {
      await session.fundFrom(wallet, { tokens, ether }, watch);
      return () => this.#nextStep();
    };
    return this.#tasks.run("fund-wallet", work, {
      failed: this.#failed,
      done: () => this.#filled(),
    });
  }

  /** Has the wallet that is on another network change it, and then repeats what failed. */
  switchChain(retry = undefined) {
    const { chainId, rpcUrl: node } = this.#session.config;
    const rpcUrl = node && new URL(node, document.baseURI).href;
    const wallet = this.asked;
    const work = ({ signal, onProgress }) =>
      wallet.switchChain({ chainId, chainName: this.networkName, rpcUrl, signal, onProgress });
    return this.#tasks.run("switch", work, { next: retry });
  }

  async #copy(text, note) {
    try {
      await navigator.clipboard.writeText(text);
      this.#view.tell(note, "account.copied");
    } catch (cause) {
      this.#errors.show(new PageError("clipboard", cause.message));
    }
  }

  #sweep(to) {
    const work = async (watch) => {
      await this.#session.sweep(to, watch);
      this.#swept();
      return this.#view.byId("account-title");
    };
    return this.#tasks.run("sweep", work, {
      failed: this.#failed,
      done: () => this.#view.say("done.sweep"),
    });
  }

  #remove() {
    return this.#tasks.run("remove", async () => {
      await this.#session.forgetKey();
      this.#removed();
      return this.#view.byId("chooser-title");
    });
  }

  #filled() {
    const { tokens = 0n, token } = this.#session;
    return this.#view.say("done.fund", { amount: this.#view.text.amount(tokens, token) });
  }
}
