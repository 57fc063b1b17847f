// The npm package, used directly in a page instead of through the paywall's own page.

export class Library {
  #page;
  #setting;

  /**
   * Connects in this page with the test's signer; a key in the browser is loaded, or made. With
   * `keep` all works share one client, else each connects anew.
   * @param {{ stack: any, wallet?: any, url?: string, rpcUrl?: string, keep?: boolean }} options
   */
  static async on(page, options) {
    const { stack, wallet, url, rpcUrl, keep = false } = options;
    const library = new Library();
    library.#page = page;
    library.#setting = {
      contract: stack.contract,
      receiver: stack.receiver,
      rpcUrl: rpcUrl ?? stack.rpcUrl,
      url: url ?? stack.url,
      injected: Boolean(wallet),
      keep,
    };
    return library;
  }

  /** The same on a page of the server that has no scripts of its own. */
  static async alone(page, options) {
    await page.goto(`${options.stack.url}/cm`);
    return Library.on(page, options);
  }

  get page() {
    return this.#page;
  }

  /**
   * The same with more for every work: values as `literal` takes them. Those of `rpcUrl`, `chainId`,
   * `maxFeePerGas`, `confirmations` and `key` (a local key's digits) are what it connects with.
   */
  with(more) {
    const library = new Library();
    library.#page = this.#page;
    library.#setting = { ...this.#setting, ...more };
    return library;
  }

  /**
   * Runs `work({ library, client, receiver, url, …, argument })` in the page; `argument` is a
   * value as `literal` takes it.
   * @returns `{ value }` or `{ error: { code, name, isError, message, details } }`
   */
  run(work, argument) {
    // Functions travel as one expression: the page's own policy allows no evaluation inside of it.
    return this.#page.evaluate(
      `(${runInPage})(${literal(this.#setting)}, ${work}, ${literal(argument)})`,
    );
  }

  /**
   * The same, for work that must not fail.
   * @returns {Promise<any>}
   */
  async value(work, argument) {
    const { value, error } = await this.run(work, argument);
    if (error) {
      throw new Error(`The library answered ${error.code ?? error.name}: ${error.message}`);
    }
    return value;
  }

  /** The same, for work that the end of its page interrupts. */
  begin(work, argument) {
    this.run(work, argument).catch(() => {});
  }
}

/** The source of a value: what JSON takes, bigints and undefined, in lists and plain objects. */
function literal(value) {
  if (typeof value === "bigint") {
    return `${value}n`;
  }
  if (Array.isArray(value)) {
    return `[${value.map(literal).join()}]`;
  }
  if (typeof value === "object" && value !== null) {
    const fields = Object.entries(value).map(([k, v]) => `${JSON.stringify(k)}:${literal(v)}`);
    return `{${fields.join()}}`;
  }
  return String(JSON.stringify(value));
}

async function runInPage(setting, work, argument) {
  const library = await import("/js/microraiden/index.js");
  await library.default();
  const { LocalKey, MicroRaiden, Wallets } = library;
  const { contract, rpcUrl, chainId, maxFeePerGas, confirmations, injected, key, keep } = setting;
  try {
    const client = keep ? await (globalThis.keptClient ??= connect()) : await connect();
    return { value: await work({ library, client, ...setting, argument }) };
  } catch (error) {
    const { code, name, message, details } = error ?? {};
    return { error: { code, name, message, details, isError: error instanceof Error } };
  }

  async function connect() {
    const wallet = await signer();
    return MicroRaiden.connect({ wallet, contract, rpc: rpcUrl, chainId, maxFeePerGas, confirmations });
  }

  async function signer() {
    if (key) return LocalKey.fromHex(key);
    if (injected) return (await Wallets.discover())[0];
    return (await LocalKey.load()) ?? (await saved(LocalKey.create()));
  }

  async function saved(key) {
    await key.save();
    return key;
  }
}
