// Metered streams (`microraiden/stream`): answers that are paid for while they are read. docs/streams.md says what goes
// over the wire. Every payment is one of `payingFetch`, with its limits, policy, ledger and retries.
import { MicroRaidenError, optionsOf, refused, tag } from "./module.js";

const LIMITS = ["maxPrice", "deposit", "topUp", "receiver", "origins", "priceAge", "timeout", "onPaymentRequired"];
const OPTIONS = [...LIMITS, "maxTotal", "onInterval"];

/** Digits of a header; `undefined`: there are none. */
const digits = (text) => (/^[0-9]{1,60}$/.test(text ?? "") ? text : undefined);

/** What a metered answer says of itself; `undefined`: it is an ordinary one. */
export function streamTerms(response) {
  const header = (name) => response.headers.get(name);
  const price = digits(header("RDN-Price"));
  const interval = Number(digits(header("RDN-Stream-Interval")) ?? 0);
  const place = header("RDN-Stream");
  if (!response.ok || !place || price === undefined || !(interval > 0 && interval <= 86_400)) return undefined;
  const meter = new URL(place, response.url);
  // Whoever was paid first is paid on.
  if (meter.origin !== new URL(response.url).origin) return undefined;
  return { meter: meter.href, price: BigInt(price), interval, paid: digits(header("RDN-Stream-Paid")) === "0" ? 0 : 1 };
}

/** Reads an answer, and pays for the next interval while this one is read. */
class Metered {
  #terms;
  #pay;
  #options;
  #reader;
  #total;
  /** Intervals paid for, the first one included. */
  #paid;
  /** Something was read since the last payment: silence is not paid for. */
  #fresh = false;
  /** When the next payment is due; not before something was read. */
  #due;
  #timer;
  #paying = false;
  /** The reader waits for more. */
  #wanted = false;
  /** Why nothing more is paid. */
  #failure;
  /** Ends the reading when what was paid for is over. */
  #over;
  #ended = false;

  constructor(response, terms, pay, options) {
    this.#terms = terms;
    this.#pay = pay;
    this.#options = options;
    this.#reader = response.body.getReader();
    this.#paid = terms.paid;
    this.#total = terms.price;
    if (this.#paid === 0) {
      this.#fresh = true;
      this.#due = performance.now();
    }
  }

  get #length() {
    return this.#terms.interval * 1000;
  }

  async pull(controller) {
    this.#wanted = true;
    const over = new Promise((_, reject) => {
      this.#over = reject;
    });
    this.#next();
    try {
      const { done, value } = await Promise.race([over, this.#reader.read()]);
      if (done) {
        this.#stop();
        controller.close();
        return;
      }
      this.#fresh = true;
      this.#due ??= performance.now() + this.#length / 2;
      controller.enqueue(value);
    } catch (error) {
      this.#stop();
      this.#reader.cancel(error).catch(() => {});
      throw error;
    } finally {
      this.#wanted = false;
      this.#over = undefined;
      clearTimeout(this.#timer);
    }
  }

  cancel(reason) {
    this.#stop();
    return this.#reader.cancel(reason);
  }

  #stop() {
    this.#ended = true;
    clearTimeout(this.#timer);
  }

  /** Waits for what is next, as long as the reader waits: a payment, or the end of what was paid for. */
  #next() {
    clearTimeout(this.#timer);
    if (!this.#wanted || this.#ended || this.#paying || this.#due === undefined) return;
    const at = this.#failure ? this.#due + this.#length / 2 : this.#due;
    const wait = at - performance.now();
    if (wait > 0) {
      this.#timer = setTimeout(() => this.#next(), Math.min(wait, 2 ** 31 - 1));
    } else if (this.#failure) {
      this.#over?.(this.#failure);
    } else if (this.#fresh) {
      this.#payMore();
    }
  }

  async #payMore() {
    const { meter, price } = this.#terms;
    const { maxTotal, onInterval } = this.#options;
    this.#paying = true;
    this.#fresh = false;
    const began = performance.now();
    try {
      const total = this.#total + price;
      if (total > maxTotal) {
        const message = `the stream would cost ${total} with its next interval, above the limit of ${maxTotal}`;
        throw new MicroRaidenError(message, "stream-limit", { total, limit: maxTotal });
      }
      const url = new URL(meter);
      url.searchParams.set("interval", String(this.#paid + 1));
      const answer = await this.#pay(url.href, { cache: "no-store", credentials: this.#options.credentials });
      await answer.body?.cancel();
      if (answer.ok) {
        this.#paid += 1;
        this.#total = total;
        const now = performance.now();
        this.#due = Math.max(this.#due + this.#length, now + this.#length / 2);
        onInterval?.({ interval: this.#paid, price, total });
      } else if (answer.status === 409) {
        // The receiver's clock is behind: the same payment again, later.
        this.#fresh = true;
        this.#due = began + this.#length / 2;
      } else if (answer.status === 410) {
        // What is left of the answer is read to its end.
        this.#due = undefined;
      } else {
        const message = `the stream's meter answered a payment by status ${answer.status}`;
        throw new MicroRaidenError(message, "payment-refused", { reason: "stream" });
      }
    } catch (error) {
      this.#failure = error;
    } finally {
      this.#paying = false;
      this.#next();
    }
  }
}

/** A function like `payingFetch`'s, whose metered answers are paid for while they are read. */
export function payingStream(client, options) {
  const { maxTotal, onInterval, ...limits } = optionsOf(options, OPTIONS);
  if (typeof maxTotal !== "bigint" || maxTotal < 0n) throw refused("maxTotal", "a bigint of at least 0");
  if (onInterval !== undefined && typeof onInterval !== "function") throw refused("onInterval", "a function");
  if (tag(client) !== "MicroRaiden") throw refused("client", "a MicroRaiden");
  const atMost = (price) => (limits.maxPrice === undefined || limits.maxPrice > price ? price : limits.maxPrice);
  const begin = client.payingFetch({ ...limits, maxPrice: atMost(maxTotal) });
  return async (input, init) => {
    const response = await begin(input, init);
    const terms = streamTerms(response);
    if (!terms || !response.body) return response;
    // What the first answer costs is what each interval costs.
    const pay = client.payingFetch({ ...limits, maxPrice: atMost(terms.price) });
    const credentials = init?.credentials ?? input?.credentials;
    const source = new Metered(response, terms, pay, { maxTotal, onInterval, credentials });
    // Nothing is read ahead: what is read, somebody waits for.
    const body = new ReadableStream(source, { highWaterMark: 0 });
    const { status, statusText, headers, url } = response;
    const metered = new Response(body, { status, statusText, headers });
    return Object.defineProperty(metered, "url", { value: url });
  };
}
