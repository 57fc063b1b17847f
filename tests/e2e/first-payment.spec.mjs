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

test("first payment: a new channel, and the picture", core, async ({ visitor, stack }) => {
  const deposit = 10n * PRICE;
  await visitor.arrive();
  await expect(visitor.by("price")).toHaveAttribute("data-amount", String(PRICE));
  await expect(visitor.by("receiver")).toHaveText(new RegExp(stack.receiver, "i"));
  await expect(visitor.by("content")).toBeHidden();

  await visitor.signIn();
  await visitor.fund();
  const ledger = await Ledger.of(stack, await visitor.address());
  await visitor.openAndPay(inTokens(deposit));

  await expectPicture(visitor);
  await expectChannel(visitor, { deposit, spent: PRICE });
  await ledger.expectChanges({ sender: -deposit, contract: deposit });
});
