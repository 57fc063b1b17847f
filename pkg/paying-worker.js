// A service worker that pays for what pages ask for, which know nothing of it. It keeps nothing that was signed: that is
// in the pages' storage, which it borrows from one that is open.
import { LocalKey, MicroRaiden, MicroRaidenError, useStorage } from "./index.js";
import { optionsOf, refused } from "./module.js";
import { KeptFiles } from "./kept-files.js";

/** How long a page may take to hear that its storage is wanted, in milliseconds: the one that asks may be loading. */
const PATIENCE = { asking: 5000, other: 1000 };
/** How long it may take to lend it then: it loads the module first. */
const LOADING = 10_000;
/** The most pages that events are kept for until they have loaded. */
const MOST_EXPECTED = 16;

const openPages = () => self.clients.matchAll({ type: "window", includeUncontrolled: true });

const unavailable = (message, code = "storage-unavailable") => new MicroRaidenError(message, code);

/** Whether a URL is one of the listed ones: by origin and path, in which `*` stands for any text. */
function listed(paths) {
  const rules = paths.map((text) => {
    const { origin, pathname, search, hash } = new URL(text, self.location.href);
    if (search || hash) throw refused("paths", "paths without `?` and `#`");
    const parts = pathname.split("*").map((part) => part.replace(/[$()+.?[\\\]^{|}]/g, "\\$&"));
    return { origin, path: new RegExp(`^${parts.join(".*")}$`) };
  });
  return (url) => {
    const { origin, pathname } = new URL(url);
    return rules.some((rule) => rule.origin === origin && rule.path.test(pathname));
  };
}

/** The storage of whichever page is open. */
class BorrowedStorage {
  /** The id of the page that has lent it. */
  #lender;
  /** Those that do not answer, until they say that they are there. */
  #silent = new Set();
  #turn = Promise.resolve();

  /** Makes sure that an open page lends it: before each payment, as pages are closed. `asking`: who wants something. */
  borrow(asking) {
    this.#turn = this.#turn.catch(() => {}).then(() => this.#choose(asking));
    return this.#turn;
  }

  /** Asks a page anew the next time. */
  giveBack() {
    this.#lender = undefined;
  }

  /** A page is there that may not have been when it was asked. */
  welcome(id) {
    this.#silent.delete(id);
  }

