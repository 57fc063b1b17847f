// Several tabs and a worker with one key: they share channel, balance and turns.
import { openings, receiverBalance, stored } from "./support/books.mjs";
import { asksFor } from "./support/broken-line.mjs";
import { core, coreIf } from "./support/core.mjs";
import { PRICE, expect, withoutNumbers } from "./support/fixtures.mjs";
import { Library } from "./support/library.mjs";
import { test as base } from "./support/lines.mjs";
import { expectWaiting, takeTurn } from "./support/turns.mjs";
import { startWorker } from "./support/worker-page.mjs";

/** @type {import("../types/fixtures.d.ts").TabsTest} */
const test = base.extend({
  /** Tabs that opened each other share a process and its view of the storage, others do not. */
  processes: [1, { option: true }],

  /** A second tab of the same browser. */
  other: async ({ library, context, processes, stack, wallet }, use) => {
    const page = processes === 1 ? await openedBy(library.page) : await context.newPage();
    await use(await Library.alone(page, { stack, wallet }));
  },
});

async function openedBy(page) {
  const opened = page.waitForEvent("popup");
  await page.evaluate(() => void window.open("about:blank"));
  return opened;
}

/** A worker of a tab, with its storage and key. */
async function workerOf(library, { contract, rpcUrl, url }) {
  const hex = await library.value(async ({ library: { LocalKey } }) =>
    (await LocalKey.load()).toHex(),
  );
  return startWorker(library.page, { contract, rpcUrl, url, hex }, { storage: true });
}

const open = ({ client, receiver, argument: deposit }) =>
  client.open({ receiver, deposit }).then(({ sender, openBlock }) => ({ sender, openBlock }));

/** In a page or a worker: pays so often, in two lanes at once; gives how often it was served. */
async function payOften({ library, client, contract, rpcUrl, url, hex, argument: [times, price] }) {
  const wallet = hex && library.LocalKey.fromHex(hex);
  const payer = client ?? (await library.MicroRaiden.connect({ wallet, contract, rpc: rpcUrl }));
  // The server and the line before it are one seller.
  const pay = payer.payingFetch({ maxPrice: price, origins: [url] });
  let left = times;
  let served = 0;
  const lane = async () => {
    while (left > 0) {
      left -= 1;
      const { status } = await pay(`${url}/doggo.jpg`);
      served += status === 200 ? 1 : 0;
    }
  };
  await Promise.all([lane(), lane()]);
  return served;
}

/** In a page or a worker: what is known of the only channel and its payments. */
async function look({ library, client, contract, rpcUrl, hex }) {
  const wallet = hex && library.LocalKey.fromHex(hex);
  const looker = client ?? (await library.MicroRaiden.connect({ wallet, contract, rpc: rpcUrl }));
  const [{ balance, pending }] = await looker.channels();
  const outcomes = (await looker.ledger()).map(({ outcome }) => outcome);
  const counts = Object.groupBy(outcomes, (outcome) => outcome);
  const ledger = Object.entries(counts).map(([outcome, list]) => [outcome, list.length]);
  return { balance, pending, ledger: Object.fromEntries(ledger) };
}

for (const processes of [1, 2]) {
  test.describe(`in ${processes === 1 ? "one process" : "two processes"}`, () => {
    test.use({ processes });
    test("two tabs and a worker make 200 payments at once, and all agree to the unit", coreIf(processes === 2), async ({
      library,
      other,
      stack,
    }) => {
      await stack.sendTokens(await library.value(({ client }) => client.sender), 100n * PRICE);
      const channel = await library.value(open, 200n * PRICE);
      const worker = await workerOf(library, stack);

      const served = await Promise.all([
        library.value(payOften, [70, PRICE]),
        other.value(payOften, [65, PRICE]),
        worker.value(payOften, [65, PRICE]),
      ]);
      expect(served).toEqual([70, 65, 65]);
      expect(await receiverBalance(stack, channel)).toBe(200n * PRICE);
      const all = { balance: 200n * PRICE, pending: undefined, ledger: { paid: 200 } };
      for (const one of [library, other, worker]) {
        await expect.poll(() => one.value(look)).toEqual(all);
      }
      await worker.stop();
    });

    test("of two tabs that sign at once one is told of the other's proof", async ({
      library,
      other,
    }) => {
      await library.value(open, 5n * PRICE);
      const sign = async ({ client, argument: price }) => {
        const [channel] = await client.channels();
        const { balance } = await channel.sign(price);
        return balance;
      };
      for (let round = 0; round < 10; round++) {
        const release = await takeTurn(library.page);
        const both = Promise.all([library.run(sign, PRICE), other.run(sign, PRICE)]);
        await expectWaiting(library.page, 2);
        await release();
        const answers = await both;
        const [signed] = answers.filter(({ error }) => !error);
        const [refused] = answers.filter(({ error }) => error);
        expect(signed).toEqual({ value: PRICE });
        expect(refused.error).toMatchObject({ code: "proof-pending", details: { balance: PRICE } });
        await library.value(async ({ client }) => {
          const [channel] = await client.channels();
          await channel.rollback(channel.pending);
        });
      }
    });
  });
}

