// What the user allows this account to pay: the package's policy, the same in all tabs, and what counts against it today.
//
// The package checks it before anything is signed. Here it is read to be shown and changed, and so that a page does not
// begin by itself what would be refused.

/** The policy's day, in milliseconds; it begins at midnight UTC. */
export const DAY = 24 * 60 * 60 * 1000;

/** Where the package stores policies. */
const STORED = "microraiden:policy:";

/** Fires "change" whenever it reads something new. */
export class Budget extends EventTarget {
  #origin;
  #client;
  #turn = 0;
  /** The rules, as far as they are known. @type {import("../../index.js").Policy} */
  policy = {};
  /** Whether the stored rules can't be read, so that nothing is paid. */
  unreadable = false;
  /** What counts against the day's limit, in base units; undefined until it was read. @type {bigint | undefined} */
  used;

  /** @param {{ url: string }} config */
  constructor({ url }) {
    super();
    this.#origin = new URL(url).origin;
  }

  get stopped() {
    return this.policy.stopped === true;
  }

  /** Whether a storage event is about a policy. */
  static isAbout({ key }) {
    return key === null || key.startsWith(STORED);
  }

  /**
   * Reads the rules of a client; without one there are none.
   * @param {import("../../index.js").MicroRaiden | undefined} client
   */
  async read(client) {
    const turn = ++this.#turn;
    if (client !== this.#client) {
      this.#client = client;
      this.#take({ policy: {}, unreadable: false, used: undefined });
    }
    if (!client) {
      return;
    }
    const facts = await readAll(client, this.#origin);
    if (turn === this.#turn) {
      this.#take(facts);
    }
  }

  /**
   * Replaces some rules; those that this page does not show stay.
   * @param {import("../../index.js").Policy} rules
   */
  async change(rules) {
    const client = this.#client;
    const { policy } = await readPolicy(client);
    await client.setPolicy({ ...policy, ...rules });
    await this.read(client);
  }

  #take(facts) {
    const before = describe(this);
    Object.assign(this, facts);
    if (describe(this) !== before) {
      this.dispatchEvent(new Event("change"));
    }
  }
}

/**
 * Whether a price may be paid by the rules that need no question to the server.
 * @param {import("../../index.js").MicroRaiden} client
 */
export async function mayPay(client, url, price) {
  const { policy, unreadable, used } = await readAll(client, new URL(url).origin);
  const { stopped, maxPrice = price, dailyBudget } = policy;
  const left = dailyBudget === undefined ? price : dailyBudget - used;
  return !stopped && !unreadable && price <= maxPrice && price <= left;
}

async function readAll(client, origin) {
  const [read, used] = await Promise.all([readPolicy(client), usedToday(client, origin)]);
  return { ...read, used };
}

async function readPolicy(client) {
  try {
    return { policy: await client.policy(), unreadable: false };
  } catch {
    return { policy: {}, unreadable: true };
  }
}

/** As the package counts it: each payment by how much it raised the most that its channel can cost. */
async function usedToday(client, origin) {
  // An unreadable list fails when something is paid.
  /** @type {import("../../index.js").LedgerEntry[]} */
  const payments = await client.ledger().catch(() => []);
  const today = dayOf(Date.now());
  /** @type {Map<string, bigint>} */
  const highest = new Map();
  let used = 0n;
  for (const { time, url, receiver, openBlock, amount, balance } of payments) {
    const channel = `${receiver} ${openBlock}`;
    const before = highest.get(channel) ?? balance - amount;
    const raised = balance > before ? balance - before : 0n;
    highest.set(channel, before + raised);
    if (dayOf(time) === today && originOf(url) === origin) {
      used += raised;
    }
  }
  return used;
}

function dayOf(time) {
  return Math.floor(time / DAY);
}

/** What was signed by hand counts for the page. */
function originOf(url) {
  return url === "" ? location.origin : new URL(url).origin;
}

function describe({ policy, unreadable, used }) {
  return JSON.stringify([policy, unreadable, used], (_, value) => (typeof value === "bigint" ? `${value}n` : value));
}
