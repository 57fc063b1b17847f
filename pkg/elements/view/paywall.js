// The paywall in front of one priced resource: puts session, views and actions together.
import { AutoPay } from "../model/auto-pay.js";
import { BlockWatch } from "../model/block-watch.js";
import { Budget } from "../model/budget.js";
import { fileName } from "../model/config.js";
import { Session } from "../model/session.js";
import { dropOldCopies, findCopy } from "../model/shelf.js";
import { AccountActions } from "./account-actions.js";
import { AccountCard } from "./account.js";
import { AutoPayBox } from "./auto-pay.js";
import { BackupHint } from "./backup.js";
import { BudgetBox } from "./budget.js";
import { ChannelActions } from "./channel-actions.js";
import { ChannelPanel } from "./channel.js";
import { Chooser } from "./chooser.js";
import { Content } from "./content.js";
import { focusTop, isUsable, setText } from "./dom.js";
import { ErrorBox } from "./error-box.js";
import { Funding } from "./funding.js";
import { History } from "./history.js";
import { Payment } from "./payment.js";
import { ProgressLine } from "./progress.js";
import { Tasks } from "./tasks.js";
import { WayOut } from "./way-out.js";
import { waysOut } from "./ways.js";

/** How often an account that lacks something is read again, in milliseconds: what it lacks may be on its way. */
const WATCH = 5000;

export class Paywall {
  /** @type {import("./view.js").View} */
  #view;
  #config;
  #session;
  #name;
  #content;
  #errors;
  #tasks;
  #accounts;
  #channels;
  #chooser;
  #account;
  #funding;
  #payment;
  #wayOut;
  #panel;
  #backup;
  #budget;
  #budgetBox;
  #auto;
  #autoBox;
  #history;
  #blocks;
  #resuming = false;
  /** Whether the user wants to pay, so that it is time to choose an account. */
  #begun = false;
  #watch;
  /** Whether something changed elsewhere while this page was at work. */
  #stale = false;

