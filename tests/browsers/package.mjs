// The npm package in a tab, used directly instead of through the server's page.

export class Package {
  tab;
  #setting;
  #count = 0;

  static async in(tab, place, more = {}) {
    const { contract, receiver } = place.stack;
    const found = new Package();
    found.tab = tab;
    found.#setting = { contract, receiver, url: place.line.url, rpcUrl: place.node.url, ...more };
    await found.load();
    return found;
  }

  /** Loads its page, or loads it again. */
  async load() {
    await this.tab.open(`${this.#setting.url}/plain.html`);
    await this.tab.until("the package's page", () => typeof window.begin === "function");
  }

  /**
   * Begins `work({ library, client, contract, receiver, url, rpcUrl, argument })` in the page.
   * @returns {Promise<{ outcome: () => Promise<any> }>} its outcome: `{ value }`, or `{ error: { code, name,
   *   message, details } }`
   */
  async begin(work, argument) {
    const number = ++this.#count;
    const setting = write({ ...this.#setting, argument });
    const hand = (...values) => window.begin(...values.slice(0, 3));
    await this.tab.evaluate(hand, number, String(work), setting);
    const look = (wanted) => window.outcome(wanted);
    return {
      outcome: async () => read(await this.tab.until(`the end of ${work}`, look, number)),
    };
  }

  /** The outcome of such a work. */
  async run(work, argument) {
    const begun = await this.begin(work, argument);
    return begun.outcome();
  }

  /**
   * The same, for work that must not fail.
   * @returns {Promise<any>}
   */
  async value(work, argument) {
    return valueOf(await this.run(work, argument));
  }
}

/** The value of an outcome that must not be an error. */
export function valueOf({ value, error }) {
  if (error) {
    throw new Error(`The package answered ${error.code ?? error.name}: ${error.message}`);
  }
  return value;
}

function write(value) {
  return JSON.stringify(value, (_, field) => (typeof field === "bigint" ? { bigint: String(field) } : field));
}

/** The value of a text as pages/plain.js writes it, with what JSON lacks. */
function read(text) {
  const revive = (value) => {
    if (typeof value !== "object" || value === null) {
      return value;
    }
    if (Array.isArray(value)) {
      return value.map(revive);
    }
    if (value.nothing) {
      return undefined;
    }
    const fields = Object.entries(value).map(([name, field]) => [name, revive(field)]);
    return value.bigint ? BigInt(value.bigint) : Object.fromEntries(fields);
  };
  return revive(JSON.parse(text));
}