  async #choose(asking) {
    const pages = await openPages();
    if (pages.some(({ id }) => id === this.#lender)) return;
    const asked = pages.filter(({ id }) => !this.#silent.has(id));
    if (asked.length === 0) throw unavailable("no page is open that lends its storage, which holds what was paid");
    const lending = asked.map((page) => this.#ask(page, page.id === asking ? PATIENCE.asking : PATIENCE.other));
    const { id, port } = await Promise.any(lending).catch(({ errors }) => {
      throw errors[0];
    });
    await useStorage(port);
    this.#lender = id;
  }

  #ask(page, patience) {
    const { port1, port2 } = new MessageChannel();
    return new Promise((resolve, reject) => {
      const silent = () => {
        this.#silent.add(page.id);
        reject(unavailable("the page does not lend its storage"));
      };
      let timer = setTimeout(silent, patience);
      port1.onmessage = ({ data: { heard, port, message, code } }) => {
        clearTimeout(timer);
        if (heard) timer = setTimeout(silent, LOADING);
        else if (port) resolve({ id: page.id, port });
        else reject(unavailable(message, code));
      };
      page.postMessage({ microraiden: "storage", reply: port2 }, [port2]);
    });
  }
}

/** The request as it can be sent with a payment. */
function payable(request) {
  if (request.mode !== "navigate") return request;
  // No script may make one in this mode that has other headers. Redirects are the browser's, as before.
  const { url, headers, signal } = request;
  return new Request(url, { headers, signal, credentials: "include", redirect: "manual" });
}

/** What was charged: the price, or what the receiver says if that is less. */
function amountOf(price, response) {
  const told = response.headers.get("RDN-Paid") ?? "";
  return /^\d{1,58}$/.test(told) && BigInt(told) < price ? BigInt(told) : price;
}

class PayingWorker {
  #connect;
  #limits;
  #key;
  #client;
  #storage = new BorrowedStorage();
  #files;
  /** What pages are to be told of their own navigation, by their ids: they are not there yet. */
  #expected = new Map();

  constructor({ connect, limits, key, maxFile }) {
    this.#connect = connect;
    this.#limits = limits;
    this.#key = key;
    this.#files = new KeptFiles(maxFile);
  }

  /** Answers a request: paid, or as if there were no worker. */
  async answer(event) {
    const { request } = event;
    const { url } = request;
    let paying;
    const onProgress = (progress) => {
      if (progress.type === "paying") paying = progress;
    };
    try {
      const client = await this.#payer(event.clientId);
      // A reload costs nothing, as with the browser's own cache.
      const pay = client.payingFetch({ repeat: true, ...this.#limits, onProgress });
      const response = await this.#files.answer(payable(request), pay);
      if (paying && response.status < 400) {
        const { price, receiver, openBlock } = paying;
        this.#tell(event, "paid", { url, amount: amountOf(price, response), receiver, openBlock });
      } else if (paying) {
        const message = `status ${response.status}: whether it was counted is not known`;
        this.#tell(event, "refused", { url, code: "payment-unknown", message });
      }
      return response;
    } catch (error) {
      // Nobody waits for it any more.
      if (request.signal.aborted) throw error;
      const { code = "server-unreachable", message } = error;
      if (code === "storage-unavailable") this.#storage.giveBack();
      this.#tell(event, "refused", { url, code, message });
      return fetch(request);
    }
  }

  /** A page says that it is there, or that the worker was unregistered. */
  async hear({ data, source }) {
    const { microraiden, reply } = Object(data);
    if (microraiden === "hello") {
      this.#storage.welcome(source.id);
      // A page that was loaded past all caches, or before the worker was there, is not its own yet.
      await self.clients.claim();
      const events = this.#expected.get(source.id) ?? [];
      this.#expected.delete(source.id);
      reply.postMessage({ events });
    }
    if (microraiden === "end") {
      this.#storage.giveBack();
      reply.postMessage({});
    }
  }

  /** The client of the key that is stored now. */
  async #payer(asking) {
    await this.#storage.borrow(asking);
    const wallet = await LocalKey.load(this.#key);
    if (!wallet) throw new MicroRaidenError("there is no key in this browser that could pay", "no-account");
    if (this.#client?.sender !== wallet.address) {
      this.#client = await MicroRaiden.connect({ ...this.#connect, wallet });
    }
    const { pauseWhenHidden } = await this.#client.policy();
    if (pauseWhenHidden && (await openPages()).every(({ visibilityState }) => visibilityState === "hidden")) {
      throw new MicroRaidenError("no page is visible, and the policy pauses payments meanwhile", "page-hidden");
    }
    return this.#client;
  }

  #tell(event, type, detail) {
    event.waitUntil(this.#tellAll(event.resultingClientId, type, detail));
  }

  async #tellAll(next, type, detail) {
    const pages = await openPages();
    for (const page of pages) page.postMessage({ microraiden: type, detail });
    if (!next || pages.some(({ id }) => id === next)) return;
    this.#expected.set(next, [{ type, detail }]);
    const [oldest] = this.#expected.keys();
    if (this.#expected.size > MOST_EXPECTED) this.#expected.delete(oldest);
  }
}

export function payFor(options) {
  const { paths, connect, limits, key, maxFile = 2 ** 26 } = optionsOf(options, ["paths", "connect", "limits", "key", "maxFile"]);
  if (!Array.isArray(paths)) throw refused("paths", 'a list of paths, as in `["/paid/*"]`');
  optionsOf(connect, ["account", "contract", "rpc", "chainId", "confirmations", "maxFeePerGas"]);
  const isListed = listed(paths);
  const worker = new PayingWorker({ connect, limits, key, maxFile });
  self.addEventListener("install", () => self.skipWaiting());
  self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));
  self.addEventListener("message", (event) => event.waitUntil(worker.hear(event)));
  self.addEventListener("fetch", (event) => {
    const { method, url, destination } = event.request;
    // What scripts fetch themselves is theirs to pay: they may ask for a price, or pay already.
    if (method === "GET" && destination && isListed(url)) event.respondWith(worker.answer(event));
  });
}
