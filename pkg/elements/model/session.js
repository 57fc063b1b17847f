// The facts of one visit: account, token, balances, channel, price, and what was paid for already. No
// document in here.
//
// A resource is paid for once: a payment first takes the lock of its URL and account, across all tabs, and
// is made only if nothing was paid since the user last saw what was paid. Otherwise the page shows the copy.
import { fund, usualGift } from "./faucet.js";
import { rounded } from "./fees.js";
import { isWalletKey, originOf, rememberOrigin } from "./origin.js";
import { PageError } from "./page-error.js";
import { readPaid } from "./paid.js";
import { keepCopy } from "./shelf.js";
import { tokenLabel } from "./token.js";
import { untilAborted } from "./waiting.js";

/** Fires "change" whenever a fact changed. */
export class Session extends EventTarget {
  /** @type {typeof import("../../index.js")} */
  #library;
  #reading = 0;
  /** @type {import("../../index.js").MicroRaiden} undefined until it is connected. */
  client;
  wallet;
  token;
  tokens;
  ether;
  /** The channel shown, as it was when last read; `channels` are all to this receiver. */
  channel;
  channels = [];
  /** The open block of the one that the next payment comes from. */
  #payer;
  /** What the account lacked for opening one when that was read last; undefined: nothing, or nobody knows. */
  #lacks;
  /** Whether money on a key in this browser has no backup; whether the browser keeps what it stores. */
  lacksBackup = false;
  persisted = false;
  /** What this account paid for here lately, if it did: `{ at, copy? }`, `at` as of `Date.now()`. */
  paid;
  /** When it last paid for it before that, by the package's ledger. */
  paidBefore;
  /** What the ledger knows to be paid, by a channel's open block. @type {Map<number, bigint>} */
  #listed = new Map();
  /** @type {import("../../index.js").Channel} that of `channel`. */
  #handle;

  constructor(library, config) {
    super();
    this.#library = library;
    this.config = config;
    this.price = config.price;
    this.token = config.label;
  }

  /** What sentences on the page may mention. */
  get facts() {
    return {
      token: this.token,
      tokens: this.tokens,
      ether: this.ether,
      price: this.price,
      chainId: this.config.chainId,
    };
  }

  /** The key behind the account, when it is one kept in this browser. */
  get key() {
    return this.wallet instanceof this.#library.LocalKey ? this.wallet : undefined;
  }

  /** Whether a wallet brings that key back, so that it needs no backup. */
  get isWalletKey() {
    return this.key !== undefined && isWalletKey(this.key.address);
  }

