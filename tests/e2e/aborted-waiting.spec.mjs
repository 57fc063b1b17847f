// Calls that are aborted while they wait: each ends within a moment, with the signal's reason, and leaves no
// lock behind. Money that may have moved stays in the journal, and nothing else is counted.
import { openings } from "./support/books.mjs";
import { coreIf } from "./support/core.mjs";
import { PRICE, expect, test } from "./support/fixtures.mjs";
import { MOMENT, abortWhile } from "./support/held-awaits.mjs";
import { startWorker } from "./support/worker-page.mjs";

/** By call: what it waits for. Calls of the second kind have a channel that was paid from. */
const WAITS = {
  connect: ["rpc:eth_chainId", "rpc:eth_call"],
  open: [
    ...["rpc:eth_call", "rpc:eth_estimateGas", "rpc:eth_getTransactionCount", "rpc:eth_blockNumber"],
    ...["rpc:eth_sendRawTransaction", "rpc:eth_getTransactionReceipt", "database:microraiden-turns"],
  ],
  fetch: ["http:GET /doggo.jpg", "rpc:eth_estimateGas"],
  fetchInit: ["http:GET /doggo.jpg", "rpc:eth_getTransactionReceipt"],
  find: ["rpc:eth_getLogs"],
  recover: ["rpc:eth_getLogs"],
  mint: ["rpc:eth_estimateGas", "rpc:eth_getTransactionReceipt"],
  sweep: ["rpc:eth_call", "rpc:eth_getTransactionReceipt"],
};
const WAITS_WITH_CHANNEL = {
  topUp: ["lock:channel", "rpc:eth_call", "rpc:eth_sendRawTransaction"],
  close: ["lock:channel", "http:DELETE /api/1/channels/", "rpc:eth_sendRawTransaction"],
  closeAlone: ["rpc:eth_getTransactionReceipt"],
  sign: ["lock:channel"],
  ask: ["http:GET /doggo.jpg"],
  pay: ["lock:channel", "paid:GET /doggo.jpg"],
  reconcile: ["lock:channel", "paid:GET /doggo.jpg"],
};
/** A payment that has left may be counted, and the error must say so. */
const LEFT = "paid:GET /doggo.jpg";

/** What the policy counts as escrowed, in all. */
const counted = ({ client }) => {
  const name = `microraiden:escrow:${client.chainId}:${client.sender.toLowerCase()}`;
  const { origins } = JSON.parse(localStorage.getItem(name) ?? '{"origins":{}}');
  const sums = Object.values(origins);
  return [
    sums.reduce((sum, { openings }) => sum + openings, 0),
    sums.reduce((sum, { amount }) => sum + BigInt(amount), 0n),
  ];
};

/** What became of the money, once nothing is held: each opening has a record, and is counted once. */
async function expectNothingLost(library, stack) {
  const { sender, channels, ends } = await library.value(async ({ client }) => {
    const ends = (await client.resume()).filter(({ state }) => state === "failed");
    const channels = (await client.channels()).map(({ deposit }) => deposit);
    return { sender: client.sender, channels, ends };
  });
  expect(ends).toEqual([]);
  expect(await openings(stack, sender)).toBe(channels.length);
  const [, escrowed] = await library.value(counted);
  expect(escrowed).toBe(channels.reduce((sum, deposit) => sum + deposit, 0n));
}

for (const [waits, paid] of [
  [WAITS, false],
  [WAITS_WITH_CHANNEL, true],
]) {
  for (const [act, all] of Object.entries(waits)) {
    for (const held of all) {
      test(`${act}, while it waits for ${held}`, coreIf(["open", "pay"].includes(act) && held === all[0]), async ({ library, stack }) => {
        if (paid) {
          await library.value(async ({ client, url, argument: price }) => {
            const pay = client.payingFetch({ maxPrice: price, deposit: 5n * price });
            return (await pay(`${url}/doggo.jpg`)).status;
          }, PRICE);
        }
        const how = { act, held, moment: MOMENT };
        const ended = await library.with({ how }).value(abortWhile, PRICE);
        const left = act === "pay" && held === LEFT;
        expect(ended).toEqual({
          same: !left,
          code: left ? "payment-unknown" : "aborted",
          locks: 0,
          signed: left,
        });
        if (act !== "close" && act !== "closeAlone") {
          await expectNothingLost(library, stack);
        }
      });
    }
  }
}

test("open, while it waits for confirmations", async ({ library, stack }) => {
  const how = { act: "open", held: "progress:confirming", moment: MOMENT };
  const slow = library.with({ how, confirmations: 1000 });
  expect(await slow.value(abortWhile, PRICE)).toMatchObject({ same: true, locks: 0 });
  await expectNothingLost(library, stack);
});

test("open in a worker, while it waits for the page that shares its storage", async ({
  library,
  page,
  stack,
}) => {
  expect(library.page).toBe(page);
  const { contract, receiver, rpcUrl } = stack;
  const worker = await startWorker(page, { contract, receiver, rpcUrl, moment: MOMENT });
  const ended = await worker.value(async (setting) => {
    const { library: { LocalKey, MicroRaiden, useStorage }, contract, receiver, rpcUrl } = setting;
    const { port1, port2 } = new MessageChannel();
    let reach;
    let silent = false;
    const reached = new Promise((resolve) => (reach = resolve));
    port1.onmessage = ({ data: { id, op } }) => {
      if (silent && op === "read") reach();
      else port1.postMessage({ id, value: op === "names" ? [] : null });
    };
    await useStorage(port2);
    const wallet = LocalKey.create();
    const client = await MicroRaiden.connect({ wallet, contract, rpc: rpcUrl });
    const controller = new AbortController();
    silent = true;
    const opened = client.open({ receiver, deposit: 5n, signal: controller.signal });
    const called = opened.catch((error) => error);
    await reached;
    controller.abort(new TypeError("enough"));
    const late = new Promise((resolve) => setTimeout(resolve, setting.moment));
    return (await Promise.race([called, late])) === controller.signal.reason;
  });
  expect(ended).toBe(true);
  await worker.stop();
});

test("three openings that were given up do not use up the day's", async ({ library }) => {
  const how = { act: "fetch", held: "rpc:eth_estimateGas", moment: MOMENT };
  for (let times = 0; times < 3; times++) {
    const ended = await library.with({ how }).value(abortWhile, PRICE);
    expect(ended).toMatchObject({ same: true });
  }
  expect(await library.value(counted)).toEqual([0, 0n]);
  const status = await library.value(async ({ client, url, argument: maxPrice }) => {
    const pay = client.payingFetch({ maxPrice, deposit: 5n * maxPrice });
    return (await pay(`${url}/doggo.jpg`)).status;
  }, PRICE);
  expect(status).toBe(200);
});
