// An injected wallet from the packages that MetaMask itself is built of. As with a real one, keys
// and rules live outside the page, and only requests and answers cross over.
import { createFetchMiddleware, createWalletMiddleware } from "@metamask/eth-json-rpc-middleware";
import { SignTypedDataVersion, signTypedData } from "@metamask/eth-sig-util";
import { JsonRpcEngine, createAsyncMiddleware } from "@metamask/json-rpc-engine";
import { createWalletClient, hexToBytes, http, toHex } from "viem";
import { generatePrivateKey, privateKeyToAccount } from "viem/accounts";
import { foundry } from "viem/chains";
import { announceWallet } from "./wallet-page.mjs";

export const WALLET_NAME = "Test Wallet";

export class TestWallet {
  #privateKey = generatePrivateKey();
  #account = privateKeyToAccount(this.#privateKey);
  #rpcUrl;
  #engine;
  #lastId = 0;

  /** The network the wallet is on. */
  chainId = foundry.id;
  /** Methods that the person refuses. */
  refuse = new Set();
  /** A locked wallet shows no accounts. */
  locked = false;
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

  /** Announces the wallet in every page of the context, from before the page's own scripts run. */
  async inject(context) {
    await context.exposeFunction("testWalletRequest", (request) => this.#answer(request));
    await context.addInitScript(announceWallet, WALLET_NAME);
  }

  async #answer({ method, params }) {
    this.#lastId += 1;
    const request = { jsonrpc: "2.0", id: this.#lastId, method, params: params ?? [] };
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
        this.asked.set(request.method, this.times(request.method) + 1);
        if (this.refuse.has(request.method)) {
          response.error = { code: 4001, message: "User rejected the request." };
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
        } else {
          await next();
        }
      }),
    );
    engine.push(
      createWalletMiddleware({
        getAccounts: async () => this.#accounts(),
        processTypedMessage: async ({ data }) =>
          signTypedData({
            privateKey: hexToBytes(this.#privateKey),
            data,
            version: SignTypedDataVersion.V1,
          }),
        processTransaction: (transaction) => this.#send(transaction),
      }),
    );
    engine.push(
      createFetchMiddleware({ rpcService: { request: (request) => this.#post(request) } }),
    );
    return engine;
  }

  #accounts() {
    return this.locked ? [] : [this.address.toLowerCase()];
  }

  /** Signs here and sends the raw transaction. */
  #send({ to, data, value, gas }) {
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
