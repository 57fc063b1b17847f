// When the package's module is loaded, and what happens when it can't be.
import { core } from "./support/core.mjs";
import { DEPOSIT, expect, test } from "./support/payer.mjs";

const MODULE = "/js/microraiden/dist/microraiden_bg.wasm";

/** How often the page has asked for the module. */
const asked = (page) =>
  page.evaluate(
    (path) => performance.getEntriesByType("resource").filter(({ name }) => name.endsWith(path)).length,
    MODULE,
  );

/** Answers requests for the module by `change`, until the returned function is called. */
async function tamper(page, change) {
  const url = `**${MODULE}`;
  await page.route(url, change);
  return () => page.unroute(url);
}

test("importing loads no module; calls that wait load it once, the others say that it is missing", core, async ({
  page,
  stack,
}) => {
  await page.goto(`${stack.url}/cm`);
  const missing = await page.evaluate(async () => {
    const library = (globalThis.library = await import("/js/microraiden/index.js"));
    const address = "0x" + "12".repeat(20);
    /** @type {any} */
    const message = { contract: address, receiver: address, openBlock: 1, balance: 1n };
    return [
      () => library.LocalKey.create(),
      () => library.LocalKey.fromHex("0x" + "a7".repeat(32)),
      () => library.InjectedWallet.from({ request() {} }),
      () => library.shareStorage(),
      () => library.recoverBalanceProof(message, "0x"),
    ].map((call) => {
      try {
        return call();
      } catch ({ name, code }) {
        return { name, code };
      }
    });
  });
  expect(missing).toEqual(Array(5).fill({ name: "MicroRaidenError", code: "not-loaded" }));
  expect(await asked(page)).toBe(0);
  const found = await page.evaluate(async () => {
    const { LocalKey, Wallets, recoverBalanceProof, default: init } = globalThis.library;
    const [key] = await Promise.all([LocalKey.load("none"), Wallets.discover(), init(), init()]);
    const own = LocalKey.fromHex("0x" + "a7".repeat(32));
    const address = "0x" + "12".repeat(20);
    /** @type {any} */
    const message = { contract: address, receiver: address, openBlock: 1, balance: 1n };
    const { signature } = own.signBalanceProof(message);
    return { key, same: recoverBalanceProof(message, signature) === own.address };
  });
  expect(found).toEqual({ key: undefined, same: true });
  expect(await asked(page)).toBe(1);
});

test("the module may come from elsewhere, or as bytes", async ({ page, stack }) => {
  for (const source of ["url", "text", "response", "bytes", "view", "module", "sync"]) {
    await page.goto(`${stack.url}/cm`);
    const address = await page.evaluate(
      async ([source, path]) => {
        const library = await import("/js/microraiden/index.js");
        const bytes = async () => (await fetch(`${path}?other`)).arrayBuffer();
        if (source === "url") await library.default({ wasm: new URL(`${path}?other`, location.href) });
        if (source === "text") await library.default({ wasm: `${path}?other` });
        if (source === "response") await library.default({ wasm: fetch(`${path}?other`) });
        if (source === "bytes") await library.default({ wasm: await bytes() });
        if (source === "view") await library.default({ wasm: new Uint8Array(await bytes()) });
        if (source === "module") await library.default({ wasm: await WebAssembly.compile(await bytes()) });
        if (source === "sync") library.initSync({ wasm: await bytes() });
        return (await library.LocalKey.load("none")) ?? library.LocalKey.create().address;
      },
      [source, MODULE],
    );
    expect(address, source).toMatch(/^0x[0-9a-fA-F]{40}$/);
    expect(await asked(page), source).toBe(0);
  }
});

test("one module, however it is asked for", async ({ page, stack }) => {
  await page.goto(`${stack.url}/cm`);
  const outcome = await page.evaluate(async (path) => {
    const { default: init, initSync, LocalKey } = await import("/js/microraiden/index.js");
    const bytes = await (await fetch(path)).arrayBuffer();
    const loading = init();
    let code;
    try {
      initSync({ wasm: bytes });
    } catch (error) {
      ({ code } = error);
    }
    await loading;
    const key = LocalKey.create();
    initSync({ wasm: bytes });
    return { code, same: LocalKey.fromHex(key.toHex()).address === key.address };
  }, MODULE);
  expect(outcome).toEqual({ code: "not-loaded", same: true });
});

for (const [name, change] of Object.entries({
  "that can't be reached": (route) => route.abort(),
  "that the server does not find": (route) => route.fulfill({ status: 404, body: "nothing here" }),
})) {
  test(`a module ${name} fails the call, and the next call tries again`, async ({ library, payer }) => {
    const mend = await tamper(library.page, change);
    await library.page.reload();
    const error = await library.page.evaluate(async () => {
      const { LocalKey } = await import("/js/microraiden/index.js");
      return LocalKey.load().catch(({ name, code, cause }) => ({ name, code, cause: Boolean(cause) }));
    });
    expect(error).toEqual({ name: "MicroRaidenError", code: "not-loaded", cause: true });
    await mend();
    await payer.open(DEPOSIT);
    await payer.served("/doggo.jpg");
  });
}

