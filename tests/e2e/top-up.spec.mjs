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

test("top up: an exhausted deposit grows, and pays again", core, async ({ visitor, stack }) => {
  await visitor.arriveAndPay(PRICE);
  await expectChannel(visitor, { deposit: PRICE, spent: PRICE });
  await expect(visitor.by("pay")).toBeDisabled();
  const { openBlock } = await visitor.channel();
  const ledger = await Ledger.of(stack, await visitor.address());

  await visitor.topUp(inTokens(2n * PRICE));
  await expectChannel(visitor, { deposit: 3n * PRICE, spent: PRICE });
  await ledger.expectChanges({ sender: -2n * PRICE, contract: 2n * PRICE });

  await visitor.pay();
  await expectPicture(visitor);
  await expectChannel(visitor, { deposit: 3n * PRICE, spent: 2n * PRICE });
  expect((await visitor.channel()).openBlock).toBe(openBlock);
});
