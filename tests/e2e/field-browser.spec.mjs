// What browsers and pages do that a clean one does not: each case is a row of docs/field-browser.md.
import { openings } from "./support/books.mjs";
import { core } from "./support/core.mjs";
import { Library } from "./support/library.mjs";
import { PRICE, Payer, expect, isPaid, test } from "./support/payer.mjs";
import { fill } from "./support/full-storage.mjs";
import { startWorker } from "./support/worker-page.mjs";

const FILE = "/doggo.jpg";
const MODULE = "/js/microraiden/dist/microraiden_bg.wasm";

const work = {
  topUp: async ({ client, argument }) => {
    const [channel] = await client.channels();
    await channel.topUp(argument);
    return channel.deposit;
  },
  close: async ({ client, argument: cooperative }) => {
    const [channel] = await client.channels();
    const closed = await channel.close({ cooperative });
    return { cooperative: closed.cooperative, state: channel.state };
  },
};

test("with storage full a channel is topped up", async ({ library, payer, page }) => {
  await payer.open();
  await payer.served(FILE);
  await fill(page);
  await payer.served(FILE);
  await fill(page);
  expect(await library.value(work.topUp, PRICE)).toBe(11n * PRICE);
});

for (const [how, cooperative, state] of [
  ["with the receiver", true, "settled"],
  ["alone", false, "closing"],
]) {
  test(`with storage full a channel is closed ${how}`, async ({ library, payer, page }) => {
    await payer.open();
    await payer.served(FILE);
    await fill(page);
    await payer.served(FILE);
    await fill(page);
    // Gateways are asked on the page's own origin.
    expect(await library.value(work.close, cooperative)).toEqual({ cooperative, state });
  });

  test(`with storage full and nothing reserved a channel is closed ${how}`, async ({
    library,
    payer,
    page,
  }) => {
    await payer.open();
    await payer.served(FILE);
    await page.evaluate(() => {
      const kept = Object.keys(localStorage).filter((name) => name.startsWith("microraiden:room:"));
      kept.forEach((name) => localStorage.removeItem(name));
    });
    await fill(page);
    // Its record may be out of date until there is room again; the chain is not.
    expect(await library.value(work.close, cooperative)).toMatchObject({ cooperative });
  });
}

test("where storage and Web Locks are blocked, the error speaks of storage", core, async ({ library, page }) => {
  await page.addInitScript(() => {
    const refuse = () => {
      throw new DOMException("Access is denied for this document.", "SecurityError");
    };
    Object.defineProperty(window, "localStorage", { get: refuse });
    LockManager.prototype.request = async () => refuse();
  });
  await page.reload();
  const { error } = await library.run(() => {});
  expect(error).toMatchObject({ code: "storage-unavailable" });
  expect(error.message).toContain("localStorage");
});

for (const [name, raise] of Object.entries({
  QuotaExceededError: () => new DOMException("full", "QuotaExceededError"),
  "the class of 2025": () => Object.assign(new Error("full"), { name: "QuotaExceededError", quota: null }),
  "Firefox's": () => Object.assign(new Error("full"), { name: "NS_ERROR_DOM_QUOTA_REACHED", code: 1014 }),
  "an old name": () => Object.assign(new Error("full"), { name: "QUOTA_EXCEEDED_ERR" }),
  "code 22": () => Object.assign(new Error("full"), { name: "Error", code: 22 }),
})) {
  test(`a quota error by another name: ${name}`, async ({ payer, page }) => {
    await payer.open();
    await page.evaluate(`Storage.prototype.setItem = () => { throw (${raise})(); }`);
    expect(await payer.pay(FILE)).toMatchObject({ code: "storage-full" });
  });
}

test("an IndexedDB that never answers: payments go on, and a key's error is typed", async ({
  library,
  page,
  payer,
}) => {
  await payer.open();
  await page.addInitScript(() => {
    IDBFactory.prototype.open = () => /** @type {any} */ (new EventTarget());
  });
  await page.reload();
  const { code } = await page.evaluate(async () => {
    const { LocalKey, default: init } = await import("/js/microraiden/index.js");
    await init();
    return LocalKey.load().then(
      () => ({ code: undefined }),
      ({ code }) => ({ code }),
    );
  });
  expect(code).toBe("storage-unavailable");
  const key = `0x${"a7".repeat(32)}`;
  const seen = await library.with({ key }).value(async ({ client }) => (await client.policy()) && "there");
  expect(seen).toBe("there");
});

