// The facts of one visit: account, token, balances, channel, price. No document in here.
import { plain } from "./dom.js";
import { fund, usualGift } from "./faucet.js";
import { PageError } from "./page-error.js";
import { untilAborted } from "./tasks.js";

/** Fires "change" whenever a fact changed. */
export class Session extends EventTarget {
  #library;
  #reading = 0;
  client;
  wallet;
  token;
  tokens;
  ether;
  /** The channel shown, as it was when last read; `channels` are all to this receiver. */
  channel;
  channels = [];
  #handle;

  constructor(library, config) {
    super();
    this.#library = library;
    this.config = config;
    this.price = config.price;
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

  /** Connects and reads; nothing of it is kept unless all of it worked and `wanted` agrees. */
  async connect(wallet, { signal, onProgress } = {}, wanted = () => true) {
    const { contract, rpcUrl, chainId, receiver } = this.config;
    const client = await this.#library.MicroRaiden.connect({
      wallet,
      contract,
      rpcUrl,
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
    const reading = Promise.all([
      client.tokenInfo(),
      client.etherBalance(),
      readChannels(client, receiver, { find: true }),
    ]);
    const [info, ether, read] = await untilAborted(reading, signal);
    if (wanted(read.handle)) {
      Object.assign(this, { client, wallet });
      this.#keep(info, ether, read);
    }
  }

  disconnect() {
    this.#reading += 1;
    for (const fact of ["client", "wallet", "token", "tokens", "ether", "channel"]) {
      this[fact] = undefined;
    }
    this.#handle = undefined;
    this.channels = [];
    this.#changed();
  }

  /**
   * Reads balances and channels again. `find` lets the package choose the channel anew; `openBlock`
   * names one.
   */
  async refresh({ find = false, openBlock = this.channel?.openBlock, signal } = {}) {
    if (!this.client) {
      return;
    }
    const turn = ++this.#reading;
    const { receiver } = this.config;
    const [info, ether, read] = await untilAborted(
      Promise.all([
        this.client.tokenInfo(),
        this.client.etherBalance(),
        readChannels(this.client, receiver, { find: find || openBlock === undefined, openBlock }),
      ]),
      signal,
    );
    if (turn === this.#reading) {
      // else something newer was read or done meanwhile
      this.#keep(info, ether, read);
    }
  }

  /** Refreshes in the background; what fails here fails again, visibly, in the next action. */
  refreshQuietly(options) {
    this.refresh(options).catch(() => {});
  }

  /** The channel that the next payment comes from. */
  get payable() {
    const open = this.channels.filter(({ state }) => state === "open");
    const most = open.reduce((a, b) => (a && a.remaining >= b.remaining ? a : b), undefined);
    return open.find(({ pending }) => pending) ?? most;
  }

  /** Fetches the resource and pays at most the price shown; opens a channel where there is none. */
  async pay(deposit, { signal, onProgress }) {
    this.#reading += 1;
    const { receiver, resource } = this.config;
    const pay = this.client.fetch({
      maxPrice: this.price,
      receiver,
      deposit: this.payable ? undefined : deposit,
      signal,
      onProgress,
    });
    // "no-store": a copy from the browser's cache would be served without the receiver knowing
    const response = await pay(resource, { cache: "no-store", signal });
    if (!response.ok) {
      const { status } = response;
      throw new PageError("content-failed", `status ${status}`, { status });
    }
    return response;
  }

  async topUp(amount, { signal, onProgress }) {
    this.#reading += 1;
    await this.#handle.topUp(amount, { signal, onProgress });
    await this.#reread(signal);
  }

  async close({ signal, onProgress }) {
    this.#reading += 1;
    const gateway = this.config.gateway && new URL(this.config.gateway, location.href).href;
    await this.#handle.close({ gateway, signal, onProgress });
    await this.#reread(signal);
  }

  async settle({ signal, onProgress }) {
    this.#reading += 1;
    await this.#handle.settle({ signal, onProgress });
    await this.#reread(signal);
  }

  /** Drops the stored record of the channel shown; another one to this receiver takes its place. */
  async forget({ signal }) {
    this.#reading += 1;
    const { openBlock, state } = this.channel;
    await this.#handle.forget({ force: state !== "settled" });
    this.#handle = undefined;
    this.channel = undefined;
    this.channels = this.channels.filter((channel) => channel.openBlock !== openBlock);
    this.#changed();
    const next = this.channels.find((channel) => channel.state !== "settled");
    if (next) {
      await this.refresh({ openBlock: next.openBlock, signal });
    }
  }

  async fund({ signal, say }) {
    const { rpcUrl, faucet } = this.config;
    const tokens = usualGift(this.token.decimals, this.price);
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

  setPrice(price) {
    this.price = price;
    this.#changed();
  }

  /** After something that is done: a node that does not answer must not look like its failure. */
  async #reread(signal) {
    await this.refresh({ signal }).catch(() => this.#changed());
  }

  #keep(info, ether, { handle, channels }) {
    const { name, symbol, decimals, balance } = info;
    this.token = { name: plain(name, 40), symbol: plain(symbol, 12) || "tokens", decimals };
    this.tokens = balance;
    this.ether = ether;
    this.#handle = handle;
    this.channels = channels;
    this.channel = channels.find(({ openBlock }) => openBlock === handle?.openBlock);
    this.#changed();
  }

  #changed() {
    this.dispatchEvent(new Event("change"));
  }
}

/** The stored channels to a receiver, and the one to show: asked for, else open, else closing. */
async function readChannels(client, receiver, { find, openBlock }) {
  const found = find ? await client.find({ receiver }) : undefined;
  const mine = (await client.channels()).filter((channel) => same(channel.receiver, receiver));
  const wanted = found?.openBlock ?? openBlock;
  const handle =
    mine.find((channel) => channel.openBlock === wanted) ??
    mine.find(({ state }) => state === "closing");
  if (!found) {
    await handle?.refresh();
  }
  return { handle, channels: mine.map(snapshot) };
}

/** A channel's properties are read from storage each time; the page wants them of one moment. */
function snapshot(channel) {
  const { openBlock, deposit, balance, remaining, state, settleBlock, pending } = channel;
  return { openBlock, deposit, balance, remaining, state, settleBlock, pending };
}

function same(one, other) {
  return one.toLowerCase() === other.toLowerCase();
}
