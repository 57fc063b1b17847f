// An injected wallet from the packages that MetaMask itself is built of. As with a real one, keys
// and rules live outside the page, and only requests and answers cross over.
import { randomBytes } from "node:crypto";
import { createFetchMiddleware, createWalletMiddleware } from "@metamask/eth-json-rpc-middleware";
import { SignTypedDataVersion, signTypedData } from "@metamask/eth-sig-util";
import { JsonRpcEngine, createAsyncMiddleware } from "@metamask/json-rpc-engine";
import { createWalletClient, hexToBytes, hexToString, http, toHex } from "viem";
import { generatePrivateKey, privateKeyToAccount, setSignEntropy } from "viem/accounts";
import { foundry } from "viem/chains";
import { HeldPrompts } from "./held-prompts.mjs";
import { announceWallet } from "./wallet-page.mjs";

export const WALLET_NAME = "Test Wallet";

/** How a wallet answers when its user says no, and while it reaches no chain. */
const REJECTED = { code: 4001, message: "User rejected the request." };
const DISCONNECTED = { code: 4900, message: "The provider is disconnected from all chains." };

/**
 * @typedef {import("@playwright/test").BrowserContext} Context
 * @typedef {import("@playwright/test").Page} Page
 */
export class TestWallet {
  #keys = [generatePrivateKey(), generatePrivateKey()];
  #privateKey = this.#keys[0];
  #account = privateKeyToAccount(this.#privateKey);
  #rpcUrl;
  #engine;
  #lastId = 0;
  #contexts = new Set();
  #prompts = new HeldPrompts(REJECTED);
  #connected = true;

  /** The network the wallet is on. */
  chainId = foundry.id;
  /** The networks the wallet knows, and what it was asked to add (EIP-3085). */
  /** @type {Set<number>} */
  chains = new Set([foundry.id]);
  /** @type {any[]} */
  added = [];
  /** Methods that the person refuses. */
  refuse = new Set();
  /** A careless wallet signs with the account it shows, whichever of its own it is asked for. */
  careless = false;
  /** Whether it sends several calls in one confirmation (EIP-5792), and what it was asked to. */
  batches = false;
  /** @type {any[]} */
  batched = [];
  /** The transactions of the batches, by their ids. @type {Map<string, string[]>} */
  #sentTogether = new Map();
  /** Signs texts with another nonce each time, as wallets that share a key between machines do. */
  unsteady = false;
  /** The texts that it was asked to sign. @type {string[]} */
  texts = [];
  /** A locked wallet shows no accounts. */
  locked = false;
  /**
   * What requests are rejected with, by method, as it is: text, or an object in whatever shape. Only one with
   * `times` is over after so many.
   * @type {Map<string, { thrown: unknown, times?: number }>}
   */
  throws = new Map();
  /** Other names of methods. @type {Map<string, string>} */
  aliases = new Map();
  /** What is answered instead of the truth, by method. @type {Map<string, unknown>} */
  answers = new Map();
  /** How often each method was asked for. */
  asked = new Map();

  constructor(rpcUrl) {
    this.#rpcUrl = rpcUrl;
    this.#engine = this.#createEngine();
  }

  get address() {
    return this.#account.address;
  }

  /** How often the person was asked for this. */
  times(method) {
    return this.asked.get(method) ?? 0;
  }