test("a lock is had although IndexedDB never answers", async ({ library, page, payer }) => {
  const key = await library.value(async ({ library: { LocalKey } }) => (await LocalKey.load()).toHex());
  await payer.open();
  await page.addInitScript(() => {
    IDBFactory.prototype.open = () => /** @type {any} */ (new EventTarget());
  });
  await page.reload();
  const status = await library.with({ key }).value(async ({ client, url, argument }) => {
    const { status } = await client.payingFetch({ maxPrice: argument, origins: [url] })(`${url}/doggo.jpg`);
    return status;
  }, PRICE);
  expect(status).toBe(200);
});

test("a worker whose page never answers is told so", async ({ library, page }) => {
  expect(library.page).toBe(page);
  const worker = await startWorker(page);
  const { error } = await worker.run(({ library: { useStorage } }) => useStorage(new MessageChannel().port1));
  expect(error).toMatchObject({ code: "storage-unavailable" });
  await worker.stop();
});

test("a page that wraps fetch and returns look-alike responses", core, async ({ payer, page }) => {
  await payer.open();
  await page.evaluate(() => {
    const real = window.fetch;
    window.fetch = /** @type {any} */ (
      async (...values) => {
        const response = await real(.../** @type {[any]} */ (values));
        const { status, ok, headers, url, type, redirected } = response;
        const text = () => response.text();
        return { status, ok, headers, url, type, redirected, text };
      }
    );
  });
  await payer.served(FILE);
  await payer.expectPaid(PRICE);
});

for (const type of ["application/wasm; charset=utf-8", "application/octet-stream", undefined]) {
  test(`the module served as ${type ?? "nothing"}`, async ({ library, page }) => {
    await page.route(`**${MODULE}`, async (route) => {
      const body = await (await route.fetch()).body();
      await route.fulfill({ body, headers: type ? { "Content-Type": type } : {} });
    });
    await page.reload();
    expect(await library.value(({ client }) => client.sender)).toMatch(/^0x/);
  });
}

for (const [name, spoil] of Object.entries({
  "of another version": (body) => {
    const other = Buffer.from(body);
    const name = "microraiden-version";
    other.write("9", other.lastIndexOf(name) + name.length);
    return other;
  },
  "that is cut short": (body) => body.subarray(0, body.length >> 1),
  "without a version": () => Buffer.from([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]),
})) {
  test(`a cache has a module ${name}: fetched anew once`, async ({ library, page }) => {
    let asked = 0;
    await page.route(`**${MODULE}`, async (route) => {
      asked += 1;
      const body = await (await route.fetch()).body();
      const old = asked === 1 ? spoil(body) : body;
      await route.fulfill({ body: old, contentType: "application/wasm" });
    });
    await page.reload();
    expect(await library.value(({ client }) => client.sender)).toMatch(/^0x/);
    expect(asked).toBe(2);
  });

  test(`a server has a module ${name}: never used`, async ({ page, library }) => {
    expect(library.page).toBe(page);
    let asked = 0;
    await page.route(`**${MODULE}`, async (route) => {
      asked += 1;
      const body = await (await route.fetch()).body();
      await route.fulfill({ body: spoil(body), contentType: "application/wasm" });
    });
    await page.reload();
    const error = await page.evaluate(async () => {
      const { LocalKey } = await import("/js/microraiden/index.js");
      return LocalKey.load().catch(({ code }) => ({ code }));
    });
    expect(error).toEqual({ code: "not-loaded" });
    expect(asked).toBe(2);
  });
}

test("session cookies of the original page do not go with a payment, the site's own does", core, async ({
  page,
  stack,
  wallet,
  line,
  library,
}) => {
  expect(library.page).toBe(page);
  const local = await Library.alone(page, { stack: { ...stack, url: line.url }, wallet });
  await stack.sendTokens(await local.value(({ client }) => client.sender), 10n * PRICE);
  await stack.setEther(await local.value(({ client }) => client.sender), 10n ** 18n);
  await page.evaluate(() => {
    document.cookie = "session=mine; path=/";
    for (const name of ["Sender-Address", "Open-Block", "Sender-Balance", "Balance-Signature"]) {
      document.cookie = `RDN-${name}=old; path=/`;
    }
    document.cookie = "RDN-Open-Block=older; path=/doggo.jpg";
  });
  const status = await local.value(async ({ client, url, argument: maxPrice }) => {
    const pay = client.payingFetch({ maxPrice, deposit: 2n * maxPrice });
    return (await pay(`${url}/doggo.jpg`)).status;
  }, PRICE);
  expect(status).toBe(200);
  const paid = line.seen.filter(isPaid);
  expect(paid.map(({ headers }) => headers.cookie)).toEqual(paid.map(() => "session=mine"));
});

