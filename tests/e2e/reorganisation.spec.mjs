// The chain takes back what was mined.
import { parseEther } from "viem";
import { startStack } from "../../demo/stack.mjs";
import { core } from "./support/core.mjs";
import { expect, test } from "./support/fixtures.mjs";
import { Library } from "./support/library.mjs";

test.skip(({ signer }) => signer !== "local key", "a wallet sends its transactions itself");

/** A chain that keeps its history and makes a block for each transaction only. */
test.use({
  stack: [
    async ({ generation }, use) => {
      const stack = await startStack({ generation, price: "3", blockTime: 0, anvilArgs: [] });
      await use(stack);
      await stack.stop();
    },
    { scope: "worker", timeout: 60_000 },
  ],
});

const CONFIRMATIONS = 3;

/** A page with a client that waits for three confirmations, in `window`. */
async function careful(page, stack) {
  const library = await Library.alone(page, { stack });
  const sender = await library.value(
    async ({ library: { LocalKey, MicroRaiden }, contract, rpcUrl, argument: confirmations }) => {
      const wallet = (window.key = LocalKey.create());
      window.client = await MicroRaiden.connect({
        wallet,
        contract,
        rpc: rpcUrl,
        confirmations: Number(confirmations),
      });
      return window.client.sender;
    },
    BigInt(CONFIRMATIONS),
  );
  await stack.sendTokens(sender, 100n);
  await stack.setEther(sender, parseEther("1"));
  return { library, sender };
}

/** Starts work in the page, whose promise is `window.work`, and waits until it has made a block. */
async function begin(library, stack, work) {
  const block = await stack.blockNumber();
  await library.value(work);
  await expect.poll(() => stack.blockNumber()).toBeGreaterThan(block);
}

/** Makes the blocks that the work waits for. */
async function confirmed(page, stack) {
  await stack.mine(CONFIRMATIONS);
  await page.evaluate(() => window.work);
}

const nonceOf = (stack, address) => stack.publicClient.getTransactionCount({ address });

/** Waits until so many transactions of the account are mined. */
async function mined(stack, address, count) {
  await expect.poll(() => nonceOf(stack, address)).toBe(count);
}

test("an opening that was taken back is handed in again, and counts once it is confirmed", core, async ({
  page,
  stack,
}) => {
  const { library, sender } = await careful(page, stack);
  await begin(library, stack, ({ receiver }) => {
    window.work = window.client.open({ receiver, deposit: 20n });
  });
  await mined(stack, sender, 1);
  await stack.reorg(1);
  // The library sends the same transaction again by itself.
  await mined(stack, sender, 1);
  await confirmed(page, stack);
  const seen = await library.value(async () => {
    const channels = await window.client.channels();
    return channels.map(({ deposit, state, openBlock }) => ({ deposit, state, openBlock }));
  });
  const logs = await stack.publicClient.getLogs({
    address: stack.contract,
    fromBlock: 0n,
    toBlock: "latest",
  });
  const topic = `0x${"0".repeat(24)}${sender.slice(2).toLowerCase()}`;
  const created = logs.filter(({ topics }) => topics[1] === topic);
  expect(seen).toEqual([
    { deposit: 20n, state: "open", openBlock: Number(created[0].blockNumber) },
  ]);
  expect(created).toHaveLength(1);
});

test("a top up that is taken back later no longer counts", async ({ page, stack }) => {
  const { library } = await careful(page, stack);
  await begin(library, stack, ({ receiver }) => {
    window.work = window.client.open({ receiver, deposit: 10n });
  });
  await confirmed(page, stack);
  await begin(library, stack, async () => {
    [window.channel] = await window.client.channels();
    window.work = window.channel.topUp(15n);
  });
  const deposit = () => page.evaluate(() => window.channel.deposit);
  await confirmed(page, stack);
  expect(await deposit()).toBe(25n);
  // Deeper than what was waited for.
  await stack.reorg(CONFIRMATIONS + 1);
  const after = await library.run(async () => {
    await window.channel.refresh();
    await window.channel.sign(11n);
  });
  expect(after.error).toMatchObject({ code: "insufficient-deposit" });
  expect(await deposit()).toBe(10n);
});

test("a top up that the chain shows counts once it is confirmed", async ({ page, stack }) => {
  const { library } = await careful(page, stack);
  await begin(library, stack, ({ receiver }) => {
    window.work = window.client.open({ receiver, deposit: 10n });
  });
  await confirmed(page, stack);
  // Another client of the same account is content with one block.
  await library.value(async ({ library: { MicroRaiden }, contract, rpcUrl }) => {
    const wallet = window.key;
    const hasty = await MicroRaiden.connect({ wallet, contract, rpc: rpcUrl, confirmations: 1 });
    const [channel] = await hasty.channels();
    await channel.topUp(15n);
    [window.channel] = await window.client.channels();
  });
  const deposit = () =>
    library.value(async () => {
      await window.channel.refresh();
      return window.channel.deposit;
    });
  expect(await deposit()).toBe(10n);
  const early = await library.run(() => window.channel.sign(11n));
  expect(early.error).toMatchObject({ code: "insufficient-deposit" });
  await stack.mine(CONFIRMATIONS - 2);
  expect(await deposit()).toBe(10n);
  await stack.mine(1);
  expect(await deposit()).toBe(25n);
});

test("a channel whose opening is taken back is said to be removed", async ({ page, stack }) => {
  const { library } = await careful(page, stack);
  await begin(library, stack, ({ receiver }) => {
    window.work = window.client.open({ receiver, deposit: 10n });
  });
  await confirmed(page, stack);
  await stack.reorg(CONFIRMATIONS + 1);
  const seen = await library.run(async () => {
    const [channel] = await window.client.channels();
    await channel.refresh();
    const { state, deposit } = channel;
    await channel.sign(1n).catch((error) => (window.refused = error.code));
    return { state, deposit, refused: window.refused };
  });
  expect(seen.value).toMatchObject({ state: "removed", refused: "channel-not-open" });
});