test("a server that does not know the module's type serves it all the same", async ({ library, payer }) => {
  await tamper(library.page, async (route) => {
    const response = await route.fetch();
    await route.fulfill({ body: await response.body(), contentType: "application/octet-stream" });
  });
  await library.page.reload();
  await payer.open();
  await payer.served("/doggo.jpg");
});

test("what is no module is refused by name, and so is another option", async ({ page, stack }) => {
  await page.goto(`${stack.url}/cm`);
  const refused = await page.evaluate(async () => {
    /** @type {any} */
    const library = await import("/js/microraiden/index.js");
    const url = new URL("/js/microraiden/dist/microraiden_bg.wasm", location.href);
    const options = [url, fetch(url), null, 5, "text", { module_or_path: url }, { wasm: null }, { wasm: 5 }, { wasm: {} }];
    const answers = options.map((option) => library.default(option).then(() => "loaded", ({ code }) => code));
    return Promise.all(answers);
  });
  expect(refused).toEqual(Array(9).fill("invalid-argument"));
});

test("where `init` was told to look is where the next call looks", async ({ page, stack }) => {
  await page.goto(`${stack.url}/cm`);
  const url = await page.evaluate(async () => {
    const { default: init, LocalKey } = await import("/js/microraiden/index.js");
    await init({ wasm: "/nowhere.wasm" }).catch(() => {});
    return LocalKey.load("none").catch(({ details }) => details.url);
  });
  expect(url).toBe(`${stack.url}/nowhere.wasm`);
});

const HTML = "<!DOCTYPE html><title>the app</title>";
const typed = (type, body, status = 200) => (route) => route.fulfill({ status, body, contentType: type });

/** @type {Record<string, any[]>} */
const failures = {
  HTML: [typed("text/html", HTML), { status: 200, firstBytes: "<!DOCTYPE html><" }, /HTML.*optimizeDeps/],
  "HTML called a module": [
    typed("application/wasm", HTML),
    { status: 200, firstBytes: "<!DOCTYPE html><" },
    /HTML/,
  ],
  "HTML of status 404": [
    typed("text/html", "\n<p>no", 404),
    { status: 404, firstBytes: "\\x0a<p>no" },
    /HTML/,
  ],
  "another file": [
    typed("text/plain", "a\\b"),
    { status: 200, firstBytes: "a\\x5cb" },
    /not there.*inline/,
  ],
  nothing: [typed("application/wasm", ""), { status: 200, firstBytes: "" }, /not there/],
  "an error": [typed("text/plain", "no", 503), { status: 503, firstBytes: "no" }, /not there/],
  "no answer": [(route) => route.abort(), {}, /offline/],
};

test("a failure names what came and what to do", core, async ({ page, stack }) => {
  const url = `${stack.url}${MODULE}`;
  for (const [name, [change, details, advice]] of Object.entries(failures)) {
    const mend = await tamper(page, change);
    await page.goto(`${stack.url}/cm`);
    const error = await failure(page);
    expect(error.details, name).toEqual({ url, ...details, hint: expect.stringMatching(advice) });
    for (const part of [url, error.details.hint, details.firstBytes ?? "", "nothing was signed"]) {
      expect(error.message, name).toContain(part);
    }
    await mend();
  }
});

test("a failure names a module of another version", async ({ page, stack }) => {
  await tamper(page, async (route) => {
    const body = await (await route.fetch()).body();
    const section = "microraiden-version";
    body.write("9", body.lastIndexOf(section) + section.length);
    await route.fulfill({ body, contentType: "application/wasm" });
  });
  await page.goto(`${stack.url}/cm`);
  const { details, message } = await failure(page);
  expect(details).toMatchObject({ status: 200, firstBytes: expect.stringMatching(/^\\x00asm/) });
  expect(message).toMatch(/of another release/);
});

for (const [name, policy, title] of /** @type {[string, string, string | RegExp][]} */ ([
  ["without 'wasm-unsafe-eval'", "script-src 'self'", /nothing was signed.*'wasm-unsafe-eval' in script-src/],
  ["with it", "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'", "loaded"],
])) {
  test(`under a Content-Security-Policy ${name}`, core, async ({ page, stack }) => {
    await page.route("**/empty.html", (route) =>
      route.fulfill({
        body: `<!DOCTYPE html><script type="module" src="/try.js"></script><title>…</title>`,
        headers: { "Content-Type": "text/html", "Content-Security-Policy": policy },
      }),
    );
    const script = `import { LocalKey } from "/js/microraiden/index.js";
      LocalKey.load("none").then(() => "loaded", ({ message }) => message).then((text) => { document.title = text; });`;
    await page.route("**/try.js", (route) => route.fulfill({ body: script, contentType: "text/javascript" }));
    await page.goto(`${stack.url}/empty.html`);
    await expect(page).toHaveTitle(title);
  });
}

/** What a call that loads the module fails with, in a page without scripts. */
function failure(page) {
  return page.evaluate(async () => {
    const { MicroRaidenError, LocalKey } = await import("/js/microraiden/index.js");
    const error = await LocalKey.load("none").catch((error) => error);
    if (!(error instanceof MicroRaidenError)) throw error;
    return { code: error.code, message: error.message, details: error.details };
  });
}
