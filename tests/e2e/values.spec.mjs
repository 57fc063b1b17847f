// Values of the package: the same objects, frozen snapshots, and changes to subscribe to or to wait for.
import { core } from "./support/core.mjs";
import { PRICE, expect, test } from "./support/fixtures.mjs";
import { Library } from "./support/library.mjs";

test("a channel is one object for its client, until it is freed", core, async ({ library }) => {
  const same = await library.value(async ({ client, library, contract, rpcUrl, receiver, url, argument: price }) => {
    const opened = await client.open({ receiver, deposit: 5n * price });
    let asked;
    const pay = client.payingFetch({ maxPrice: price, onPaymentRequired: ({ channel }) => Boolean((asked = channel)) });
    await pay(`${url}/doggo.jpg`);
    const others = {
      asked,
      find: await client.find({ receiver }),
      channels: (await client.channels())[0],
      payFrom: await client.channelToPayFrom({ receiver, price }),
      quote: (await client.quote(`${url}/doggo.jpg`)).channel,
      refresh: await opened.refresh(),
      reconcile: await opened.reconcile(`${url}/doggo.jpg`),
    };
    const different = Object.keys(others).filter((name) => others[name] !== opened);
    const first = opened.snapshot();
    opened.free();
    const again = await client.find({ receiver });
    const wallet = await library.LocalKey.load();
    const other = await library.MicroRaiden.connect({ wallet, contract, rpc: rpcUrl });
    return {
      different,
      again: again !== opened && again === (await client.channels())[0] && again.balance,
      snapshot: again.snapshot() === first,
      ofAnotherClient: (await other.channels())[0] === again,
    };
  }, PRICE);
  expect(same).toEqual({ different: [], again: PRICE, snapshot: true, ofAnotherClient: false });
});

test("snapshots are plain, frozen, cloneable and JSON", async ({ library }) => {
  const seen = await library.value(async ({ client, receiver, argument: price }) => {
    const channel = await client.open({ receiver, deposit: 5n * price });
    await channel.sign(price);
    const open = [];
    const check = (name, value) => {
      if (typeof value !== "object") return;
      const { prototype } = Array.isArray(value) ? Array : Object;
      if (!Object.isFrozen(value)) open.push(`${name} is not frozen`);
      if (Object.getPrototypeOf(value) !== prototype) open.push(`${name} is not plain`);
      for (const [key, inner] of Object.entries(value)) check(`${name}.${key}`, inner);
    };
    const values = { channel: channel.snapshot(), client: client.snapshot(), json: channel.toJSON(), all: client.toJSON() };
    for (const [name, value] of Object.entries(values)) {
      check(name, value);
      structuredClone(value);
    }
    const getters = Object.keys(values.channel).filter((name) => name !== "chainId" && channel[name] !== values.channel[name]);
    const one = values.client.channels[0] === values.channel;
    const { pending, ...rest } = values.channel;
    return { open, getters, one, rest, pending: pending.balance, text: JSON.stringify({ channel }), all: JSON.parse(JSON.stringify(client)), chainId: client.chainId, sender: client.sender, contract: client.contract, token: client.token, receiver: channel.receiver, openBlock: channel.openBlock };
  }, PRICE);
  const { sender, contract, chainId, token, receiver, openBlock } = seen;
  const places = { sender, contract, chainId };
  const channel = { ...places, receiver, openBlock, state: "open", balanceKnown: true, inFlight: 0 };
  const amounts = { deposit: 5n * PRICE, balance: 0n, exposure: PRICE, remaining: 4n * PRICE };
  expect(seen).toMatchObject({ open: [], getters: [], one: true, pending: PRICE });
  expect(seen.rest).toEqual({ ...channel, ...amounts, gateway: seen.rest.gateway });
  const json = JSON.parse(seen.text).channel;
  const { gateway } = seen.rest;
  const signature = expect.stringMatching(/^0x[0-9a-f]{130}$/);
  expect(json).toEqual({
    ...channel,
    ...Object.fromEntries(Object.entries(amounts).map(([name, amount]) => [name, String(amount)])),
    pending: { balance: String(PRICE), signature },
    ...(gateway && { gateway }),
  });
  expect(seen.all).toEqual({ ...places, token, channels: [json] });
});

