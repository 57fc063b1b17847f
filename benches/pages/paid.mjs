// Paid requests over one channel, beside a loop as the rivals do it, and beside requests that need not ask. The scripts
// come from outside, since the page is the paywall's own.
import { pay, payNow } from "../rivals/loop.mjs";
import { create } from "../rivals/signers/viem-balance.mjs";
import { body, untilConfirmed } from "./answers.mjs";

/**
 * @param {{ contract: string, rpcUrl: string, receiver: string, path: string, price: string,
 *   deposit: string, keys: string[], warmUp: number, rounds: number, requests: number }} setting
 */
async function measure(setting) {
  const { warmUp, rounds, requests, path } = setting;
  const library = await import("/js/microraiden/index.js");
  await library.default();
  const candidates = [
    { name: "ours", pay: await paying(library, setting) },
    { name: "viem", pay: await loop(library, setting) },
    { name: "bare", pay: await bare(library, setting) },
  ];
  const result = {};
  for (const { name } of candidates) {
    result[name] = { times: [], requests: 0, others: 0, paid: 0 };
  }
  for (let round = -warmUp; round < rounds; round++) {
    for (let place = 0; place < candidates.length; place++) {
      const { name, pay } = candidates.at((round + place) % candidates.length);
      const { time, asked, others } = await slice(pay, requests, path);
      if (round < 0) {
        continue;
      }
      const sums = result[name];
      sums.times.push(time / requests);
      sums.requests += asked;
      sums.others += others;
      sums.paid += requests;
    }
  }
  return result;
}

/** Pays some requests one after the other, and counts what they took. */
async function slice(pay, requests, path) {
  performance.clearResourceTimings();
  const start = performance.now();
  for (let i = 0; i < requests; i++) {
    await pay();
  }
  const time = performance.now() - start;
  const names = performance.getEntriesByType("resource").map(({ name }) => new URL(name).pathname);
  const asked = names.filter((name) => name === path).length;
  return { time, asked, others: names.length - asked };
}

/** Our `fetch`, with journal, lock, list of payments and rules. */
async function paying(library, { contract, rpcUrl, receiver, path, price, deposit, keys }) {
  const wallet = library.LocalKey.fromHex(keys[0]);
  const client = await library.MicroRaiden.connect({ wallet, contract, rpc: rpcUrl });
  const channel = await client.open({ receiver, deposit: BigInt(deposit) });
  const pay = client.payingFetch({ maxPrice: BigInt(price) });
  const one = async () => {
    const response = await pay(path);
    await body(response);
  };
  await one();
  if (channel.balance !== BigInt(price)) {
    throw new Error(`The channel has paid ${channel.balance}, not ${price}.`);
  }
  return one;
}

/** Ask, get the price, sign with viem, ask again. The balance is kept in a variable. */
async function loop(library, setting) {
  const { path, price, keys } = setting;
  const { channel } = await opened(library, keys[1], setting);
  const sign = create(keys[1]);
  let balance = 0n;
  const one = async () => {
    await body(await pay(sign, { ...channel, balance, path }));
    balance += BigInt(price);
  };
  await untilConfirmed(one);
  return one;
}

/** Signs with our key for a price that it was told, and asks once: the least that a paid request takes. */
async function bare(library, setting) {
  const { path, price, keys } = setting;
  const { wallet, channel } = await opened(library, keys[2], setting);
  const sign = (payment) => wallet.signBalanceProof(payment).signature;
  let balance = 0n;
  const one = async () => {
    const next = balance + BigInt(price);
    await body(await payNow(sign, { ...channel, balance: next, path }));
    balance = next;
  };
  await untilConfirmed(one);
  return one;
}

async function opened(library, key, { contract, rpcUrl, receiver, deposit }) {
  const wallet = library.LocalKey.fromHex(key);
  const client = await library.MicroRaiden.connect({ wallet, contract, rpc: rpcUrl });
  const { openBlock } = await client.open({ receiver, deposit: BigInt(deposit) });
  return { wallet, channel: { contract, receiver, sender: wallet.address, openBlock } };
}

globalThis.measurePaid = (setting) =>
  measure(setting).then(
    (value) => JSON.stringify({ value }),
    (error) => JSON.stringify({ error: error.stack ?? String(error) }),
  );
