// A transaction that is on its way gets lost, or another one takes its place.
import { createWalletClient, http } from "viem";
import { privateKeyToAccount } from "viem/accounts";
import { foundry } from "viem/chains";
import { openings, resumed, stored } from "./support/books.mjs";
import { calls } from "./support/broken-line.mjs";
import { core } from "./support/core.mjs";
import { PRICE, expect } from "./support/fixtures.mjs";
import { test } from "./support/lines.mjs";

const DEPOSIT = 5n * PRICE;
const send = calls("eth_sendRawTransaction");
const sends = (node) => node.seen.filter(send).length;

test.skip(({ signer }) => signer !== "local key", "only what was signed here can go again");

const open = async ({ client, receiver, argument: deposit }) => {
  const channel = await client.open({ receiver, deposit });
  return channel.deposit;
};

/** Begins to open and closes the page when the transaction is in the pool; gives its hash. */
async function leave(first, node) {
  const held = node.holdAnswer(send);
  first.begin(open, DEPOSIT);
  const { answer } = await held.arrived;
  await first.page.close();
  held.drop();
  return JSON.parse(answer).result;
}

/** The node forgets it. */
async function drop({ testClient, publicClient }, hash) {
  await testClient.dropTransaction({ hash });
  await expect(publicClient.getTransaction({ hash })).rejects.toThrow("could not be found");
}

test("a dropped transaction is handed in again by the page that waits for it", core, async ({
  first,
  stack,
  node,
}) => {
  const held = node.hold(calls("eth_getTransactionReceipt"));
  const [opened] = await stack.withoutMining(async () => {
    const opened = first.value(open, DEPOSIT);
    await held.arrived;
    const hash = JSON.parse(node.seen.find(send).answer).result;
    await drop(stack, hash);
    await held.release();
    await expect.poll(() => sends(node)).toBe(2);
    // Mining goes on while this waits.
    return [opened];
  });
  expect(await opened).toBe(DEPOSIT);
});

test("a dropped transaction is handed in again by the next page", async ({
  first,
  nextPage,
  stack,
  node,
}) => {
  const [next, hash, ends] = await stack.withoutMining(async () => {
    const hash = await leave(first, node);
    await drop(stack, hash);
    const next = await nextPage();
    expect((await stored(next)).ends).toMatchObject([{ action: "open", hash, state: "waiting" }]);
    expect((await stack.publicClient.getTransaction({ hash })).hash).toBe(hash);
    return [next, hash, resumed(next)];
  });
  expect(await ends).toMatchObject([{ action: "open", hash, state: "done" }]);
  const { channels } = await stored(next);
  expect(channels).toMatchObject([{ deposit: DEPOSIT }]);
  expect(await openings(stack, channels[0].sender)).toBe(1);
});

test("a transaction whose nonce another one took has failed, and a new one opens", async ({
  first,
  nextPage,
  stack,
  node,
}) => {
  const key = await first.value(async ({ library: { LocalKey } }) =>
    (await LocalKey.load()).toHex(),
  );
  const account = privateKeyToAccount(key);
  const [next, hash, ends] = await stack.withoutMining(async () => {
    const hash = await leave(first, node);
    await replace(stack, account, hash);
    const next = await nextPage();
    expect((await stored(next)).ends).toMatchObject([{ action: "open", hash, state: "waiting" }]);
    return [next, hash, resumed(next)];
  });
  expect(await ends).toMatchObject([
    { action: "open", hash, state: "failed", error: "transaction-replaced" },
  ]);
  expect(await stored(next)).toEqual({ channels: [], ledger: [], ends: [] });
  expect(await openings(stack, account.address)).toBe(0);

  expect(await next.value(open, DEPOSIT)).toBe(DEPOSIT);
  expect((await stored(next)).channels).toMatchObject([{ deposit: DEPOSIT }]);
  expect(await openings(stack, account.address)).toBe(1);
});

/** Sends nothing to oneself with the nonce of that transaction, for a wei more of fees. */
async function replace({ rpcUrl, publicClient }, account, hash) {
  const { nonce, maxFeePerGas, maxPriorityFeePerGas } = await publicClient.getTransaction({ hash });
  /** @type {any} viem takes no arguments whose types are not known to the letter. */
  const wallet = createWalletClient({ account, chain: foundry, transport: http(rpcUrl) });
  await wallet.sendTransaction({
    to: account.address,
    nonce,
    maxFeePerGas: maxFeePerGas + 1n,
    maxPriorityFeePerGas,
  });
}
