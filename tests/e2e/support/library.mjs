// The npm package, used directly in a page instead of through the paywall's own page.

export class Library {
  #page;
  #setting;

  /** Connects in this page with the test's signer; a key in the browser is loaded, or made. */
  static async on(page, { stack, wallet }) {
    const library = new Library();
    library.#page = page;
    library.#setting = {
      contract: stack.contract,
      receiver: stack.receiver,
      rpcUrl: stack.rpcUrl,
      url: stack.url,
      injected: Boolean(wallet),
    };
    return library;
  }

  /** The same on a page of the server that has no scripts of its own. */
  static async alone(page, { stack, wallet }) {
    await page.goto(`${stack.url}/cm`);
    return Library.on(page, { stack, wallet });
  }

  /**
   * Runs `work({ library, client, receiver, url, …, argument })` in the page; `argument` is a
   * bigint or undefined.
   * @returns `{ value }` or `{ error: { code, name, isError, message, details } }`
   */
  run(work, argument) {
    // Functions travel as one expression: the page's own policy allows no evaluation inside of it.
    const literal = argument === undefined ? "undefined" : `${argument}n`;
    return this.#page.evaluate(
      `(${runInPage})(${JSON.stringify(this.#setting)}, ${work}, ${literal})`,
    );
  }

  /** The same, for work that must not fail. */
  async value(work, argument) {
    const { value, error } = await this.run(work, argument);
    if (error) {
      throw new Error(`The library answered ${error.code ?? error.name}: ${error.message}`);
    }
    return value;
  }
}

async function runInPage(setting, work, argument) {
  const library = await import("/js/microraiden/index.js");
  await library.default();
  const { LocalKey, MicroRaiden, Wallets } = library;
  const { contract, rpcUrl, injected } = setting;
  try {
    const wallet = injected
      ? (await Wallets.discover())[0]
      : ((await LocalKey.load()) ?? (await saved(LocalKey.create())));
    const client = await MicroRaiden.connect({ wallet, contract, rpcUrl });
    return { value: await work({ library, client, ...setting, argument }) };
  } catch (error) {
    const { code, name, message, details } = error ?? {};
    return { error: { code, name, message, details, isError: error instanceof Error } };
  }

  async function saved(key) {
    await key.save();
    return key;
  }
}
