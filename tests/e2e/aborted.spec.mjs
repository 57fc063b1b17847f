// Calls that are aborted before their payment leaves: nothing is signed or stored, and they reject with the
// signal's reason.
import { coreIf } from "./support/core.mjs";
import { withoutNumbers } from "./support/fixtures.mjs";
import { PRICE, expect, isPaid, test } from "./support/payer.mjs";

/** In the page: whatever is stored, and what a call rejects with whose signal has this reason. */
const abort = async (setting) => {
  const { client, library, url, how } = setting;
  const given = new AbortController();
  const other = new AbortController();
  const [reason] = how.reason ? [new TypeError("enough")] : [undefined];
  const limits = { maxPrice: setting.argument };
  const path = `${url}/doggo.jpg`;
  const ways = {
    init: () => client.payingFetch(limits)(path, { signal: given.signal }),
    request: () => client.payingFetch(limits)(new Request(path, { signal: given.signal })),
    posted: () => client.payingFetch(limits)(path, { method: "POST", body: "x", signal: given.signal }),
    options: () => client.payingFetch({ ...limits, signal: given.signal })(path),
    both: () => client.payingFetch({ ...limits, signal: given.signal })(path, { signal: other.signal }),
    listener: () => {
      const onProgress = ({ type }) => type === "paying" && given.abort(reason);
      return client.payingFetch({ ...limits, onProgress })(path, { signal: given.signal });
    },
    sign: async () => (await client.channels())[0].sign(1n, { signal: given.signal }),
    open: () => client.open({ receiver: setting.receiver, deposit: 1n, signal: given.signal }),
    topUp: async () => (await client.channels())[0].topUp(1n, { signal: given.signal }),
    close: async () => (await client.channels())[0].close({ signal: given.signal }),
    recover: () => client.recover({ signal: given.signal }),
    connect: () => {
      const { contract, rpcUrl } = setting;
      const wallet = library.LocalKey.create();
      return library.MicroRaiden.connect({ wallet, contract, rpc: rpcUrl, signal: given.signal });
    },
  };
  const stored = () =>
    JSON.stringify(
      Object.entries(localStorage).filter(([name]) => !/:(turn|room|price|scanned):/.test(name)),
    );
  const before = stored();
  if (how.way !== "listener") {
    given.abort(reason);
  }
  const error = await ways[how.way]().then(
    () => undefined,
    (thrown) => thrown,
  );
  return {
    same: error === given.signal.reason,
    name: error?.name,
    code: error?.code,
    unchanged: stored() === before,
  };
};

const WAYS = [
  ...["init", "request", "posted", "options", "both", "listener"],
  ...["sign", "open", "topUp", "close", "recover", "connect"],
];

for (const way of WAYS) {
  test.describe(way, () => {
    // A number is used up all the same.
    if (way === "listener") {
      withoutNumbers();
    }

    for (const reason of [false, true]) {
      test(`aborted by ${way}, ${reason ? "with" : "without"} a reason`, coreIf(reason && ["request", "open"].includes(way)), async ({ payer, library, line }) => {
        await payer.open();
        await payer.served("/doggo.jpg");
        line.seen.splice(0);
        const tried = await library.with({ url: line.url, how: { way, reason } }).value(abort, PRICE);
        expect(tried).toEqual({
          same: true,
          name: reason ? "TypeError" : "AbortError",
          code: "aborted",
          unchanged: true,
        });
        expect(line.seen.filter(isPaid)).toEqual([]);
        await payer.expectPaid(PRICE);
      });
    }
  });
}

test("one that waits for its turn gives its place back", async ({ payer, library, line }) => {
  await payer.open();
  await payer.served("/doggo.jpg");
  const held = line.holdAnswer(isPaid);
  const waiting = library.with({ url: line.url }).value(async ({ client, url, argument: price }) => {
    const pay = client.payingFetch({ maxPrice: price });
    const first = pay(`${url}/doggo.jpg`);
    window.order = [];
    const controller = new AbortController();
    const second = pay(`${url}/doggo.jpg`, { signal: controller.signal }).catch(({ name }) => {
      window.order.push(name);
    });
    const third = pay(`${url}/doggo.jpg`).then(({ status }) => window.order.push(status));
    window.giveUp = () => controller.abort();
    const { status } = await first;
    window.order.push(status);
    await Promise.all([second, third]);
    return window.order;
  }, PRICE);
  await held.arrived;
  await payer.giveUp();
  await held.release();
  expect(await waiting).toEqual(["AbortError", 200, 200]);
  await payer.expectPaid(3n * PRICE);
});