test("a subscriber sees a new snapshot after each change, and else the same one", core, async ({ library }) => {
  const seen = await library.value(async ({ client, receiver, url, argument: price }) => {
    // As React takes them: alone, and the same functions each time.
    const { subscribe, getSnapshot } = client;
    const functions = subscribe === client.subscribe && getSnapshot === client.getSnapshot;
    const shown = [];
    let told;
    const unsubscribe = subscribe((...values) => {
      shown.push(getSnapshot());
      told = values;
    });
    const empty = getSnapshot();
    const same = [empty === getSnapshot() && empty === client.snapshot()];
    const pay = client.payingFetch({ maxPrice: price, deposit: 5n * price });
    await pay(`${url}/doggo.jpg`);
    const paid = getSnapshot();
    same.push(paid !== empty && paid === getSnapshot());
    await pay(`${url}/doggo.jpg`);
    const twice = getSnapshot();
    same.push(twice !== paid && twice === getSnapshot());
    const [channel] = await client.channels();
    const changed = new Promise((resolve) => client.on("change", resolve));
    await channel.forget({ force: true });
    const told2 = await changed;
    const before = shown.length;
    same.push(told2 === getSnapshot() && told2.channels.length === 0);
    unsubscribe();
    await client.find({ receiver });
    await new Promise((resolve) => setTimeout(resolve));
    const last = shown.findLast(({ channels }) => channels.length > 0);
    return { functions, same, told, balances: [empty.channels.length, paid.channels[0].balance, twice.channels[0].balance], last: last === twice, after: shown.length - before };
  }, PRICE);
  expect(seen).toEqual({
    functions: true,
    same: [true, true, true, true],
    told: [],
    balances: [0, PRICE, 2n * PRICE],
    last: true,
    after: 0,
  });
});

test("change events carry the snapshot, and another tab's payment gives a new one", async ({ library, context, stack, wallet }) => {
  await library.value(({ client, receiver, argument: deposit }) => client.open({ receiver, deposit }).then(() => {}), 5n * PRICE);
  const other = await Library.alone(await context.newPage(), { stack, wallet, keep: true });
  await other.value(async ({ client }) => {
    const [channel] = await client.channels();
    window.heard = { channel: [], client: [], same: [] };
    channel.on("change", (snapshot) => {
      window.heard.channel.push(snapshot.balance);
      window.heard.same.push(snapshot === channel.snapshot());
    });
    client.on("change", (snapshot) => window.heard.client.push(snapshot.channels[0].balance));
    const waiting = channel.events()[Symbol.asyncIterator]().next();
    window.waited = waiting.then(({ value }) => value);
  });
  const pay = async ({ client, url, argument: price }) => (await client.payingFetch({ maxPrice: price })(`${url}/doggo.jpg`)).status;
  expect(await library.value(pay, PRICE)).toBe(200);
  await expect.poll(() => other.page.evaluate(() => window.heard.channel.at(-1))).toBe(PRICE);
  const { client, same } = await other.page.evaluate(() => window.heard);
  expect(client.at(-1)).toBe(PRICE);
  expect(same).not.toContain(false);
  expect(await other.page.evaluate(() => window.waited)).toMatchObject({ type: "change", dropped: 0 });
  // A channel that this tab did not know.
  const forget = async ({ client }) => (await client.channels())[0].forget({ force: true });
  await library.value(forget);
  await expect.poll(() => other.value(({ client }) => client.snapshot().channels.length)).toBe(0);
});

