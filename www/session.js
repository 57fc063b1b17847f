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
  channel;

  constructor(library, config) {
    super();
    this.#library = library;
    this.config = config;
    this.price = config.price;
  }

  /** What sentences on the page may mention. */
  get facts() {
    return { token: this.token, tokens: this.tokens, ether: this.ether, price: this.price,
      chainId: this.config.chainId };
  }

  /** The key behind the account, when it is one kept in this browser. */
  get key() {
    return this.wallet instanceof this.#library.LocalKey ? this.wallet : undefined;
  }

  /** Connects and reads; nothing of it is kept unless all of it worked and `wanted` agrees. */
  async connect(wallet, { signal, onProgress } = {}, wanted = () => true) {
    const { contract, rpcUrl, chainId, receiver } = this.config;
    const client = await this.#library.MicroRaiden.connect(
      { wallet, contract, rpcUrl, chainId, signal, onProgress });
    if (client.token.toLowerCase() !== this.config.token.toLowerCase()) {
      throw new PageError("token-mismatch", `contract: ${client.token}, server: ${this.config.token}`);
    }
    const [info, ether, channel] = await untilAborted(
      Promise.all([client.tokenInfo(), client.etherBalance(), client.find({ receiver })]), signal);
    if (wanted(channel)) {
      Object.assign(this, { client, wallet, channel });
      this.#balances(info, ether);
      this.#changed();
    }
  }

  disconnect() {
    this.#reading += 1;
    for (const fact of ["client", "wallet", "token", "tokens", "ether", "channel"]) {
      this[fact] = undefined;
    }
    this.#changed();
  }

  /** Reads balances and the channel again. `find` looks for the channel anew. */
  async refresh({ find = false, signal } = {}) {
    if (!this.client) {
      return;
    }
    const turn = ++this.#reading;
    const [info, ether, channel] = await untilAborted(Promise.all([
      this.client.tokenInfo(), this.client.etherBalance(), this.#readChannel(find)]), signal);
    if (turn === this.#reading) { // else something newer was read or done meanwhile
      this.channel = channel;
      this.#balances(info, ether);
      this.#changed();
    }
  }

  /** Refreshes in the background; what fails here fails again, visibly, in the next action. */
  refreshQuietly(options) {
    this.refresh(options).catch(() => {});
  }

  /** Fetches the resource and pays at most the price shown; opens a channel where there is none. */
  async pay(deposit, { signal, onProgress }) {
    this.#reading += 1;
    if (this.channel?.state === "settled") {
      this.channel.forget();
      this.channel = undefined;
    }
    const { receiver, resource } = this.config;
    const opening = this.channel ? {} : { deposit };
    const pay = this.client.fetch({ maxPrice: this.price, receiver, ...opening, signal, onProgress });
    // "no-store": a copy from the browser's cache would be served without the receiver knowing
    const response = await pay(resource, { cache: "no-store", signal });
    if (!response.ok) {
      throw new PageError("content-failed", `status ${response.status}`, { status: response.status });
    }
    return response;
  }

  async topUp(amount, { signal, onProgress }) {
    this.#reading += 1;
    await this.channel.topUp(amount, { signal, onProgress });
    await this.refresh({ signal });
  }

  async close({ signal, onProgress }) {
    this.#reading += 1;
    const gateway = this.config.gateway && new URL(this.config.gateway, document.baseURI).href;
    await this.channel.close({ gateway, signal, onProgress });
    await this.refresh({ signal });
  }

  async settle({ signal, onProgress }) {
    this.#reading += 1;
    await this.channel.settle({ signal, onProgress });
    await this.refresh({ signal });
  }

  forget() {
    this.#reading += 1;
    this.channel.forget(this.channel.state === "settled" ? undefined : { force: true });
    this.channel = undefined;
    this.#changed();
  }

  async fund({ signal, say }) {
    const { rpcUrl, faucet } = this.config;
    const tokens = usualGift(this.token.decimals, this.price);
    await fund({ rpcUrl, faucet, token: this.client.token, account: this.client.sender, tokens, say, signal });
    await this.refresh({ signal });
  }

  setPrice(price) {
    this.price = price;
    this.#changed();
  }

  async #readChannel(find) {
    const found = find || !this.channel ? await this.client.find({ receiver: this.config.receiver }) : undefined;
    if (found || !this.channel) {
      return found;
    }
    try {
      return await this.channel.refresh();
    } catch (error) {
      if (error.code === "no-channel") {
        return undefined;
      }
      throw error;
    }
  }

  #balances(info, ether) {
    this.token = { name: plain(info.name, 40), symbol: plain(info.symbol, 12) || "tokens", decimals: info.decimals };
    this.tokens = info.balance;
    this.ether = ether;
  }

  #changed() {
    this.dispatchEvent(new Event("change"));
  }
}
