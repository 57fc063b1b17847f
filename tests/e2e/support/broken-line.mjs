// A line to the paywall server or to the chain's node that loses requests or answers on purpose.
import { request as send } from "node:http";
import { Loopback, contents } from "./loopback.mjs";
import { Turnstile } from "./turnstile.mjs";

/** Headers that belong to one connection, not to the message. */
const OWN_TO_CONNECTION = new Set(["connection", "keep-alive", "transfer-encoding"]);

/**
 * @typedef {object} Exchange
 * @property {string} method
 * @property {string} path with the query.
 * @property {import("node:http").IncomingHttpHeaders} headers
 * @property {string} body
 * @property {number} [status] once the target answered.
 * @property {string} [answer] the answer's text, if it is JSON.
 * @typedef {(exchange: Exchange) => boolean} Match
 */

/** Matches calls of this JSON-RPC method. */
export function calls(rpcMethod) {
  return ({ method, body }) => method === "POST" && JSON.parse(body).method === rpcMethod;
}

/** Matches requests for this path, whatever the query, of one HTTP method if it is given. */
export function asksFor(path, httpMethod) {
  return (exchange) =>
    exchange.path.split("?")[0] === path && (httpMethod ?? exchange.method) === exchange.method;
}

/**
 * An HTTP proxy on the loopback interface. Each request has a connection of its own, so that a
 * destroyed socket loses one request and a browser does not send it again by itself. Requests for
 * permission (CORS preflights) always pass.
 */
export class BrokenLine {
  /** The requests that arrived here, in order; the status of an answer appears when it is there. */
  seen = [];
  /** The requests for permission, which no rule sees. */
  preflights = [];
  #target;
  #loopback;
  #requests = new Turnstile();
  #answers = new Turnstile();
  /** Which answers are cut, how many, and who is told if the rest is held and not lost. */
  #cuts = [];
  #detours = new Map();
  #own = new Map();

  static async to(url) {
    const line = new BrokenLine();
    line.#target = new URL(url);
    line.#loopback = await Loopback.start((...client) => line.#carry(...client));
    return line;
  }

  /** Where clients connect to, instead of to the target. */
  get url() {
    return this.#loopback.url;
  }

  /** The next requests that match reach the target, but nothing of its answers comes back. */
  dropAnswers(match, times = 1) {
    this.#answers.drop(match, times);
  }

  /** Of the next answers that match, only the headers and half of the body come back. */
  cutAnswers(match, times = 1) {
    this.#cuts.push({ match, times });
  }

  /**
   * Holds the second half of the body of the next answer that matches, for ever.
   * @returns {{ arrived: Promise<void> }} resolves when the first half is on its way.
   */
  holdBody(match) {
    let held;
    const arrived = new Promise((resolve) => (held = resolve));
    this.#cuts.push({ match, times: 1, held });
    return { arrived };
  }

  /** The next requests that match do not reach the target. */
  dropRequests(match, times = 1) {
    this.#requests.drop(match, times);
  }

  /**
   * Holds the next request that matches before it reaches the target. `release` lets it go on, even
   * if the client has given up by then, and is done when the exchange is; `drop` loses it.
   * @returns {{ arrived: Promise<Exchange>, release: () => Promise<void>, drop: () => void }}
   */
  hold(match) {
    return this.#requests.hold(match);
  }

  /** From now on nothing that matches is answered, although connections are taken, until it is mended. */
  hang(match = () => true) {
    this.#requests.hang(match);
  }

  /** Holds the next answer that matches, when the target has done its work. */
  holdAnswer(match) {
    return this.#answers.hold(match);
  }

  /** From now on the target is asked for another path instead of this one. */
  detour(path, instead) {
    this.#detours.set(path, instead);
  }

  /** From now on it answers requests for this path itself: the target's origin has one more file. */
  serve(path, type, text, more = {}) {
    const headers = { "content-type": type, "cache-control": "no-store", connection: "close", ...more };
    this.#own.set(path, { status: 200, type, headers, body: Buffer.from(text) });
  }

  /** Forgets all faults and detours; what is held goes on. */
  mend() {
    this.#detours.clear();
    this.#requests.clear();
    this.#answers.clear();
    this.#cuts = [];
  }

  /** Fails if a predicate failed. */
  async stop() {
    await this.#loopback.stop();
  }

  async #carry(request, response, body) {
    let finish;
    const finished = new Promise((resolve) => (finish = resolve));
    try {
      const exchange = describe(request, body);
      const answer = await this.#exchange(exchange, request, body, finished);
      if (!answer) {
        request.socket.destroy();
      } else if (!response.closed) {
        const { status, headers } = answer;
        const cut = this.#cutFor(exchange);
        if (cut) {
          const half = answer.body.subarray(0, answer.body.length >> 1);
          await new Promise((sent) => response.writeHead(status, headers).write(half, sent));
          cut.held?.();
          if (cut.held) await new Promise((closed) => response.once("close", closed));
          request.socket.destroy();
          return;
        }
        await new Promise((sent) => {
          response.once("close", sent).writeHead(status, headers).end(answer.body);
        });
      }
    } finally {
      finish();
    }
  }

  /** The answer, unless one of the faults swallows it or the request. */
  async #exchange(exchange, request, body, finished) {
    const rules = exchange.headers["access-control-request-method"] === undefined;
    (rules ? this.seen : this.preflights).push(exchange);
    if (rules && !(await this.#requests.pass(exchange, finished))) {
      return undefined;
    }
    const answer = await this.#ask(request, body);
    exchange.status = answer.status;
    exchange.answer = /json/.test(answer.type) ? answer.body.toString() : undefined;
    return !rules || (await this.#answers.pass(exchange, finished)) ? answer : undefined;
  }

  #cutFor(exchange) {
    const cut = this.#cuts.find(({ match, times }) => times > 0 && match(exchange));
    if (cut) cut.times -= 1;
    return cut;
  }

  async #ask({ method, url, rawHeaders }, body) {
    const [asked, ...query] = url.split("?");
    if (this.#own.has(asked)) {
      return this.#own.get(asked);
    }
    const { hostname, port, host } = this.#target;
    const headers = [...messageHeaders(rawHeaders, "host", "content-length"), "host", host];
    headers.push("connection", "close");
    if (body.length > 0) {
      headers.push("content-length", String(body.length));
    }
    const path = [this.#detours.get(asked) ?? asked, ...query].join("?");
    const options = { hostname, port, method, path, headers, agent: false };
    const response = await new Promise((resolve, reject) => {
      send(options, resolve).once("error", reject).end(body);
    });
    return {
      status: response.statusCode,
      type: response.headers["content-type"] ?? "",
      headers: [...messageHeaders(response.rawHeaders), "connection", "close"],
      body: await contents(response),
    };
  }
}

function describe({ method, url, headers }, body) {
  return { method, path: url, headers, body: body.toString(), status: undefined };
}

/** Names and values in turn, without those of the connection and the ones named. */
function messageHeaders(raw, ...without) {
  return raw.filter((_, index) => {
    const name = raw[index - (index % 2)].toLowerCase();
    return !OWN_TO_CONNECTION.has(name) && !without.includes(name);
  });
}