test.describe("in two processes", () => {
  test.use({ processes: 2 });

  test("a tab and a worker hear of a payment in another tab", async ({ library, other, stack }) => {
    const { openBlock } = await library.value(open, 2n * PRICE);
    const listen = async ({ client }) => {
      const [channel] = await client.channels();
      globalThis.heard = [];
      channel.on("change", () => globalThis.heard.push(channel.balance));
      return channel.openBlock;
    };
    expect(await other.value(listen)).toBe(openBlock);
    const worker = await workerOf(other, stack);
    await worker.value(async ({ library: { LocalKey, MicroRaiden }, contract, rpcUrl, hex }) => {
      const wallet = LocalKey.fromHex(hex);
      const client = await MicroRaiden.connect({ wallet, contract, rpc: rpcUrl });
      globalThis.heard = [];
      client.on("change", ({ channels: [{ balance }] }) => globalThis.heard.push(balance));
    });

    await library.value(payOften, [1, PRICE]);
    const last = () => globalThis.heard.at(-1);
    await expect.poll(() => other.page.evaluate(last)).toBe(PRICE);
    await expect.poll(() => worker.value(last)).toBe(PRICE);
  });
});

test("two payments at once open one channel", async ({ library, stack }) => {
  const served = await library.value(async ({ client, url, argument: price }) => {
    const pay = client.payingFetch({ maxPrice: price, deposit: 5n * price });
    const answers = await Promise.all([pay(`${url}/doggo.jpg`), pay(`${url}/doggo.jpg`)]);
    return answers.map(({ status }) => status);
  }, PRICE);
  expect(served).toEqual([200, 200]);
  await expectOneChannel(library, stack, 2n * PRICE);
});

test("two tabs that pay at once open one channel", core, async ({ library, other, stack }) => {
  const pay = async ({ client, url, argument: price }) => {
    const { status } = await client.payingFetch({ maxPrice: price, deposit: 5n * price })(
      `${url}/doggo.jpg`,
    );
    return status;
  };
  const served = await Promise.all([library.value(pay, PRICE), other.value(pay, PRICE)]);
  expect(served).toEqual([200, 200]);
  await expectOneChannel(library, stack, 2n * PRICE);
  await expectOneChannel(other, stack, 2n * PRICE);
});

async function expectOneChannel(library, stack, balance) {
  const { channels } = await stored(library);
  expect(channels).toMatchObject([{ deposit: 5n * PRICE, balance, pending: undefined }]);
  expect(await openings(stack, channels[0].sender)).toBe(1);
  expect(await receiverBalance(stack, channels[0])).toBe(balance);
}

test.describe("where payments have no numbers", () => {
  withoutNumbers();

  test("a tab that is closed in its turn leaves turn and proof to the other one", async ({
    library,
    other,
    stack,
    wallet,
    line,
  }) => {
    const channel = await library.value(open, 5n * PRICE);
    await library.value(payOften, [1, PRICE]);
    const held = line.hold(({ headers }) => headers["rdn-balance"] === String(2n * PRICE));
    const first = await Library.on(library.page, { stack, wallet, url: line.url });
    first.begin(payOften, [1, PRICE]);
    await held.arrived;

    const served = other.value(payOften, [1, PRICE]);
    await expectWaiting(other.page);
    await library.page.close();
    held.drop();
    expect(await served).toBe(1);
    expect(line.seen.filter(asksFor("/doggo.jpg")).at(-1).status).toBeUndefined();
    expect(await receiverBalance(stack, channel)).toBe(2n * PRICE);
    const { channels, ledger, ends } = await stored(other);
    expect(channels).toMatchObject([{ balance: 2n * PRICE, pending: undefined }]);
    expect(ledger).toEqual([
      { outcome: "paid", balance: PRICE },
      { outcome: "paid", balance: 2n * PRICE },
    ]);
    expect(ends).toEqual([]);
  });
});

test("a page that is left right after a payment has given its turn back", core, async ({
  library,
  stack,
}) => {
  await library.value(open, 10n * PRICE);
  const { page } = library;
  const next = page.waitForURL("**/cm?next");
  library.begin(async ({ client, url, argument: maxPrice }) => {
    await client.payingFetch({ maxPrice })(`${url}/doggo.jpg`);
    location.assign(`${url}/cm?next`);
  }, PRICE);
  await next;
  const { given, taken } = await page.evaluate(turnNumbers);
  expect(given).toEqual(taken);
  expect(Object.keys(given).join()).toContain("channel:");
  expect((await stored(library)).channels).toMatchObject([{ balance: PRICE }]);
  expect(await openings(stack, (await stored(library)).channels[0].sender)).toBe(1);
});

/** In the page: the last number of each turn that was given back, and that was taken. */
async function turnNumbers() {
  const prefix = "microraiden:turn:";
  const given = {};
  for (const [name, text] of Object.entries(localStorage)) {
    if (name.startsWith(prefix)) given[name.slice(prefix.length)] = Number(text);
  }
  const result = (request) =>
    new Promise((resolve, reject) => {
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error);
    });
  const database = await result(indexedDB.open("microraiden-turns"));
  const turns = database.transaction("turns").objectStore("turns");
  const [names, numbers] = await Promise.all([result(turns.getAllKeys()), result(turns.getAll())]);
  database.close();
  // Beside each number it is noted whether the page that took it has written it.
  const isNote = (name) => name.endsWith(" written");
  const all = names.map((name, index) => [name, numbers[index]]);
  return { given, taken: Object.fromEntries(all.filter(([name]) => !isNote(name))) };
}
