import { core } from "./support/core.mjs";
import {
  PRICE,
  expect,
  expectChannel,
  expectPicture,
  inTokens,
  test,
} from "./support/fixtures.mjs";
import { Ledger } from "./support/ledger.mjs";

test("cooperative close: both are paid at once, to the unit", core, async ({ visitor, stack }) => {
  await visitor.arriveAndPay(10n * PRICE);
  await visitor.pay();
  await expectChannel(visitor, { deposit: 10n * PRICE, spent: 2n * PRICE });
  const ledger = await Ledger.of(stack, await visitor.address());

  await visitor.close();

  await expect(visitor.by("channel-state")).toHaveAttribute("data-state", "settled");
  await ledger.expectChanges({ sender: 8n * PRICE, receiver: 2n * PRICE, contract: -10n * PRICE });
});

test("after a close: a new channel opens and pays", async ({ visitor }) => {
  await visitor.arriveAndPay(2n * PRICE);
  const { openBlock } = await visitor.channel();
  await visitor.close();
  await expect(visitor.by("channel-state")).toHaveAttribute("data-state", "settled");

  await visitor.openAndPay(inTokens(3n * PRICE));

  await expectPicture(visitor);
  await expectChannel(visitor, { deposit: 3n * PRICE, spent: PRICE });
  expect((await visitor.channel()).openBlock).toBeGreaterThan(openBlock);
});

test("a settled channel can be forgotten", async ({ visitor }) => {
  await visitor.arriveAndPay(2n * PRICE);
  await visitor.close();
  await visitor.act("remove");
  await expect(visitor.by("channel")).toBeHidden();
});

test("a channel that was paid at a known price only is closed with the receiver, too", async ({ library }) => {
  const closed = await library.value(async ({ client, receiver, url, argument: price }) => {
    const how = [];
    for (let round = 0; round < 2; round++) {
      const channel = await client.open({ receiver, deposit: 5n * price });
      await client.payingFetch({ maxPrice: price })(`${url}/doggo.jpg`);
      how.push((await channel.close()).cooperative);
    }
    return how;
  }, PRICE);
  expect(closed).toEqual([true, true]);
});
