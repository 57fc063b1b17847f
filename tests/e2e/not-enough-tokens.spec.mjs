import { core } from "./support/core.mjs";
import { PRICE, expect, expectError, expectPicture, inTokens, test } from "./support/fixtures.mjs";
import { Ledger } from "./support/ledger.mjs";

test("not enough tokens: no transaction is sent, and a smaller deposit works", core, async ({
  visitor,
  stack,
}) => {
  await visitor.arriveWith({ tokens: 2n * PRICE });
  const sender = await visitor.address();
  const ledger = await Ledger.of(stack, sender);

  await visitor.by("deposit-input").fill(inTokens(2n * PRICE + 1n));
  expect(await visitor.fail("pay")).toBe("insufficient-tokens");
  await expectError(visitor, "insufficient-tokens");
  await ledger.expectChanges({});
  expect(await stack.publicClient.getTransactionCount({ address: sender })).toBe(0);

  await visitor.openAndPay(inTokens(2n * PRICE));
  await expectPicture(visitor);
  await ledger.expectChanges({ sender: -2n * PRICE, contract: 2n * PRICE });
});
