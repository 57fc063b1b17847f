// Paying by the package's fetch past a line that may break, or to a server that may lie.
import { BrokenLine } from "./broken-line.mjs";
import { PRICE, expect, test as base } from "./fixtures.mjs";
import { ScriptedServer, demand } from "./hostile-server.mjs";

export { PRICE, expect };

/** The deposit of a channel that a payment opens, if a test says nothing else. */
export const DEPOSIT = 10n * PRICE;

/** @type {import("../../types/fixtures.d.ts").PayingTest} */
export const test = base.extend({
  /** In front of the paywall server. */
  line: async ({ stack }, use) => {
    const line = await BrokenLine.to(stack.url);
    await use(line);
    await line.stop();
  },

  /** Pays through the line. */
  payer: async ({ library, stack, line }, use) => {
    await use(new Payer(library, stack, line.url));
  },

  /** Asks for the price; a test says how payments are answered, as in `charge`. */
  server: async ({ stack }, use) => {
    const server = await ScriptedServer.start(() => ask(stack));
    await use(server);
    await server.stop();
  },

  /** Pays to that server. */
  victim: async ({ library, stack, server }, use) => {
    await use(new Payer(library, stack, server.url));
  },
});

export class Payer {
  #library;
  #stack;
  #url;

  constructor(library, stack, url) {
    this.#library = library;
    this.#stack = stack;
    this.#url = url;
  }

  /** Opens a channel, and waits until the paywall's receiver knows it. */
  async open(deposit = DEPOSIT) {
    const work = ({ client, receiver, argument }) =>
      client.open({ receiver, deposit: argument }).then(({ openBlock }) => openBlock);
    const openBlock = await this.#library.value(work, deposit);
    await expect.poll(() => this.#asked(openBlock).then(({ status }) => status)).toBe(200);
  }

  /**
   * Fetches once. An error is no failure of the test.
   * @returns `{ status, body }` or `{ code, details }`, and the progress as `events`.
   */
  pay(path, options = {}, init = undefined) {
    return this.#fetch(path, options, { init });
  }

  /** Fetches, and gives up at the progress that has these fields. */
  payUntil(path, fields) {
    return this.#fetch(path, {}, { until: fields });
  }

  /** Calls what the page calls its `giveUp`, and waits until it was noticed. */
  giveUp() {
    return this.#library.page.evaluate(() => {
      window.giveUp();
      return new Promise((resolve) => setTimeout(resolve));
    });
  }

  /** Sends this text as a `ReadableStream`. */
  payWithStream(path, text) {
    const init = { method: "POST", duplex: "half" };
    return this.#fetch(path, {}, { init, streamed: text });
  }

  /** Fetches while this property of the window is forbidden, until the page is loaded again. */
  payWithout(path, property) {
    return this.#fetch(path, {}, { property });
  }

  #fetch(path, options, how) {
    const input = this.#url + path;
    const limits = { maxPrice: PRICE, deposit: DEPOSIT, ...options };
    return this.#library.with({ input, limits, ...how }).value(fetchInPage);
  }

  /** The same, for a payment that has to succeed. */
  async served(path, options) {
    const paid = await this.pay(path, options);
    expect(paid).toMatchObject({ status: 200 });
    return paid;
  }

  /** All stored channels. */
  channels() {
    return this.#library.value(async ({ client }) =>
      (await client.channels()).map((channel) => {
        const { openBlock, state, deposit, balance, exposure, pending } = channel;
        return { openBlock, state, deposit, balance, exposure, pending: pending?.balance };
      }),
    );
  }

  /** The only stored channel. */
  async channel() {
    const channels = await this.channels();
    expect(channels).toHaveLength(1);
    return channels[0];
  }

  ledger() {
    return this.#library.value(({ client }) => client.ledger());
  }

  policy() {
    return this.#library.value(({ client }) => client.policy());
  }

  /** The names of the texts that were set aside. */
  setAside() {
    return this.#library.value(({ client }) => client.setAside());
  }

  /** How the payments ended, oldest first. */
  async outcomes() {
    return (await this.ledger()).map(({ outcome }) => outcome);
  }

  /** The balance in the only channel that the paywall's receiver counts. */
  async counted() {
    const { openBlock } = await this.channel();
    const { body } = await this.#asked(openBlock);
    // JSON's numbers are too small for it.
    return BigInt(/"balance":(\d+)/.exec(body)[1]);
  }

  /** What the paywall's receiver tells of a channel. */
  async #asked(openBlock) {
    const sender = await this.#library.value(({ client }) => client.sender);
    const answer = await this.#stack.askReceiver(`channels/${sender}/${openBlock}`);
    return { status: answer.status, body: await answer.text() };
  }

  /** Expects sender, receiver and ledger to agree that this was paid, and nothing to be open. */
  async expectPaid(amount) {
    const { balance, exposure, pending } = await this.channel();
    expect({ balance, exposure, pending }).toEqual({ balance: amount, exposure: amount });
    expect(await this.counted()).toBe(amount);
    expect(sumOf(await this.ledger())).toBe(amount);
  }
}

/** What the list of payments adds up to. */
export function sumOf(ledger) {
  const sign = { paid: 1n, taken: 1n, uncounted: -1n };
  return ledger.reduce((sum, { outcome, amount }) => sum + (sign[outcome] ?? 0n) * amount, 0n);
}

/** Matches requests that carry a payment. */
export function isPaid({ headers }) {
  return headers["rdn-balance-signature"] !== undefined;
}

/** The proofs in these requests, each once. */
export function proofsIn(requests) {
  const texts = requests
    .filter(isPaid)
    .map(({ headers }) => `${headers["rdn-balance"]} ${headers["rdn-balance-signature"]}`);
  return [...new Set(texts)].map((text) => {
    const [balance, signature] = text.split(" ");
    return { balance: BigInt(balance), signature };
  });
}

/** A server's 402, by default for the paywall's receiver; `values` are those of `demand`. */
export function ask({ contract, receiver, token }, values = {}) {
  const headers = demand({ contract, receiver, token, price: PRICE, ...values });
  return { status: 402, headers };
}

/**
 * Answers for a ScriptedServer: asks first, for `values`; `answer(proof, count)` answers what
 * carries a payment, where `count` is how many there were.
 */
export function charge(stack, answer, values = {}) {
  let count = 0;
  return (asked) => {
    if (!isPaid(asked)) {
      return ask(stack, values);
    }
    count += 1;
    return answer(proofsIn([asked])[0], count);
  };
}

async function fetchInPage({ client, input, limits, init, until, streamed, property }) {
  if (property) {
    const get = () => {
      throw new DOMException("Access is denied for this document.", "SecurityError");
    };
    Object.defineProperty(window, property, { get });
  }
  const events = [];
  const giveUp = new AbortController();
  const onProgress = (event) => {
    events.push(event);
    if (until && Object.keys(until).every((name) => event[name] === until[name])) {
      giveUp.abort();
    }
  };
  const body = streamed && { body: new Blob([streamed]).stream() };
  try {
    const pay = client.payingFetch({ ...limits, onProgress, signal: giveUp.signal });
    const response = await pay(input, body ? { ...init, ...body } : init);
    return { status: response.status, body: (await response.text()).slice(0, 100), events };
  } catch ({ code, message, details }) {
    return { code, message, details, events };
  }
}
