import { core } from "./support/core.mjs";
import { PRICE, expect, expectChannel, expectPicture, test } from "./support/fixtures.mjs";
import { Ledger } from "./support/ledger.mjs";

test("second payment: the same channel, and nothing on the chain", core, async ({ visitor, stack }) => {
  await visitor.arriveAndPay(10n * PRICE);
  const { openBlock } = await visitor.channel();
  const ledger = await Ledger.of(stack, await visitor.address());
  const sent = visitor.hashes.length;

  await visitor.pay();

  await expectPicture(visitor);
  await expectChannel(visitor, { deposit: 10n * PRICE, spent: 2n * PRICE });
  expect((await visitor.channel()).openBlock).toBe(openBlock);
  expect(visitor.hashes.length).toBe(sent);
  await ledger.expectChanges({});
});
