// The npm package as a page author uses it, without our page.
import { parseEther } from "viem";
import { core } from "./support/core.mjs";
import { PRICE, expect, test } from "./support/fixtures.mjs";
import { Ledger } from "./support/ledger.mjs";

test("connect tells what it found out about contract, token and account", async ({
  library,
  stack,
  generation,
}) => {
  const found = await library.value(async ({ client }) => ({
    contract: client.contract,
    token: client.token,
    generation: client.generation,
    chainId: client.chainId,
    challengePeriod: client.challengePeriod,
    tokenInfo: await client.tokenInfo(),
    ether: await client.etherBalance(),
  }));
  expect({
    ...found,
    contract: found.contract.toLowerCase(),
    token: found.token.toLowerCase(),
  }).toEqual({
    contract: stack.contract.toLowerCase(),
    token: stack.token.toLowerCase(),
    generation,
    chainId: stack.chainId,
    challengePeriod: 500,
    tokenInfo: { name: "CustomToken", symbol: "TKN", decimals: 18, balance: 100n * PRICE },
    ether: parseEther("1"),
  });
});

test("open reports its progress and find finds the same channel", async ({ library }) => {
  const { opened, found, events } = await library.value(
    async ({ client, receiver, argument: deposit }) => {
      const events = [];
      const show = ({ deposit, balance, remaining, state, openBlock, settleBlock, pending }) => ({
        deposit,
        balance,
        remaining,
        state,
        openBlock,
        settleBlock,
        pending,
      });
      const opened = await client.open({
        receiver,
        deposit,
        onProgress: ({ type, action }) => events.push({ type, action }),
      });
      return { opened: show(opened), found: show(await client.find({ receiver })), events };
    },
    5n * PRICE,
  );
  expect(opened).toMatchObject({
    deposit: 5n * PRICE,
    balance: 0n,
    remaining: 5n * PRICE,
    state: "open",
  });
  expect(opened.settleBlock).toBeUndefined();
  expect(opened.pending).toBeUndefined();
  expect(found).toEqual(opened);
  expect(events).toContainEqual({ type: "sent", action: "open" });
  expect(events).toContainEqual({ type: "confirming", action: "open" });
});

test("sign, roll back, sign again, confirm: the balance follows", core, async ({ library }) => {
  const seen = await library.value(async ({ client, receiver, argument: price }) => {
    const channel = await client.open({ receiver, deposit: 5n * price });
    const seen = [];
    const note = (name) => seen.push([name, channel.balance, channel.pending?.balance]);
    const first = await channel.sign(price);
    note("signed");
    await channel.rollback(first);
    note("rolled back");
    const second = await channel.sign(2n * price);
    await channel.confirm(second);
    note("confirmed");
    seen.push(["signature", /^0x[0-9a-f]{128}1[bc]$/.test(second.signature)]);
    return seen;
  }, PRICE);
  expect(seen).toEqual([
    ["signed", 0n, PRICE],
    ["rolled back", 0n, undefined],
    ["confirmed", 2n * PRICE, undefined],
    ["signature", true],
  ]);
});

test("fetch opens, pays and tops up within the limits it was given", core, async ({ library, stack }) => {
  const ledger = await Ledger.of(stack, await library.value(({ client }) => client.sender));
  const found = await library.value(async ({ client, receiver, url, argument: price }) => {
    const pay = client.payingFetch({ maxPrice: price, deposit: price, topUp: 2n * price });
    const first = await pay(`${url}/doggo.jpg`);
    const second = await pay(`${url}/doggo.jpg`);
    const channel = await client.find({ receiver });
    const size = async (response) => (await response.arrayBuffer()).byteLength;
    return {
      status: [first.status, second.status],
      sizes: [await size(first), await size(second)],
      deposit: channel.deposit,
      balance: channel.balance,
    };
  }, PRICE);
  expect(found.status).toEqual([200, 200]);
  expect(found.sizes[0]).toBeGreaterThan(1_000);
  expect(found.sizes[1]).toBe(found.sizes[0]);
  expect(found).toMatchObject({ deposit: 3n * PRICE, balance: 2n * PRICE });
  await ledger.expectChanges({ sender: -3n * PRICE, contract: 3n * PRICE });
});

test("a channel is topped up to an amount by what is missing, and pays on", async ({ library }) => {
  const found = await library.value(async ({ client, receiver, url, argument: price }) => {
    const channel = await client.open({ receiver, deposit: 1n });
    await channel.topUp(13n * price - channel.deposit);
    const paid = await client.payingFetch({ maxPrice: price })(`${url}/doggo.jpg`);
    const channels = (await client.channels()).map(({ deposit, balance }) => [deposit, balance]);
    return { status: paid.status, channels };
  }, PRICE);
  expect(found).toEqual({ status: 200, channels: [[13n * PRICE, PRICE]] });
});

test("a forgotten channel is found again with the balance that the receiver holds", core, async ({
  library,
}) => {
  const found = await library.value(async ({ client, receiver, url, argument: price }) => {
    const pay = client.payingFetch({ maxPrice: price, deposit: 5n * price });
    await pay(`${url}/doggo.jpg`);
    await (await client.find({ receiver })).forget({ force: true });
    const forgotten = (await client.channels()).length;
    await client.find({ receiver });
    await pay(`${url}/doggo.jpg`);
    const channel = await client.find({ receiver });
    return { forgotten, deposit: channel.deposit, balance: channel.balance };
  }, PRICE);
  expect(found).toEqual({ forgotten: 0, deposit: 5n * PRICE, balance: 2n * PRICE });
});

test("mint gives tokens for ether", async ({ library }) => {
  const grown = await library.value(async ({ client }) => {
    const before = (await client.tokenInfo()).balance;
    const { mint } = await import("/js/microraiden/demo.js");
    await mint(client);
    return (await client.tokenInfo()).balance - before;
  });
  expect(grown).toBe(50n * 10n ** 18n);
});
