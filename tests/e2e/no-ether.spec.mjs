import { parseEther } from "viem";
import { core } from "./support/core.mjs";
import { PRICE, expect, expectError, expectPicture, inTokens, test } from "./support/fixtures.mjs";
import { Ledger } from "./support/ledger.mjs";

test("no ether: said before a transaction is sent, and fine once some is there", core, async ({
  visitor,
  stack,
}) => {
  await visitor.arriveWith({ tokens: 20n * PRICE });
  const sender = await visitor.address();
  await expect(visitor.by("deposit-input")).toBeVisible();
  await stack.setEther(sender, 0n);
  const ledger = await Ledger.of(stack, sender);

  await visitor.by("deposit-input").fill(inTokens(10n * PRICE));
  expect(await visitor.fail("pay")).toBe("insufficient-ether");
  await expectError(visitor, "insufficient-ether");
  await ledger.expectChanges({});
  expect(await stack.publicClient.getTransactionCount({ address: sender })).toBe(0);

  await stack.setEther(sender, parseEther("1"));
  await visitor.act("error-retry");
  await expectPicture(visitor);
  await ledger.expectChanges({ sender: -10n * PRICE, contract: 10n * PRICE });
});
