import { core } from "./support/core.mjs";
import {
  PRICE,
  expect,
  expectChannel,
  expectError,
  expectPicture,
  inTokens,
  test,
} from "./support/fixtures.mjs";
import { Ledger } from "./support/ledger.mjs";

test("server unreachable: nothing is opened or paid, and the next try pays once", core, async ({
  visitor,
  stack,
}) => {
  await visitor.arriveWith();
  const ledger = await Ledger.of(stack, await visitor.address());
  await visitor.by("deposit-input").fill(inTokens(10n * PRICE));

  await stack.paywall.stop();
  try {
    expect(await visitor.fail("pay")).toBe("server-unreachable");
    await expectError(visitor, "server-unreachable");
    await ledger.expectChanges({});
  } finally {
    await stack.paywall.restart();
  }

  await visitor.act("error-retry");
  await expectPicture(visitor);
  await expectChannel(visitor, { deposit: 10n * PRICE, spent: PRICE });
});
