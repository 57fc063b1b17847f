// Of several channels to one receiver: which one pays, told beforehand, and seen afterwards.
import { core } from "./support/core.mjs";
import { PRICE, expect, test } from "./support/payer.mjs";

test("the channel that is told is the one that pays", core, async ({ library, payer }) => {
  await payer.open(20n * PRICE);
  await payer.open(5n * PRICE);
  const told = (price) =>
    library.value(async ({ client, receiver, argument: price }) => {
      const channel = await client.channelToPayFrom({ receiver, price });
      return channel?.deposit;
    }, price);
  // The least that suffices; where none does, the one to top up.
  expect(await told(PRICE)).toBe(5n * PRICE);
  expect(await told(6n * PRICE)).toBe(20n * PRICE);
  expect(await told(21n * PRICE)).toBe(20n * PRICE);

  await payer.pay("/doggo.jpg");
  const balances = await library.value(async ({ client }) => {
    const channels = await client.channels();
    return channels.map(({ deposit, balance }) => [deposit, balance]);
  });
  expect(balances).toEqual([
    [20n * PRICE, 0n],
    [5n * PRICE, PRICE],
  ]);

  const nobody = await library.value(async ({ client, argument: price }) => {
    const receiver = `0x${"11".repeat(20)}`;
    return (await client.channelToPayFrom({ receiver, price })) === undefined;
  }, PRICE);
  expect(nobody).toBe(true);
});