const left = ["Sender-Address", "Open-Block", "Sender-Balance", "Balance-Signature"];

test("a worker's payments go without such cookies, too", async ({ stack, line, page, library }) => {
  expect(library.page).toBe(page);
  await page.goto(`${line.url}/cm`);
  await page.evaluate((left) => {
    document.cookie = "session=mine; path=/";
    left.forEach((name) => (document.cookie = `RDN-${name}=old; path=/`));
  }, left);
  const { contract, rpcUrl } = stack;
  const worker = await startWorker(page, { contract, rpcUrl, url: line.url }, { storage: true });
  const connect = async ({ library: { LocalKey, MicroRaiden }, contract, rpcUrl }) => {
    globalThis.client = await MicroRaiden.connect({ wallet: LocalKey.create(), contract, rpc: rpcUrl });
    return globalThis.client.sender;
  };
  const sender = await worker.value(connect);
  await stack.sendTokens(sender, 10n * PRICE);
  await stack.setEther(sender, 10n ** 18n);
  const status = await worker.value(async ({ url, argument: maxPrice }) => {
    const pay = globalThis.client.fetch({ maxPrice, deposit: 2n * maxPrice });
    return (await pay(`${url}/doggo.jpg`)).status;
  }, PRICE);
  expect(status).toBe(200);
  const paid = line.seen.filter(isPaid);
  expect(paid.map(({ headers }) => headers.cookie)).toEqual(["session=mine"]);
  await worker.stop();
});

test("cookies that scripts can't remove do not spoil a payment at this package's server", async ({
  page,
  context,
  stack,
  wallet,
  line,
  library,
}) => {
  expect(library.page).toBe(page);
  const local = await Library.alone(page, { stack: { ...stack, url: line.url }, wallet });
  const payer = new Payer(local, stack, line.url);
  const sender = await local.value(({ client }) => client.sender);
  await stack.sendTokens(sender, 10n * PRICE);
  await stack.setEther(sender, 10n ** 18n);
  // Of a channel that is no more.
  const values = [`0x${"11".repeat(20)}`, "1", "1", `0x${"11".repeat(64)}1b`];
  const url = line.url;
  const old = values.map((value, at) => ({ name: `RDN-${left[at]}`, value, url, httpOnly: true }));
  await context.addCookies(old);
  await payer.served(FILE);
  const [{ headers }] = line.seen.filter(isPaid);
  expect(headers.cookie).toContain("RDN-Open-Block=1");
});

test("addresses are written in lower case", async ({ payer, line, library, page }) => {
  await payer.open();
  await payer.served(FILE);
  const [{ headers }] = line.seen.filter(isPaid);
  expect(headers["rdn-sender-address"]).toMatch(/^0x[0-9a-f]{40}$/);
  const asked = page.waitForRequest((request) => request.method() === "DELETE");
  await library.value(work.close, true);
  expect((await asked).url()).toMatch(/\/channels\/0x[0-9a-f]{40}\/\d+$/);
});

test("names that another tab changed are read anew under its lock", async ({
  context,
  library,
  stack,
  wallet,
  page,
}) => {
  await page.addInitScript(() => {
    // The event is still under way.
    addEventListener("storage", (event) => event.stopImmediatePropagation(), true);
  });
  await page.reload();
  const pay = async ({ client, url, argument: maxPrice }) => {
    const pay = client.payingFetch({ maxPrice, deposit: 5n * maxPrice });
    return (await pay(`${url}/doggo.jpg`)).status;
  };
  const kept = library.with({ keep: true });
  const count = await kept.value(async ({ client }) => {
    for (let i = 0; i < 40; i++) localStorage.setItem(`filler${i}`, "");
    await client.channels();
    return localStorage.length;
  });
  const other = await Library.alone(await context.newPage(), { stack, wallet });
  const sender = await other.value(({ client }) => client.sender);
  expect(await other.value(pay, PRICE)).toBe(200);
  await other.value(async ({ argument }) => {
    await new Promise((done) => setTimeout(done, 500));
    for (let i = 0; localStorage.length > argument; i++) localStorage.removeItem(`filler${i}`);
  }, count);
  await expect.poll(() => page.evaluate(() => localStorage.length)).toBe(count);
  expect(await kept.value(pay, PRICE)).toBe(200);
  expect(await openings(stack, sender)).toBe(1);
});
