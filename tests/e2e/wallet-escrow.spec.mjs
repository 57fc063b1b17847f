// A wallet that pays by itself, with a token without ERC223: approval and opening in one confirmation, where the wallet
// makes all calls or none.
import { core } from "./support/core.mjs";
import { expect, test } from "./support/fixtures.mjs";
import { payerOf } from "./support/odd-token.mjs";

const work = async ({ client, receiver }) => {
  const events = [];
  const onProgress = ({ type, action }) => type !== "confirming" && events.push(`${type} ${action}`);
  const channel = await client.begin({ receiver, deposit: 100n, onProgress });
  await channel.topUp(50n, { onProgress });
  const again = await client.begin({ receiver, deposit: 100n, onProgress });
  return { deposit: channel.deposit, again: [again.openBlock === channel.openBlock, again.deposit], events };
};

const confirmed = (wallet) => [wallet.times("wallet_sendCalls"), wallet.times("eth_sendTransaction")];

test("approval and opening are one confirmation, and so is a top up", core, async ({ page, stack, wallet }) => {
  wallet.batches = true;
  const { contract, token, library, balanceOf, sender } = await payerOf("PlainToken", page, { stack, wallet });
  const done = await library.value(work);
  expect(done).toMatchObject({ deposit: 150n, again: [true, 150n] });
  expect(confirmed(wallet)).toEqual([2, 0]);
  expect(wallet.batched.map(({ calls, atomicRequired }) => [atomicRequired, calls.map(({ to }) => to.toLowerCase())])).toEqual([
    [true, [token.toLowerCase(), contract.toLowerCase()]],
    [true, [token.toLowerCase(), contract.toLowerCase()]],
  ]);
  expect(await balanceOf(contract)).toBe(150n);
  const ended = await library.value(async ({ client }) => {
    const { left, tokens } = await client.end({ cooperative: false });
    return { left: left.map(({ kind, state }) => [kind, state]), tokens };
  });
  // A challenge period; a wallet's own account is not swept.
  expect(ended).toEqual({ left: [["closing", "waiting"]], tokens: 0n });
  expect(await balanceOf(sender)).toBe(850n);
});

test("an ordinary wallet confirms approval and opening one after the other", async ({ page, stack, wallet }) => {
  const { library } = await payerOf("PlainToken", page, { stack, wallet });
  expect(await library.value(work)).toMatchObject({ deposit: 150n, again: [true, 150n] });
  expect(confirmed(wallet)).toEqual([0, 4]);
});

test("a wallet that refuses them leaves nothing, and one that can't after all is asked for each", async ({
  page,
  stack,
  wallet,
}) => {
  wallet.batches = true;
  const { library } = await payerOf("PlainToken", page, { stack, wallet });
  wallet.throws.set("wallet_sendCalls", { thrown: { code: 4001, message: "User rejected the request." }, times: 1 });
  expect((await library.run(work)).error.code).toBe("wallet-rejected");
  expect(await library.value(({ client }) => client.openEnds())).toEqual([]);
  wallet.throws.set("wallet_sendCalls", { thrown: { code: 5760, message: "not atomic" } });
  expect(await library.value(work)).toMatchObject({ deposit: 150n });
  expect(wallet.times("eth_sendTransaction")).toBe(4);
});

test("a page that dies before the wallet tells of them leaves them to the next", async ({ page, stack, wallet }) => {
  wallet.batches = true;
  const { library, balanceOf, contract } = await payerOf("PlainToken", page, { stack, wallet });
  wallet.answers.set("wallet_getCallsStatus", { status: 100 });
  library.begin(async ({ client, receiver }) => client.begin({ receiver, deposit: 100n }));
  await expect.poll(() => wallet.times("wallet_getCallsStatus"), { timeout: 20_000 }).toBeGreaterThan(0);
  await page.reload();
  const ends = await library.value(async ({ client }) => (await client.openEnds()).map(({ kind, action, state }) => [kind, action, state]));
  expect(ends).toEqual([["transaction", "open", "waiting"]]);
  wallet.answers.clear();
  const deposit = await library.value(async ({ client, receiver }) => (await client.begin({ receiver, deposit: 100n })).deposit);
  expect(deposit).toBe(100n);
  expect(wallet.times("wallet_sendCalls")).toBe(1);
  expect(await balanceOf(contract)).toBe(100n);
  expect(await library.value(({ client }) => client.openEnds())).toEqual([]);
});
