// The npm package in a module worker.

/**
 * The source of a worker for a server's pages. It loads the package, takes a first message
 * `{ port }` with a port to the page's storage or none, says `{ ready: true }` or
 * `{ ready: false, reason }`, and answers messages `{ id, work, setting, argument }` by
 * `{ id, value }` or `{ id, error }`, where `work` is the source of a function of
 * `{ library, ...setting, argument }`.
 */
export const workerSource = (origin) => `
const { promise: storage, resolve: share } = Promise.withResolvers();
const loaded = (async () => {
  const library = await import("${origin}/js/microraiden/index.js");
  await library.default();
  const port = await storage;
  if (port) {
    await library.useStorage(port);
  }
  return library;
})();
const describe = ({ code, name, message, details }, isError) =>
  ({ code, name, message, details, isError });

addEventListener("message", async ({ data: { id, work, setting, argument, port } }) => {
  if (id === undefined) {
    share(port);
    return;
  }
  try {
    const library = await loaded;
    const value = await (0, eval)("(" + work + ")")({ library, ...setting, argument });
    postMessage({ id, value });
  } catch (error) {
    postMessage({ id, error: describe(error ?? {}, error instanceof Error) });
  }
});
loaded.then(
  () => postMessage({ ready: true }),
  (error) => postMessage({ ready: false, reason: String(error) }),
);
`;

/**
 * Starts a worker in a page of the paywall server that has no policy, which is `/cm`: the source
 * comes from a blob. (A worker whose script Playwright serves cannot fetch from the chain's node.)
 *
 * @param {import("@playwright/test").Page} page
 * @param {object} [setting] what every work gets: texts, numbers, bigints.
 * @param {object} [options]
 * @param {boolean} [options.storage] whether it shares the storage of the page.
 */
export async function startWorker(page, setting = {}, { storage = false } = {}) {
  const { origin } = new URL(page.url());
  const handle = await page.evaluateHandle(create, [workerSource(origin), storage]);
  return new TestWorker(page, handle, setting);
}

class TestWorker {
  #page;
  #handle;
  #setting;

  constructor(page, handle, setting) {
    this.#page = page;
    this.#handle = handle;
    this.#setting = setting;
  }

  /**
   * Runs `work({ library, ...setting, argument })` in the worker; `argument` and the value are what
   * Playwright can carry, bigints included.
   * @returns `{ value }` or `{ error: { code, name, isError, message, details } }`
   */
  run(work, argument) {
    const message = { work: String(work), setting: this.#setting, argument };
    return this.#page.evaluate(([worker, content]) => worker.ask(content), [this.#handle, message]);
  }

  /** The same, for work that must not fail. */
  async value(work, argument) {
    const { value, error } = await this.run(work, argument);
    if (error) {
      throw new Error(`The library answered ${error.code ?? error.name}: ${error.message}`);
    }
    return value;
  }

  /** Ends the worker, whatever it is doing; work that runs gets no answer. */
  async stop() {
    await this.#handle.evaluate((worker) => worker.stop());
  }
}

/** In the page: makes the worker and waits until the package is loaded in it. */
async function create([source, storage]) {
  const library = storage && (await import("/js/microraiden/index.js"));
  if (library) {
    await library.default();
  }
  const port = library ? library.shareStorage() : undefined;
  const url = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
  const worker = new Worker(url, { type: "module" });
  worker.postMessage({ port }, port ? [port] : []);
  const waiting = new Map();
  let lastId = 0;
  const ask = (content) => {
    lastId += 1;
    const id = lastId;
    const answered = new Promise((resolve) => waiting.set(id, resolve));
    worker.postMessage({ id, ...content });
    return answered;
  };
  return new Promise((resolve, reject) => {
    const fail = (reason) => reject(new Error(`The worker cannot start: ${reason}`));
    worker.addEventListener("error", ({ message }) => fail(message ?? "forbidden by a policy?"));
    worker.addEventListener("message", ({ data: { ready, reason, id, ...answer } }) => {
      if (ready) {
        resolve({ ask, stop: () => worker.terminate() });
      } else if (ready === false) {
        fail(reason);
      } else {
        waiting.get(id)(answer);
        waiting.delete(id);
      }
    });
  });
}
