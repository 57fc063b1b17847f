// A server that asks for money with whatever answers a test thinks of.
import { Loopback } from "./loopback.mjs";

/** Names of the headers by the names of their values; the order is that of the paywall server. */
const NAMES = {
  contract: "RDN-Contract-Address",
  receiver: "RDN-Receiver-Address",
  price: "RDN-Price",
  token: "RDN-Token-Address",
  gateway: "RDN-Gateway-Path",
  sender: "RDN-Sender-Address",
  senderBalance: "RDN-Sender-Balance",
  balanceSignature: "RDN-Balance-Signature",
};

/** Names of the headers that say why a payment was refused. */
const REFUSALS = [
  "RDN-Insufficient-Confirmations",
  "RDN-Nonexisting-Channel",
  "RDN-Invalid-Balance-Proof",
  "RDN-Invalid-Amount",
];

/** As the paywall server does: pages of any origin may pay and read what they need for it. */
const CORS = {
  "access-control-allow-origin": "*",
  "access-control-allow-methods": "*",
  "access-control-allow-headers": "*",
  "access-control-expose-headers": [...Object.values(NAMES), ...REFUSALS].join(","),
};

/**
 * The headers of a 402. What is undefined is left out; numbers, bigints and texts are written as
 * they are, right or wrong.
 *
 * @param {object} values
 * @param {string} [values.contract]
 * @param {string} [values.receiver]
 * @param {string | bigint} [values.price]
 * @param {string} [values.token]
 * @param {string} [values.gateway]
 * @param {string} [values.sender]
 * @param {string | bigint} [values.senderBalance]
 * @param {string} [values.balanceSignature]
 * @param {"Insufficient-Confirmations" | "Nonexisting-Channel" | "Invalid-Balance-Proof"
 *   | "Invalid-Amount"} [values.refusal]
 * @returns {Record<string, string>}
 */
export function demand({ refusal, ...values }) {
  const headers = {};
  for (const [key, value] of Object.entries({ gateway: "/api/1", ...values })) {
    if (!NAMES[key]) {
      throw new Error(`A demand has no "${key}".`);
    }
    if (value !== undefined) {
      headers[NAMES[key]] = String(value);
    }
  }
  return refusal ? { ...headers, [`RDN-${refusal}`]: "1" } : headers;
}

/**
 * @typedef {object} Asked
 * @property {string} method
 * @property {string} path with the query.
 * @property {import("node:http").IncomingHttpHeaders} headers
 * @property {string} body
 *
 * @typedef {object} Answer
 * @property {number} [status] 200 if it is left out.
 * @property {Record<string, string | string[]>} [headers] a lower-case name replaces one
 *   of CORS.
 * @property {string | Buffer | object} [body] an object is sent as JSON.
 */
export class ScriptedServer {
  /**
   * Answers each request but preflights; undefined hangs up without an answer. May be replaced at
   * any time.
   * @type {(asked: Asked) => Answer | undefined | Promise<Answer | undefined>}
   */
  answer;
  /** The requests in order, without preflights. */
  requests = [];
  #loopback;

  static async start(answer) {
    const scripted = new ScriptedServer();
    scripted.answer = answer;
    scripted.#loopback = await Loopback.start((...client) => scripted.#serve(...client));
    return scripted;
  }

  get url() {
    return this.#loopback.url;
  }

  /** The requests for one path, whatever the query. */
  requestsFor(path) {
    return this.requests.filter((asked) => asked.path.split("?")[0] === path);
  }

  /** Fails if `answer` failed. */
  async stop() {
    await this.#loopback.stop();
  }

  async #serve(request, response, body) {
    const { method, url: path, headers } = request;
    if (method === "OPTIONS") {
      response.writeHead(200, CORS).end();
      return;
    }
    const asked = { method, path, headers, body: body.toString() };
    this.requests.push(asked);
    const answer = await this.answer(asked);
    if (answer) {
      reply(response, answer);
    } else {
      request.socket.destroy();
    }
  }
}

/** Without keep-alive, so that a browser does not ask again by itself after a hanging up. */
function reply(response, /** @type {Answer} */ { status = 200, headers = {}, body = "" }) {
  const raw = typeof body === "string" || body instanceof Uint8Array;
  const type = raw ? {} : { "content-type": "application/json" };
  response
    .writeHead(status, { ...CORS, ...type, connection: "close", ...headers })
    .end(raw ? body : JSON.stringify(body));
}
