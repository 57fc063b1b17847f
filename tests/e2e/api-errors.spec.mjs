// What the npm package refuses, and in which words.
import { core } from "./support/core.mjs";
import { PRICE, expect, test } from "./support/fixtures.mjs";

test("a proof above the deposit is not signed", core, async ({ library }) => {
  const { error } = await library.run(async ({ client, receiver, argument: price }) => {
    const channel = await client.open({ receiver, deposit: price });
    await channel.sign(price + 1n);
  }, PRICE);
  expect(error).toMatchObject({
    code: "insufficient-deposit",
    name: "MicroRaidenError",
    isError: true,
  });
});

test("fetch without a deposit opens nothing", core, async ({ library }) => {
  const { error } = await library.run(
    ({ client, url, argument: price }) => client.payingFetch({ maxPrice: price })(`${url}/doggo.jpg`),
    PRICE,
  );
  expect(error).toMatchObject({ code: "no-channel", isError: true });
});

test("an unsettled channel is forgotten only by force", async ({ library }) => {
  const { error } = await library.run(async ({ client, receiver, argument: price }) => {
    const channel = await client.open({ receiver, deposit: price });
    await channel.forget();
  }, PRICE);
  expect(error.isError).toBe(true);
  expect(error.code).toMatch(/^[a-z]+(-[a-z]+)*$/);
});

test.describe("bad arguments are refused by name", () => {
  const cases = {
    "a receiver that is no address": ({ client }) => client.open({ receiver: "0x12", deposit: 1n }),
    "a receiver with a wrong checksum": ({ client }) =>
      client.open({ receiver: "0x5601Ea8445A5d96EEeBF89A67C4199FbB7a43FbB", deposit: 1n }),
    "a deposit that is a number": ({ client, receiver }) => client.open({ receiver, deposit: 1 }),
    "a negative deposit": ({ client, receiver }) => client.open({ receiver, deposit: -1n }),
    "no options at all": ({ client }) => client.open(),
    "a price limit that is text": ({ client, url }) => client.payingFetch({ maxPrice: "3" })(url),
    "a key that is no hex": ({ library }) => library.LocalKey.fromHex("secret"),
    "a key of zero": ({ library }) => library.LocalKey.fromHex(`0x${"00".repeat(32)}`),
  };
  for (const [name, work] of Object.entries(cases)) {
    test(name, async ({ library }) => {
      const { error } = await library.run(work);
      expect(error).toMatchObject({
        code: "invalid-argument",
        name: "MicroRaidenError",
        isError: true,
      });
    });
  }
});

test("nothing is swept to where nobody gets it back", async ({ library }) => {
  const { value } = await library.run(async ({ client }) => {
    const refused = [];
    for (const to of [client.contract, client.token, `0x${"00".repeat(20)}`]) {
      await client.sweep({ to }).catch(({ code }) => refused.push(code));
    }
    return refused;
  });
  expect(value).toEqual(Array(3).fill("invalid-argument"));
});

test("a deposit above the contract's limit is refused with the rule", core, async ({
  library,
  stack,
}) => {
  const sender = await library.value(({ client }) => client.sender);
  await stack.sendTokens(sender, 200n * 10n ** 18n);
  const { error } = await library.run(({ client, receiver }) =>
    client.open({ receiver, deposit: 100n * 10n ** 18n + 1n }),
  );
  expect(error).toMatchObject({ code: "rule-violated", isError: true });
  expect(error.details.rule).toBeTruthy();
});

test("an address without a contract is not a manager", async ({ library }) => {
  const { error } = await library.run(
    async ({ library: { LocalKey, MicroRaiden }, receiver, rpcUrl }) => {
      await MicroRaiden.connect({ wallet: LocalKey.create(), contract: receiver, rpc: rpcUrl });
    },
  );
  expect(error).toMatchObject({ code: "not-a-manager", isError: true });
});

test("a node that does not answer is said to be unreachable", async ({ library }) => {
  const { error } = await library.run(async ({ library: { LocalKey, MicroRaiden }, contract }) => {
    await MicroRaiden.connect({
      wallet: LocalKey.create(),
      contract,
      rpc: "http://127.0.0.1:9",
    });
  });
  expect(error).toMatchObject({ code: "rpc-unreachable", isError: true });
});

test("an aborted opening says so", async ({ library }) => {
  const { error } = await library.run(
    ({ client, receiver, argument: deposit }) =>
      client.open({ receiver, deposit, signal: AbortSignal.abort() }),
    PRICE,
  );
  expect(error).toMatchObject({ code: "aborted", isError: true });
});
