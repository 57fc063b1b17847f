// Many paid pictures on one page: with numbers, in turns, and beside a loop as the rivals do it. The scripts come from
// outside, since the page is the paywall's own.
import { pay as payOnce } from "../rivals/loop.mjs";
import { create } from "../rivals/signers/viem-balance.mjs";
import { body, untilConfirmed } from "./answers.mjs";

let candidates;

/**
 * @param {{ contract: string, rpcUrl: string, receiver: string, path: string, price: string, deposit: string,
 *   keys: `0x${string}`[], pictures: number, lanes: number }} given
 */
async function prepare(given) {
  const library = await import("/js/microraiden/index.js");
  await library.default();
  // The addresses and keys are text here.
  const { contract, rpcUrl, receiver, path, price, deposit, keys, pictures, lanes } = /** @type {any} */ (given);
  const connect = (key) =>
    library.MicroRaiden.connect({ wallet: library.LocalKey.fromHex(key), contract, rpc: rpcUrl });
  const [client, other] = [await connect(keys[0]), await connect(keys[1])];
  await client.open({ receiver, deposit: BigInt(deposit) });
  const { openBlock, sender } = await other.open({ receiver, deposit: BigInt(deposit) });
  const pay = client.payingFetch({ maxPrice: BigInt(price) });
  let serial = 0;
  const ours = () => pay(`${path}?${serial++}`).then(body);
  const sign = create(keys[1]);
  let balance = 0n;
  const theirs = async () => {
    await body(await payOnce(sign, { contract, receiver, sender, openBlock, balance, path: `${path}?${serial++}` }));
    balance += BigInt(price);
  };
  await ours();
  await untilConfirmed(theirs);
  const many = async (one, width) => {
    let left = pictures;
    const lane = async () => {
      while (left > 0) {
        left -= 1;
        await one();
      }
    };
    await Promise.all(Array.from({ length: width }, lane));
  };
  candidates = {
    parallel: async () => {
      await client.setPolicy({});
      return () => many(ours, lanes);
    },
    turns: async () => {
      await client.setPolicy({ maxCredit: 0n });
      return () => many(ours, lanes);
    },
    // It keeps one balance: a second request at once would sign the same.
    loop: async () => () => many(theirs, 1),
  };
}

async function measure(rounds) {
  const times = { parallel: [], turns: [], loop: [] };
  for (let round = 0; round < rounds; round++) {
    const names = Object.keys(candidates);
    for (const name of round % 2 ? names : names.reverse()) {
      const run = await candidates[name]();
      const start = performance.now();
      await run();
      times[name].push(performance.now() - start);
    }
  }
  return times;
}

globalThis.prepareParallel = prepare;
globalThis.measureParallel = (rounds) =>
  measure(rounds).then(
    (value) => JSON.stringify({ value }),
    (error) => JSON.stringify({ error: error.stack ?? String(error) }),
  );
