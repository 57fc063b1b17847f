// The npm package as a page author uses it, without our page.
import { parseEther } from "viem";
import { PRICE, expect, test as base } from "./support/fixtures.mjs";
import { Ledger } from "./support/ledger.mjs";
import { Library } from "./support/library.mjs";

const test = base.extend({
  /** The package in an empty page, with an account that has tokens and ether. */
  library: async ({ page, stack, wallet }, use) => {
    const library = await Library.alone(page, { stack, wallet });
    const sender = await library.value(({ client }) => client.sender);
    await stack.sendTokens(sender, 100n * PRICE);
    await stack.setEther(sender, parseEther("1"));
    await use(library);
  },
});

test("connect tells what it found out about contract, token and account", async ({ library, stack, generation }) => {
  const found = await library.value(async ({ client }) => ({
    contract: client.contract, token: client.token, generation: client.generation, chainId: client.chainId,
    challengePeriod: client.challengePeriod, tokenInfo: await client.tokenInfo(), ether: await client.etherBalance(),
  }));
  expect({ ...found, contract: found.contract.toLowerCase(), token: found.token.toLowerCase() }).toEqual({
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
  const { opened, found, events } = await library.value(async ({ client, receiver, argument: deposit }) => {
    const events = [];
    const show = ({ deposit, balance, remaining, state, openBlock, settleBlock, pending }) =>
      ({ deposit, balance, remaining, state, openBlock, settleBlock, pending });
    const opened = await client.open({ receiver, deposit, onProgress: ({ type, action }) => events.push({ type, action }) });
    return { opened: show(opened), found: show(await client.find({ receiver })), events };
  }, 5n * PRICE);
  expect(opened).toMatchObject({ deposit: 5n * PRICE, balance: 0n, remaining: 5n * PRICE, state: "open" });
  expect(opened.settleBlock).toBeUndefined();
  expect(opened.pending).toBeUndefined();
  expect(found).toEqual(opened);
  expect(events).toContainEqual({ type: "sent", action: "open" });
  expect(events).toContainEqual({ type: "confirming", action: "open" });
});

test("sign, roll back, sign again, confirm: the balance follows", async ({ library }) => {
  const seen = await library.value(async ({ client, receiver, argument: price }) => {
    const channel = await client.open({ receiver, deposit: 5n * price });
    const seen = [];
    const note = (name) => seen.push([name, channel.balance, channel.pending?.balance]);
    const first = await channel.sign(price);
    note("signed");
    channel.rollback(first);
    note("rolled back");
    const second = await channel.sign(2n * price);
    channel.confirm(second);
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

test("a proof above the deposit is not signed", async ({ library }) => {
  const { error } = await library.run(async ({ client, receiver, argument: price }) => {
    const channel = await client.open({ receiver, deposit: price });
    await channel.sign(price + 1n);
  }, PRICE);
  expect(error).toMatchObject({ code: "insufficient-deposit", name: "MicroRaidenError", isError: true });
});

test("fetch opens, pays and tops up within the limits it was given", async ({ library, stack }) => {
  const ledger = await Ledger.of(stack, await library.value(({ client }) => client.sender));
  const found = await library.value(async ({ client, receiver, url, argument: price }) => {
    const pay = client.fetch({ maxPrice: price, deposit: price, topUp: 2n * price });
    const first = await pay(`${url}/doggo.jpg`);
    const second = await pay(`${url}/doggo.jpg`);
    const channel = await client.find({ receiver });
    const size = async (response) => (await response.arrayBuffer()).byteLength;
    return { status: [first.status, second.status], sizes: [await size(first), await size(second)],
      deposit: channel.deposit, balance: channel.balance };
  }, PRICE);
  expect(found.status).toEqual([200, 200]);
  expect(found.sizes[0]).toBeGreaterThan(1_000);
  expect(found.sizes[1]).toBe(found.sizes[0]);
  expect(found).toMatchObject({ deposit: 3n * PRICE, balance: 2n * PRICE });
  await ledger.expectChanges({ sender: -3n * PRICE, contract: 3n * PRICE });
});

test("fetch without a deposit opens nothing", async ({ library }) => {
  const { error } = await library.run(({ client, url, argument: price }) =>
    client.fetch({ maxPrice: price })(`${url}/doggo.jpg`), PRICE);
  expect(error).toMatchObject({ code: "no-channel", isError: true });
});

test("a forgotten channel is found again with the balance that the receiver holds", async ({ library }) => {
  const found = await library.value(async ({ client, receiver, url, argument: price }) => {
    const pay = client.fetch({ maxPrice: price, deposit: 5n * price });
    await pay(`${url}/doggo.jpg`);
    (await client.find({ receiver })).forget({ force: true });
    const forgotten = (await client.channels()).length;
    await client.find({ receiver });
    await pay(`${url}/doggo.jpg`);
    const channel = await client.find({ receiver });
    return { forgotten, deposit: channel.deposit, balance: channel.balance };
  }, PRICE);
  expect(found).toEqual({ forgotten: 0, deposit: 5n * PRICE, balance: 2n * PRICE });
});

test("an unsettled channel is forgotten only by force", async ({ library }) => {
  const { error } = await library.run(async ({ client, receiver, argument: price }) => {
    const channel = await client.open({ receiver, deposit: price });
    channel.forget();
  }, PRICE);
  expect(error.isError).toBe(true);
  expect(error.code).toMatch(/^[a-z]+(-[a-z]+)*$/);
});

test("mint gives tokens for ether", async ({ library }) => {
  const grown = await library.value(async ({ client }) => {
    const before = (await client.tokenInfo()).balance;
    await client.mint();
    return (await client.tokenInfo()).balance - before;
  });
  expect(grown).toBe(50n * 10n ** 18n);
});

test.describe("bad arguments are refused by name", () => {
  const cases = {
    "a receiver that is no address": ({ client }) => client.open({ receiver: "0x12", deposit: 1n }),
    "a receiver with a wrong checksum": ({ client }) =>
      client.open({ receiver: "0x5601Ea8445A5d96EEeBF89A67C4199FbB7a43FbB", deposit: 1n }),
    "a deposit that is a number": ({ client, receiver }) => client.open({ receiver, deposit: 1 }),
    "a negative deposit": ({ client, receiver }) => client.open({ receiver, deposit: -1n }),
    "no options at all": ({ client }) => client.open(),
    "a price limit that is text": ({ client, url }) => client.fetch({ maxPrice: "3" })(url),
    "a key that is no hex": ({ library }) => library.LocalKey.fromHex("secret"),
    "a key of zero": ({ library }) => library.LocalKey.fromHex(`0x${"00".repeat(32)}`),
  };
  for (const [name, work] of Object.entries(cases)) {
    test(name, async ({ library }) => {
      const { error } = await library.run(work);
      expect(error).toMatchObject({ code: "invalid-argument", name: "MicroRaidenError", isError: true });
    });
  }
});

test("a deposit above the contract's limit is refused with the rule", async ({ library, stack }) => {
  const sender = await library.value(({ client }) => client.sender);
  await stack.sendTokens(sender, 200n * 10n ** 18n);
  const { error } = await library.run(({ client, receiver }) =>
    client.open({ receiver, deposit: 100n * 10n ** 18n + 1n }));
  expect(error).toMatchObject({ code: "rule-violated", isError: true });
  expect(error.details.rule).toBeTruthy();
});

test("an address without a contract is not a manager", async ({ library }) => {
  const { error } = await library.run(async ({ library: { LocalKey, MicroRaiden }, receiver, rpcUrl }) => {
    await MicroRaiden.connect({ wallet: LocalKey.create(), contract: receiver, rpcUrl });
  });
  expect(error).toMatchObject({ code: "not-a-manager", isError: true });
});

test("a node that does not answer is said to be unreachable", async ({ library }) => {
  const { error } = await library.run(async ({ library: { LocalKey, MicroRaiden }, contract }) => {
    await MicroRaiden.connect({ wallet: LocalKey.create(), contract, rpcUrl: "http://127.0.0.1:9" });
  });
  expect(error).toMatchObject({ code: "rpc-unreachable", isError: true });
});

test("an aborted opening says so", async ({ library }) => {
  const { error } = await library.run(({ client, receiver, argument: deposit }) =>
    client.open({ receiver, deposit, signal: AbortSignal.abort() }), PRICE);
  expect(error).toMatchObject({ code: "aborted", isError: true });
});
