// A store that the program gives instead of localStorage and Web Locks: it is paid from, and what it does wrong is told.
import { core } from "./support/core.mjs";
import { PRICE, expect, test } from "./support/fixtures.mjs";

test.beforeEach(async ({ page }) => {
  await page.addInitScript(() => {
    /** Texts in memory; its locks are the browser's. Notes what is stored without a lock. */
    window.memory = () => {
      const texts = new Map();
      const store = {
        texts,
        held: 0,
        unlocked: [],
        get: async (name) => texts.get(name),
        set: async (name, text) => {
          if (store.held === 0) store.unlocked.push(name);
          texts.set(name, text);
        },
        remove: async (name) => void texts.delete(name),
        names: async (prefix) => [...texts.keys()].filter((name) => name.startsWith(prefix)),
        lock: (name, options, run) =>
          navigator.locks.request(name, options, async (lock) => {
            store.held += lock ? 1 : 0;
            try {
              return await run(lock);
            } finally {
              store.held -= lock ? 1 : 0;
            }
          }),
      };
      return store;
    };
  });
});

test("a client pays from the store that it was given, and leaves localStorage alone", core, async ({ library }) => {
  const paid = await library.value(
    async ({ library: { LocalKey, MicroRaiden }, contract, rpcUrl, url, argument: price }) => {
      const storage = window.memory();
      const wallet = await LocalKey.load();
      const connect = () => MicroRaiden.connect({ wallet, contract, rpc: rpcUrl, storage });
      const [client, other] = [await connect(), await connect()];
      const heard = [];
      other.on("change", (name) => heard.push(name));
      const pay = client.payingFetch({ maxPrice: price, deposit: 5n * price });
      const read = async () => {
        const answer = await pay(`${url}/doggo.jpg`);
        await answer.arrayBuffer();
        return answer.status;
      };
      const statuses = [await read()];
      const [seen] = await other.channels();
      statuses.push(await read());
      globalThis.given = storage;
      const names = [...storage.texts.keys()];
      return {
        statuses,
        turns: client.turns,
        // Known to the other client without a look, as it is the same store.
        balance: seen.balance,
        heard: heard.length > 0,
        stored: names.filter((name) => name.includes(":channel:")).length,
        unlocked: storage.unlocked.filter((name) => /:(channel|journal|policy|spending):/.test(name)),
        inTheBrowser: Object.keys(localStorage).filter((name) => /:(channel|journal|ledger|price|room):/.test(name)),
      };
    },
    PRICE,
  );
  expect(paid).toEqual({
    statuses: [200, 200],
    turns: "storage",
    balance: 2n * PRICE,
    heard: true,
    stored: 1,
    unlocked: [],
    inTheBrowser: [],
  });
  // Once it is stored that the bodies are complete.
  await expect.poll(() => library.page.evaluate(() => globalThis.given.held)).toBe(0);
});