  /**
   * @param {import("./view.js").View} view
   * @param {typeof import("../../index.js")} library
   */
  constructor(view, library, config) {
    this.#view = view;
    this.#config = config;
    const session = new Session(library, config);
    this.#session = session;
    this.#name = fileName(config.url);
    const content = new Content(view, this.#name, config);
    this.#content = content;
    const budget = new Budget(config);
    this.#budget = budget;
    const facts = () => ({ ...session.facts, maxPrice: budget.policy.maxPrice });
    const errors = new ErrorBox(view, facts, waysOut({
      view,
      session,
      budget,
      change: () => this.#change(),
      parts: () => ({
        accounts: this.#accounts,
        channels: this.#channels,
        panel: this.#panel,
        payment: this.#payment,
        budgetBox: this.#budgetBox,
      }),
    }), () => this.#payment?.render(this.#tasks.busy));
    this.#errors = errors;
    this.#tasks = new Tasks({
      view,
      progress: new ProgressLine(view),
      errors,
      token: () => session.token,
      written: () => hasJournal(config.chainId, session.client?.sender),
    });
    this.#accounts = new AccountActions({
      view,
      session,
      tasks: this.#tasks,
      errors,
      failed: this.#failed,
      nextStep: () => this.#nextStep(),
      swept: () => this.#wayOut.reset(),
      removed: () => this.#change(),
    });
    this.#channels = new ChannelActions({
      view,
      session,
      tasks: this.#tasks,
      failed: this.#failed,
      toppedUp: () => this.#panel.reset(),
      blame: (error) => this.#panel.blame(error),
    });
    const bound = this.#actions();
    this.#auto = new AutoPay(config);
    const parts = { view, session, errors, content, budget, auto: this.#auto, ...bound };
    this.#chooser = new Chooser({ ...parts, library });
    this.#account = new AccountCard(parts);
    this.#funding = new Funding({ ...parts, library });
    this.#payment = new Payment(parts);
    this.#wayOut = new WayOut(parts);
    this.#panel = new ChannelPanel(parts);
    this.#autoBox = new AutoPayBox(parts);
    this.#budgetBox = new BudgetBox(parts);
    this.#history = new History(view);
    this.#backup = new BackupHint({
      ...parts,
      later: () => this.render(),
      next: () => this.#nextStep(),
    });
    this.#blocks = new BlockWatch(config.rpcUrl, (block) => this.#newBlock(block));
  }

  /** What the parts may ask for, by name. */
  #actions() {
    return {
      connect: (choose, then, blame) => this.#connect(choose, then, blame),
      change: () => this.#change(),
      pay: (deposit, seen) => this.#pay(deposit, seen),
      showAgain: () => this.#showAgain(),
      show: (openBlock) => this.#channels.show(openBlock),
      sendBack: () => this.#wayOut.open(),
      ...this.#accounts.actions,
      ...this.#channels.actions,
    };
  }

  /**
   * Goes on where an earlier visit ended, and reacts until the signal says to end.
   * @param {AbortSignal} signal
   */
  async start(signal) {
    const render = () => this.render();
    const readBudget = () => this.#budget.read(this.#session.client);
    this.#session.addEventListener("change", render, { signal });
    this.#session.addEventListener("change", readBudget, { signal });
    this.#budget.addEventListener("change", render, { signal });
    const ended = () => {
      render();
      if (this.#stale && !this.#tasks.busy) {
        look();
      }
    };
    this.#tasks.addEventListener("change", ended, { signal });
    document.addEventListener("keydown", (event) => this.#pressed(event), { signal });
    // another tab of this site paid from the same channel, or closed it
    const look = () => {
      this.#stale = this.#tasks.busy;
      return this.#stale || this.#session.refreshQuietly();
    };
    // looking takes a turn, too: two tabs that heard of turns would have each other look for ever
    const heard = ({ key }) => key?.startsWith("microraiden:turn:") || look();
    addEventListener("storage", heard, { signal });
    // it holds at once, also while this page is at work
    addEventListener("storage", (event) => Budget.isAbout(event) && readBudget(), { signal });
    // it did so while this page was in the back/forward cache
    addEventListener("pageshow", ({ persisted }) => persisted && (readBudget(), look()), { signal });
    // money was sent from elsewhere meanwhile, such as from another window
    addEventListener("focus", () => this.#session.lacks && look(), { signal });
    signal.addEventListener("abort", () => {
      this.#blocks.set(false);
      clearInterval(this.#watch);
    });
    dropOldCopies();
    // first, so that the page offers nothing that an earlier visit has decided
    const key = await this.#chooser.storedKey();
    // The choice of an account has the way out.
    this.#begun = key === null;
    this.render();
    this.#choose();
    if (key) {
      await this.#resume(key, signal);
    }
  }

  /** The user wants to pay. */
  begin() {
    if (!this.#begun) {
      this.#begun = true;
      this.render();
      const title = this.#view.byId("chooser-title");
      if (isUsable(title)) {
        title.focus();
      }
    }
  }

  /** The client in use, if an account is connected. */
  get client() {
    return this.#session.client;
  }

  render() {
    const view = this.#view;
    const { byId } = view;
    const { busy } = this.#tasks;
    const session = this.#session;
    const price = view.text.amount(session.price, session.token);
    view.showPrice(session.price, session.token, this.#config.rate);
    const idle = !session.client && !this.#resuming;
    byId("begin").hidden = !idle || this.#begun;
    setText(byId("begin-go"), view.say("begin.button", { amount: price }));
    byId("chooser").hidden = !idle || !this.#begun;
    /** @type {NodeListOf<HTMLButtonElement>} */
    const buttons = view.root.querySelectorAll(
      "button:not(#cancel, #key-copy, #key-hide, #address-copy, #budget-stop, #stopped-go, .arming, dialog button)",
    );
    for (const button of buttons) {
      button.disabled = busy;
    }
    this.#account.render();
    this.#funding.render();
    this.#wayOut.render();
    this.#backup.render();
    this.#payment.render(busy, this.#backup.comesFirst);
    this.#panel.render(busy, ["close", "close-alone"].includes(this.#tasks.running));
    this.#autoBox.render();
    this.#budgetBox.render();
    this.#history.render(session.client, session.token);
    this.#blocks.set(session.channel?.state === "closing");
    this.#watchAccount(session.lacks !== undefined);
  }

  /** Reads an account again that waits for money. */
  #watchAccount(wanted) {
    if (!wanted) {
      clearInterval(this.#watch);
      this.#watch = undefined;
    } else if (this.#watch === undefined) {
      this.#watch = setInterval(() => {
        if (!this.#tasks.busy && document.visibilityState === "visible") {
          this.#session.refreshQuietly();
        }
      }, WATCH);
    }
  }

  #newBlock(block) {
    if (block !== this.#panel.block) {
      this.#panel.block = block;
      this.render();
      if (!this.#tasks.busy) {
        this.#session.refreshQuietly(); // the receiver may have settled it
      }
    }
  }

  /** Escape takes back what can be: the work that runs, else the message that is shown. */
  #pressed(event) {
    const asking = this.#view.root.querySelector("dialog[open]");
    if (event.key !== "Escape" || event.defaultPrevented || asking || !this.#view.isActive) {
      return;
    }
    if (this.#tasks.busy) {
      this.#tasks.cancel();
    } else {
      this.#errors.clear();
    }
  }

  /** Reads everything again after a failure, because part of the action may have happened. */
  #failed = (error) => {
    if (error.code === "price-above-limit" && error.details?.price !== undefined) {
      this.#session.setPrice(BigInt(error.details.price));
    }
    this.#session.refreshQuietly({ find: error.code === "no-channel" });
    this.#view.emit("error", { error });
  };

  /**
   * @param {(client: any) => Promise<void>} [then] takes a backup over
   * @param {(error: any) => boolean} [blame] says an error at its field
   */
  #connect(choose, then, blame) {
    const session = this.#session;
    return this.#tasks.run("connect", async (watch) => {
      const wallet = await choose(watch);
      if (!wallet) {
        return undefined;
      }
      this.#accounts.asked = wallet;
      await session.connect(wallet, watch);
      const { client } = session;
      if (then) {
        await then(client);
        session.lacksBackup = false;
        await session.refresh({ find: true, signal: watch.signal });
      }
      await this.#showOwn();
      client?.on("frozen", () => client === session.client && this.#walletChanged());
      this.#view.emit("connected", { client });
      return () => this.#nextStep();
    }, { blame });
  }

  /** The wallet shows another account or network, or the right ones again: what went wrong before is over. */
  #walletChanged() {
    if (!this.#tasks.busy) {
      this.#errors.clear();
    }
    return this.#showOwn();
  }

  /** Shows what this account, and no other, paid for here. */
  async #showOwn() {
    const { client, paid } = this.#session;
    const content = this.#content;
    const elsewhere = !client || client.frozen === "no-account";
    if (elsewhere || content.owner !== client.sender) {
      content.clear();
    }
    if (!elsewhere && paid?.copy && !content.owner) {
      await content.show(paid.copy.blob, client.sender);
    }
    this.render();
  }

  /** The control that gets the focus next. */
  #nextStep() {
    const { byId } = this.#view;
    return ["fund", "funding-title", "pay", "channel-title"].map(byId).find(isUsable);
  }

  /**
   * Shows at once, without a request, what was paid for on an earlier visit; then its channel. Paying from it
   * waits for a click, unless the user has allowed it.
   */
  async #resume(key, signal) {
    const session = this.#session;
    this.#resuming = true;
    this.render();
    const copy = await findCopy(key.address, this.#config.url);
    if (copy) {
      await this.#content.show(copy.blob, key.address);
    }
    const wanted = (channel) => Boolean(channel ?? copy);
    await this.#tasks.run("resume", (watch) => session.connect(key, watch, wanted));
    this.#resuming = false;
    this.#view.host.toggleAttribute("resuming", false);
    this.render();
    const { client, payable, paid, price } = session;
    if (client) {
      this.#view.emit("connected", { client });
    }
    // What was paid for once is not paid for again by itself, nor where the price is no part of what is left.
    if (client && payable && !paid && payable.remaining >= price) {
      // Another account, another price, or a press since then: the user decides.
      const wanted = () =>
        !signal.aborted &&
        !this.#tasks.busy &&
        session.client === client &&
        session.price === price &&
        session.payable !== undefined &&
        session.paid === undefined;
      await this.#auto.pay(client, price, wanted, () => this.#pay(undefined, undefined));
    }
  }

  #choose() {
    this.#chooser.fill().then(() => this.render());
  }

  #change() {
    this.#content.clear();
    this.#errors.clear();
    this.#begun = true;
    this.#session.disconnect();
    this.#panel.block = undefined;
    this.#payment.reset();
    this.#panel.reset();
    this.#wayOut.reset();
    this.#choose();
    this.#view.byId("chooser-title").focus();
  }

  #pay(deposit, seen) {
    const session = this.#session;
    const work = async (watch) => {
      const { client } = session;
      const drop = () => this.#content.dropPlace();
      this.#content.keepPlace();
      watch.signal.addEventListener("abort", drop);
      try {
        const { blob } = await session.pay(deposit, seen, watch);
        this.#view.emit("paid", { url: this.#config.url, blob, client });
        // the account may have been changed since, if this was given up
        return client === session.client ? await this.#showBlob(blob) : undefined;
      } finally {
        // What was given up has no place any more; that of a next try is not its own.
        if (!watch.signal.aborted) {
          drop();
        }
      }
    };
    return this.#tasks.run(deposit === undefined ? "pay" : "open", work, {
      failed: this.#failed,
      blame: (error) => deposit !== undefined && this.#payment.blame(error),
      done: () => this.#view.say("done.pay", { name: this.#name }),
    });
  }

  async #showBlob(blob) {
    const shown = await this.#content.show(blob, this.#session.client.sender);
    this.render();
    return shown;
  }

  async #showAgain() {
    const { copy } = this.#session.paid ?? {};
    if (copy && this.#session.client.frozen !== "no-account") {
      focusTop(await this.#showBlob(copy.blob));
    }
  }
}

/** Whether this browser has stored a transaction of the account that is under way. */
function hasJournal(chainId, account) {
  const start = `microraiden:journal:${chainId}:`;
  const mine = account?.toLowerCase();
  try {
    return Object.keys(localStorage).some(
      (name) => name.startsWith(start) && mine && name.includes(mine),
    );
  } catch {
    return false; // storage is forbidden, and without it nothing is sent
  }
}
