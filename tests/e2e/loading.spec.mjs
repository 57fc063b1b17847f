// When the package's module is loaded, and what happens when it can't be.
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

test("importing loads no module; calls that wait load it once, the others say that it is missing", async ({
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
  for (const source of ["url", "response", "bytes", "sync"]) {
    await page.goto(`${stack.url}/cm`);
    const address = await page.evaluate(
      async ([source, path]) => {
        const library = await import("/js/microraiden/index.js");
        const bytes = async () => (await fetch(`${path}?other`)).arrayBuffer();
        if (source === "url") await library.default(new URL(`${path}?other`, location.href));
        if (source === "response") await library.default(fetch(`${path}?other`));
        if (source === "bytes") await library.default(await bytes());
        if (source === "sync") library.initSync(await bytes());
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
      initSync(bytes);
    } catch (error) {
      ({ code } = error);
    }
    await loading;
    const key = LocalKey.create();
    initSync(bytes);
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