test("what a store does wrong is told by the call that needs it, with its cause", async ({ library }) => {
  const told = await library.value(async ({ library: { LocalKey, MicroRaiden }, contract, rpcUrl }) => {
    const wallet = await LocalKey.load();
    const error = new Error("broken");
    const throws = () => {
      throw error;
    };
    const rejects = async () => throws();
    const full = (fields) => async () => {
      throw Object.assign(new Error("full"), fields);
    };
    const policy = (client) => client.policy();
    const setPolicy = (client) => client.setPolicy({ maxPrice: 1n });
    const channels = (client) => client.channels();
    const stop = { signal: AbortSignal.timeout(500) };
    const open = (client) => client.open({ receiver: contract, deposit: 1n, ...stop });
    /** @type {Table} */
    const cases = [
      ["get throws", { get: throws }, policy],
      ["get rejects", { get: rejects }, policy],
      ["get answers a number", { get: () => 5 }, policy],
      ["get answers an object", { get: async () => ({}) }, policy],
      ["get answers null", { get: async () => null }, policy],
      ["names rejects", { names: rejects }, channels],
      ["names answers text", { names: async () => "abc" }, channels],
      ["names answers numbers", { names: async () => [5] }, channels],
      ["names answers others", { names: async () => ["other"] }, channels],
      ["set throws", { set: throws }, setPolicy],
      ["set rejects", { set: rejects }, setPolicy],
      ["set: quota", { set: full({ name: "QuotaExceededError" }) }, setPolicy],
      ["set: disk", { set: full({ code: "ENOSPC" }) }, setPolicy],
      ["lock throws", { lock: throws }, setPolicy],
      ["lock rejects", { lock: rejects }, setPolicy],
      ["lock does not call", { lock: async () => true }, setPolicy],
      ["lock calls with null", { lock: async (name, options, run) => run(null) }, setPolicy],
      ["lock calls twice", { lock: async (name, options, run) => Promise.allSettled([run({}), (async () => run({}))()]) }, setPolicy],
      ["lock never answers", { lock: () => new Promise(() => {}) }, open],
    ];
    const told = [];
    for (const [name, fault, call] of cases) {
      const storage = { ...window.memory(), ...fault };
      const client = await MicroRaiden.connect({ wallet, contract, rpc: rpcUrl, storage });
      const outcome = await call(client).then(
        () => "done",
        (failure) => [failure.code ?? failure.name, failure.cause === error].join(" "),
      );
      told.push(`${name}: ${outcome}`);
    }
    return told;
  });
  expect(told).toEqual([
    "get throws: storage-unavailable true",
    "get rejects: storage-unavailable true",
    "get answers a number: storage-unavailable false",
    "get answers an object: storage-unavailable false",
    "get answers null: done",
    "names rejects: storage-unavailable true",
    "names answers text: storage-unavailable false",
    "names answers numbers: storage-unavailable false",
    "names answers others: storage-unavailable false",
    "set throws: storage-unavailable true",
    "set rejects: storage-unavailable true",
    "set: quota: storage-full false",
    "set: disk: storage-full false",
    "lock throws: storage-unavailable true",
    "lock rejects: storage-unavailable true",
    "lock does not call: storage-unavailable false",
    "lock calls with null: storage-unavailable false",
    "lock calls twice: done",
    "lock never answers: aborted false",
  ]);
});

test("a store that never answers fails a call after ten seconds, or when its signal says so", async ({ library }) => {
  const told = await library.value(async ({ library: { LocalKey, MicroRaiden }, contract, rpcUrl }) => {
    const wallet = await LocalKey.load();
    const never = () => new Promise(() => {});
    const outcome = (call) => call.then(() => "done", ({ code }) => code);
    const silent = { ...window.memory(), get: never };
    const signal = AbortSignal.timeout(300);
    const aborted = await outcome(MicroRaiden.connect({ wallet, contract, rpc: rpcUrl, storage: silent, signal }));
    const storage = { ...window.memory(), set: never };
    // What it caches is waited for, too.
    const client = await MicroRaiden.connect({ wallet, contract, rpc: rpcUrl, storage });
    const began = performance.now();
    const late = await outcome(client.setPolicy({ maxPrice: 1n }));
    const seconds = Math.round((performance.now() - began) / 1000);
    return { aborted, late, seconds };
  });
  expect(told).toEqual({ aborted: "aborted", late: "storage-unavailable", seconds: 10 });
});

test("what is no store is refused by its name, before anything else", core, async ({ library }) => {
  const told = await library.value(async ({ library: { LocalKey, MicroRaiden }, contract, rpcUrl }) => {
    const wallet = await LocalKey.load();
    const names = [];
    const methods = ["get", "set", "remove", "names", "lock"];
    const lacking = methods.map((method) => ({ ...window.memory(), [method]: undefined }));
    for (const storage of [5, null, {}, new Map(), localStorage, ...lacking]) {
      const failure = await MicroRaiden.connect({ wallet, contract, rpc: rpcUrl, storage }).catch((error) => error);
      names.push(`${failure.code} ${failure.details?.argument}`);
    }
    return names;
  });
  expect(told).toEqual(Array(10).fill("invalid-argument storage"));
});