test("events end by return, by their signal and when the channel is forgotten, and say what they dropped", core, async ({ library }) => {
  const seen = await library.value(async ({ client, library, receiver, argument: price }) => {
    const channel = await client.open({ receiver, deposit: 100n * price });
    const moved = async (times) => {
      for (let round = 0; round < times; round++) await channel.confirm(await channel.sign(price));
      // Events come after the call that changed something.
      await new Promise((resolve) => setTimeout(resolve));
    };
    const result = {};

    const broken = channel.events();
    const acting = moved(1);
    for await (const event of broken) {
      result.event = [event.type, Object.isFrozen(event), event.snapshot.pending?.balance, event.dropped];
      if (event.type === "change") break;
    }
    await acting;
    result.afterBreak = await broken.next();

    const waits = channel.events();
    const waiting = waits.next();
    await waits.return();
    result.returned = [await waiting, await waits.next()];

    // Two changes for each: the proof is stored, then confirmed.
    const slow = channel.events();
    await moved(20);
    const first = await slow.next();
    const second = await slow.next();
    result.dropped = [first.value.dropped, second.value.dropped];
    let newest = second;
    for (let left = 14; left > 0; left--) newest = await slow.next();
    result.newest = newest.value.snapshot === channel.snapshot();
    await slow.return();

    const controller = new AbortController();
    const aborted = channel.events({ signal: controller.signal });
    const held = aborted.next().catch(({ name, code }) => ({ name, code }));
    controller.abort();
    result.aborted = [await held, await aborted.next()];
    result.before = await channel.events({ signal: AbortSignal.abort("over") }).next().catch((reason) => reason);

    const wrong = { signal: 1, unknown: { x: 1 } };
    const code = (options) => {
      try {
        return channel.events(options);
      } catch (error) {
        return [error instanceof library.MicroRaidenError, error.code, error.details.argument];
      }
    };
    result.refused = [code({ signal: wrong.signal }), code(wrong.unknown), code(null)];

    const last = channel.events();
    let forgotten = 0;
    channel.on("forgotten", () => (forgotten += 1));
    await channel.forget({ force: true });
    for await (const event of last) result.unexpected = event;
    result.forgotten = forgotten;
    return result;
  }, PRICE);
  const done = { done: true };
  expect(seen).toEqual({
    event: ["change", true, PRICE, 0],
    afterBreak: done,
    returned: [done, done],
    dropped: [24, 0],
    newest: true,
    aborted: [{ name: "AbortError", code: "aborted" }, done],
    before: "over",
    refused: [
      [true, "invalid-argument", "signal"],
      [true, "invalid-argument", "x"],
      [true, "invalid-argument", "options"],
    ],
    forgotten: 1,
  });
});

test("block numbers may be bigints", async ({ library }) => {
  const answers = await library.value(async ({ client, library, receiver, contract, rpcUrl }) => {
    const { LocalKey, MicroRaiden } = library;
    const key = LocalKey.create();
    const chainId = BigInt(client.chainId);
    const message = { contract, receiver, balance: 1n };
    const proofs = [7, 7n].map((openBlock) => key.signBalanceProof({ ...message, openBlock }).signature);
    const code = (call) => call().catch(({ code, details }) => [code, details.argument]);
    return {
      recovered: await client.recover({ fromBlock: 1n }),
      chainId: (await MicroRaiden.connect({ wallet: key, contract, rpc: rpcUrl, chainId })).chainId === client.chainId,
      other: await code(() => MicroRaiden.connect({ wallet: key, contract, rpc: rpcUrl, chainId: chainId + 1n })),
      same: proofs[0] === proofs[1],
      refused: [await code(() => client.recover({ fromBlock: -1n })), await code(() => client.recover({ fromBlock: 2n ** 60n }))],
    };
  });
  expect(answers).toEqual({
    recovered: [],
    chainId: true,
    other: ["wrong-network", undefined],
    same: true,
    refused: [
      ["invalid-argument", "fromBlock"],
      ["invalid-argument", "fromBlock"],
    ],
  });
});

test("a subscriber is told when the wallet stands in the way, and when it does no more", async ({ library }) => {
  const seen = await library.value(async ({ client: { sender, chainId }, library, contract, rpcUrl }) => {
    const heard = {};
    const answers = { eth_requestAccounts: [sender], eth_accounts: [sender], eth_chainId: `0x${chainId.toString(16)}` };
    const wallet = {
      on: (event, listener) => (heard[event] = listener),
      removeListener() {},
      request: async ({ method }) => answers[method],
    };
    const client = await library.MicroRaiden.connect({ wallet, contract, rpc: rpcUrl });
    const seen = [client.getSnapshot().frozen];
    client.subscribe(() => seen.push(client.getSnapshot().frozen));
    heard.accountsChanged([contract]);
    heard.accountsChanged([sender]);
    return seen;
  });
  expect(seen).toEqual([undefined, "no-account", undefined]);
});