  /**
   * Announces the wallet in every page of the context: at once in the ones that are open, in later
   * ones before their own scripts run.
   */
  async inject(context) {
    this.#contexts.add(context);
    await context.exposeFunction("testWalletRequest", (request) => this.#answer(request));
    await context.addInitScript(announceWallet, WALLET_NAME);
    const announce = (frame) => frame.evaluate(announceWallet, WALLET_NAME);
    await Promise.all(framesOf(context).map(announce));
  }

  /**
   * Tells pages of a change.
   * @param {Context | Page | (Context | Page)[]} where
   * @param {"accountsChanged" | "chainChanged" | "connect" | "disconnect"} event
   * @returns {Promise<number>} how many listeners heard it.
   */
  async emit(where, event, argument) {
    const work = ([name, value]) => window.testWalletEmit?.(name, value) ?? 0;
    // A page that is just leaving hears nothing.
    const tell = (frame) => frame.evaluate(work, [event, argument]).catch(() => 0);
    const heard = await Promise.all([where].flat().flatMap(framesOf).map(tell));
    return heard.reduce((sum, count) => sum + count, 0);
  }

  /** A second account becomes the only one; gives its address. */
  async switchAccount() {
    await this.#switchTo(this.#keys[1]);
    return this.address;
  }

  /** The first account becomes the only one again. */
  async switchBack() {
    await this.#switchTo(this.#keys[0]);
  }

  /** The wallet's user chooses another network. */
  async switchChain(chainId) {
    this.chainId = chainId;
    await this.emit([...this.#contexts], "chainChanged", toHex(chainId));
  }

  /** The wallet locks itself, or is unlocked. */
  async lock(locked = true) {
    this.locked = locked;
    await this.emit([...this.#contexts], "accountsChanged", this.#accounts());
  }

  /** The wallet reaches no chain any more: all requests fail with 4900. */
  async disconnect() {
    this.#connected = false;
    await this.emit([...this.#contexts], "disconnect", DISCONNECTED);
  }

  async reconnect() {
    this.#connected = true;
    await this.emit([...this.#contexts], "connect", { chainId: toHex(this.chainId) });
  }

  /**
   * The next request for this method waits for an answer; while it does, further ones are refused
   * with -32002.
   * @returns {{ asked: Promise<unknown[]>, release: () => void, refuse: () => void }} `asked`
   *   gives the request's parameters.
   */
  hold(method) {
    return this.#prompts.hold(method);
  }

  async #answer({ method, params }) {
    const odd = this.throws.get(method);
    if (odd && odd.times !== 0) {
      if (odd.times !== undefined) {
        odd.times -= 1;
      }
      this.asked.set(method, this.times(method) + 1);
      return { thrown: odd.thrown };
    }
    if (this.answers.has(method)) {
      this.asked.set(method, this.times(method) + 1);
      return { result: this.answers.get(method) };
    }
    this.#lastId += 1;
    const known = this.aliases.get(method) ?? method;
    if (known !== method) {
      this.asked.set(method, this.times(method) + 1);
    }
    const request = { jsonrpc: "2.0", id: this.#lastId, method: known, params: params ?? [] };
    const { result, error } = await this.#engine.handle(request);
    // What crosses over is data: a wallet's error reaches the page as a plain object.
    return error
      ? { error: { code: error.code, message: error.message, data: error.data } }
      : { result };
  }

  #createEngine() {
    const engine = new JsonRpcEngine();
    engine.push(
      createAsyncMiddleware(async (request, response, next) => {
        if (![...this.aliases.values()].includes(request.method)) {
          this.asked.set(request.method, this.times(request.method) + 1);
        }
        const refusal = await this.#refusal(request);
        if (refusal) {
          response.error = refusal;
          return;
        }
        await next();
      }),
    );
    engine.push(
      createAsyncMiddleware(async (request, response, next) => {
        if (request.method === "eth_requestAccounts") {
          response.result = this.#accounts();
        } else if (request.method === "eth_chainId") {
          response.result = toHex(this.chainId);
        } else if (request.method === "wallet_addEthereumChain") {
          this.added.push(request.params[0]);
          this.chains.add(Number(request.params[0].chainId));
          response.result = null;
        } else if (this.batches && request.method === "wallet_getCapabilities") {
          response.result = { [toHex(this.chainId)]: { atomic: { status: "supported" } } };
        } else if (this.batches && request.method === "wallet_sendCalls") {
          response.result = await this.#sendTogether(request.params[0]);
        } else if (this.batches && request.method === "wallet_getCallsStatus") {
          const [id] = /** @type {any[]} */ (request.params);
          const receipts = this.#sentTogether.get(id)?.map((transactionHash) => ({ transactionHash }));
          response.result = { version: "2.0.0", id, status: receipts ? 200 : 100, receipts };
        } else if (request.method === "wallet_switchEthereumChain") {
          const chainId = Number(request.params[0].chainId);
          if (this.chains.has(chainId)) {
            await this.switchChain(chainId);
            response.result = null;
          } else {
            response.error = { code: 4902, message: `Unrecognized chain ID "${toHex(chainId)}".` };
          }
        } else {
          await next();
        }
      }),
    );
    engine.push(
      createWalletMiddleware({
        getAccounts: async () => (this.careless ? this.#keys.map(addressOf) : this.#accounts()),
        processTypedMessage: async (/** @type {any} */ { data }) =>
          signTypedData({
            privateKey: Buffer.from(hexToBytes(this.#privateKey)),
            data,
            version: SignTypedDataVersion.V1,
          }),
        processPersonalMessage: async (/** @type {any} */ { data }) => this.#signText(data),
        processTransaction: (transaction) => this.#send(transaction),
      }),
    );
    engine.push(
      createFetchMiddleware({ rpcService: { request: (request) => this.#post(request) } }),
    );
    return engine;
  }

  /** Why this request is not answered, if it is not; may wait for the wallet's user. */
  async #refusal(/** @type {any} */ { method, params }) {
    if (!this.#connected) {
      return DISCONNECTED;
    }
    return this.refuse.has(method) ? REJECTED : this.#prompts.ask(method, params);
  }

  async #switchTo(privateKey) {
    this.#privateKey = privateKey;
    this.#account = privateKeyToAccount(privateKey);
    await this.emit([...this.#contexts], "accountsChanged", this.#accounts());
  }

  #accounts() {
    return this.locked ? [] : [this.address.toLowerCase()];
  }

  /** Signs a text (EIP-191). */
  #signText(data) {
    const text = hexToString(data);
    this.texts.push(text);
    // From here on all signatures of this process have this entropy, and are as valid.
    if (this.unsteady) setSignEntropy(toHex(randomBytes(32)));
    return this.#account.signMessage({ message: text });
  }

  /** As an account without code does them: one after the other. */
  async #sendTogether(batch) {
    this.batched.push(batch);
    const id = toHex(randomBytes(32));
    const send = async () => {
      const hashes = [];
      for (const { to, value, data } of batch.calls) hashes.push(await this.#send({ to, value, data }));
      this.#sentTogether.set(id, hashes);
    };
    void send();
    return { id };
  }

  /** Signs here and sends the raw transaction. */
  #send(/** @type {any} */ { to, data, value, gas }) {
    /** @type {any} viem takes no arguments whose types are not known to the letter. */
    const client = createWalletClient({
      account: this.#account,
      chain: foundry,
      transport: http(this.#rpcUrl),
    });
    const number = (hex) => (hex === undefined ? undefined : BigInt(hex));
    return client.sendTransaction({ to, data, value: number(value), gas: number(gas) });
  }

  async #post(request) {
    const response = await fetch(this.#rpcUrl, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(request),
    });
    return response.json();
  }
}

function addressOf(key) {
  return privateKeyToAccount(key).address.toLowerCase();
}

/** All frames of a context, or of a page. */
function framesOf(place) {
  return place.pages ? place.pages().flatMap((page) => page.frames()) : place.frames();
}