  /**
   * Connects and reads; keeps the results only if everything worked and `wanted` agrees.
   * @param {{ signal?: AbortSignal, onProgress?: (event: any) => void }} [watch]
   * @param {(channel: any) => boolean} [wanted]
   */
  async connect(wallet, watch = {}, wanted = () => true) {
    const { signal, onProgress } = watch;
    const { contract, rpcUrl, chainId } = this.config;
    const client = await this.#library.MicroRaiden.connect({
      wallet,
      contract,
      rpc: rpcUrl,
      chainId,
      signal,
      onProgress,
    });
    if (!same(client.token, this.config.token)) {
      throw new PageError(
        "token-mismatch",
        `contract: ${client.token}, server: ${this.config.token}`,
      );
    }
    const lasting = { lacksBackup: false, persisted: false };
    const note = (fact) => {
      Object.assign(lasting, fact);
      if (client === this.client) {
        Object.assign(this, fact);
        this.#changed();
      }
    };
    client.on("backup", ({ key }) => note({ lacksBackup: key }));
    client.on("persisted", ({ persisted }) => note({ persisted }));
    const reading = this.#read(client, { find: true });
    const { info, ether, read, lacks, paid } = await untilAborted(reading, signal);
    const { label } = this.config;
    if (label && label.decimals !== info.decimals) {
      throw new PageError(
        "token-mismatch",
        `decimals: contract ${info.decimals}, server ${label.decimals}`,
      );
    }
    if (!signal?.aborted && wanted(read.handle)) {
      Object.assign(this, { client, wallet }, lasting);
      this.#takePaid(paid);
      this.#keep(info, ether, read, lacks);
    }
  }

  /** All that balances and channels tell. */
  async #read(client, options) {
    const [info, ether, [read, lacks], paid] = await Promise.all([
      client.tokenInfo(),
      client.etherBalance(),
      readChannels(client, this.#demand, options).then(async (read) => [read, await this.#readLacks(client, read)]),
      readPaid(client, this.config),
    ]);
    return { info, ether, read, lacks, paid };
  }

  /** What is missing for a channel that pays once. What the node does not tell is told by the opening that fails. */
  async #readLacks(client, { payer }) {
    if (payer !== undefined || client.frozen) {
      return undefined;
    }
    const { receiver, price } = this.#demand;
    // A channel needs a deposit, also where the price is nothing.
    const deposit = price > 0n ? price : 1n;
    const { tokens, ether } = await client.lacks({ receiver, deposit }).catch(() => ({ tokens: 0n, ether: 0n }));
    return tokens > 0n || ether > 0n ? { tokens, ether: rounded(ether) } : undefined;
  }

  disconnect() {
    this.#reading += 1;
    this.#lacks = undefined;
    for (const fact of ["client", "wallet", "tokens", "ether", "paid", "paidBefore"]) {
      this[fact] = undefined;
    }
    this.token = this.config.label;
    this.#take({ handle: undefined, payer: undefined, channels: [] });
    this.#changed();
  }

  /**
   * Reads balances and channels again. `find` lets the package choose the channel anew; `openBlock`
   * names one.
   * @param {{ find?: boolean, openBlock?: number, signal?: AbortSignal }} options
   */
  async refresh({ find = false, openBlock = this.channel?.openBlock, signal } = {}) {
    if (!this.client) {
      return;
    }
    const turn = ++this.#reading;
    const reading = this.#read(this.client, { find: find || openBlock === undefined, openBlock });
    const { info, ether, read, lacks, paid } = await untilAborted(reading, signal);
    if (turn === this.#reading) {
      // otherwise something newer was read or done meanwhile
      this.#takePaid(paid);
      this.#keep(info, ether, read, lacks);
    }
  }

  /**
   * Shows what this browser has stored, without a request, and reads the rest in the background: a finished
   * action must not look undone because a node does not answer. `paying` shows the channel to pay from.
   */
  async #recount({ paying = false } = {}) {
    const turn = ++this.#reading;
    const client = this.client;
    const openBlock = this.channel?.openBlock;
    const [read, paid] = await Promise.all([
      readChannels(client, this.#demand, { stored: true, paying, openBlock }),
      readPaid(client, this.config),
    ]);
    if (turn === this.#reading && client === this.client) {
      this.#takePaid(paid);
      this.#take(read);
      this.#changed();
      this.refreshQuietly();
    }
  }

  /** Refreshes in the background; what fails there fails again, visibly, in the next action. */
  refreshQuietly(options) {
    this.refresh(options).catch(() => {});
  }

  /** Whom the next payment goes to, and how much it is. */
  get #demand() {
    return { receiver: this.config.receiver, price: this.price };
  }

  /**
   * What the account needs before it can pay, if anything: tokens for one payment, in base units, and ether for fees, in
   * wei. With an open channel it needs neither.
   * @type {{ tokens: bigint, ether: bigint } | undefined}
   */
  get lacks() {
    return !this.client || this.payable || this.client.frozen ? undefined : this.#lacks;
  }

  /** Whether a faucet of the demo fills accounts. */
  get hasFaucet() {
    return Boolean(this.config.faucet && this.config.rpcUrl);
  }

  /** How many payments of the price an amount covers. */
  covered(amount) {
    return this.price > 0n ? amount / this.price : 0n;
  }

  /** The channel that the next payment comes from. */
  get payable() {
    return this.channels.find(({ openBlock }) => openBlock === this.#payer);
  }

  /** Whether the channel paid for what this browser does not know of: as after a backup was restored. */
  get paidUnlisted() {
    const { payable } = this;
    return payable !== undefined && payable.balance > (this.#listed.get(payable.openBlock) ?? 0n);
  }

  /**
   * Fetches the resource and pays at most the price shown; opens a channel where there is none. `seen` is
   * the `paid` that the user saw: if there is a newer one, it is returned instead of paying once more.
   * Resolves to `{ blob, at }`.
   */
  async pay(deposit, seen, watch) {
    const { client, config } = this;
    return inTurn(`${client.sender} ${config.url}`, watch, async () => {
      const { paid } = await readPaid(client, config);
      if (paid && paid.at > (seen?.at ?? 0)) {
        await this.#recount({ paying: true });
        if (paid.copy) {
          return paid.copy;
        }
        throw new PageError("paid-already", `paid at ${new Date(paid.at).toISOString()}`);
      }
      try {
        return await this.#buy(client, deposit, watch);
      } finally {
        // however it ended, something may have been paid
        if (this.client === client) {
          await this.#recount({ paying: true }).catch(() => {});
        }
      }
    });
  }

  async #buy(client, deposit, { signal, onProgress, alive }) {
    this.#reading += 1;
    const { receiver, url } = this.config;
    let pays = false;
    const pay = client.payingFetch({
      maxPrice: this.price,
      receiver,
      deposit: this.payable ? undefined : deposit,
      signal,
      onProgress: (event) => {
        pays ||= event.type === "paying";
        onProgress(event);
      },
    });
    // "no-store": a copy from the browser's cache would be served without the receiver knowing
    const response = await pay(url, { cache: "no-store", signal });
    alive();
    if (!response.ok) {
      const { status } = response;
      throw new PageError("content-failed", `status ${status}`, { status });
    }
    const blob = await readBody(response, alive);
    return pays ? keepCopy(client.sender, url, blob) : { blob, at: Date.now() };
  }

  async topUp(amount, { signal, onProgress }) {
    this.#reading += 1;
    await this.#handle.topUp(amount, { signal, onProgress });
    await this.#recount();
  }

  /** Closes with the receiver's agreement, else fails with `close-not-agreed`; or, `alone`, without. */
  async close({ alone }, { signal, onProgress }) {
    this.#reading += 1;
    const gateway = this.config.gateway && new URL(this.config.gateway, location.href).href;
    await this.#handle.close({ gateway, cooperative: !alone, signal, onProgress });
    await this.#recount();
  }

  async settle({ signal, onProgress }) {
    this.#reading += 1;
    await this.#handle.settle({ signal, onProgress });
    await this.#recount();
  }

  /** Sends all that a key in this browser holds outside of channels to an address. */
  async sweep(to, { signal, onProgress }) {
    this.#reading += 1;
    await this.client.sweep({ to, signal, onProgress });
    await this.refresh({ signal });
  }

  /** Has this browser forget the key. */
  async forgetKey() {
    await this.#library.LocalKey.forget();
  }

  /** Drops the stored record of the channel shown; another one to this receiver takes its place. */
  async forget({ signal }) {
    this.#reading += 1;
    const { openBlock, state } = this.channel;
    await this.#handle.forget({ force: state !== "settled" });
    const others = this.channels.filter((channel) => channel.openBlock !== openBlock);
    this.#take({ handle: undefined, payer: this.#payer, channels: others });
    this.#changed();
    const next = this.channels.find((channel) => channel.state !== "settled");
    if (next) {
      await this.refresh({ openBlock: next.openBlock, signal });
    }
  }

  async fund({ signal, say }) {
    const { rpcUrl, faucet } = this.config;
    const tokens = usualGift(this.token?.decimals ?? 0, this.price);
    await fund({
      rpcUrl,
      faucet,
      token: this.client.token,
      account: this.client.sender,
      tokens,
      say,
      signal,
    });
    await this.refresh({ signal });
  }

  /** Fills the account of a key from a wallet: one transaction for the tokens, one for the ether. */
  async fundFrom(wallet, { tokens, ether }, { signal, onProgress }) {
    this.#reading += 1;
    const { client } = this;
    const { sender } = client;
    const { contract, rpcUrl, chainId } = this.config;
    // Its account is known before it is asked to send: what it sends may come after this was given up.
    const connecting = { wallet, contract, rpc: rpcUrl, chainId, signal, onProgress };
    const payer = await this.#library.MicroRaiden.connect(connecting);
    const before = originOf(sender);
    let sent = false;
    const note = (event) => {
      sent ||= event.type === "sent";
      if (event.type === "waiting-for-wallet" && event.request === "transaction") {
        rememberOrigin(sender, payer.sender);
      }
      onProgress(event);
    };
    try {
      await client.fund({ from: wallet, tokens, ether, signal, onProgress: note });
    } catch (error) {
      if (error.code === "wallet-rejected" && !sent) {
        rememberOrigin(sender, before);
      }
      throw error;
    } finally {
      payer.free();
    }
    await this.refresh({ signal });
  }

  setPrice(price) {
    this.price = price;
    this.#changed();
  }

  #keep({ symbol, decimals, balance }, ether, read, lacks) {
    this.token = tokenLabel(symbol, decimals);
    this.tokens = balance;
    this.ether = ether;
    this.#lacks = lacks;
    this.#take(read);
    this.#changed();
  }

  #takePaid({ paid, before, listed }) {
    this.paid = paid;
    this.paidBefore = before;
    this.#listed = listed;
  }

  #take({ handle, payer, channels }) {
    this.#handle = handle;
    this.#payer = payer;
    this.channels = channels;
    this.channel = channels.find(({ openBlock }) => openBlock === handle?.openBlock);
  }

  #changed() {
    this.dispatchEvent(new Event("change"));
  }
}

/** Does the work under a lock across all tabs. Without Web Locks the package lets only one tab pay. */
async function inTurn(name, { signal, say }, work) {
  if (!navigator.locks) {
    return work();
  }
  const note = setTimeout(() => say("run.other-tab"), 300);
  try {
    return await navigator.locks.request(`microraiden-page:${name}`, { signal }, () => {
      clearTimeout(note);
      return work();
    });
  } finally {
    clearTimeout(note);
  }
}

/** The answer's body; `alive` hears of each piece. */
async function readBody(response, alive) {
  const type = response.headers.get("Content-Type") ?? "";
  if (!response.body) {
    return new Blob([], { type });
  }
  try {
    const pieces = [];
    const reader = response.body.getReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) {
        return new Blob(pieces, { type });
      }
      pieces.push(value);
      alive();
    }
  } catch (cause) {
    throw new PageError("content-lost", cause.message, {}, cause);
  }
}

/**
 * The stored channels to a receiver, and the one to show: asked for, else open, else closing. `find`
 * lets the package choose, which may ask the chain; `stored` asks nobody; `paying` prefers the one to
 * pay from.
 * @param {{ find?: boolean, stored?: boolean, paying?: boolean, openBlock?: number }} options
 */
async function readChannels(client, { receiver, price }, options) {
  const { find, stored, paying, openBlock } = options;
  const found = find ? await client.find({ receiver }) : undefined;
  const mine = (await client.channels()).filter((channel) => same(channel.receiver, receiver));
  const payer = (await client.channelToPayFrom({ receiver, price }))?.openBlock;
  const wanted = found?.openBlock ?? (paying ? payer : undefined) ?? openBlock;
  const handle =
    mine.find((channel) => channel.openBlock === wanted) ??
    mine.find(({ state }) => state === "closing");
  if (!found && !stored) {
    await handle?.refresh();
  }
  return { handle, payer, channels: mine.map(snapshot) };
}

/** A channel's properties are read from storage each time; the page wants them of one moment. */
function snapshot(channel) {
  const { openBlock, deposit, balance, remaining, state, settleBlock, inFlight } = channel;
  // Without a number, or with one.
  const pending = channel.pending !== undefined || inFlight > 0;
  // Else the receiver may be owed more than the balance that is known here.
  const isSure = channel.balanceKnown && channel.exposure === balance && !pending;
  return { openBlock, deposit, balance, remaining, state, settleBlock, pending, inFlight, isSure };
}

function same(one, other) {
  return one.toLowerCase() === other.toLowerCase();
}
