import { core } from "./support/core.mjs";
import {
  PRICE,
  expect,
  expectChannel,
  expectError,
  expectPicture,
  test,
} from "./support/fixtures.mjs";
import { Ledger } from "./support/ledger.mjs";

test("price above the limit: nothing is paid until the person agrees to the new price", core, async ({
  visitor,
  stack,
}) => {
  const risen = PRICE + 1n;
  await visitor.arriveWith();
  const ledger = await Ledger.of(stack, await visitor.address());

  await stack.paywall.restart({ price: risen.toString() });
  try {
    expect(await visitor.fail("pay")).toBe("price-above-limit");
    await expectError(visitor, "price-above-limit");
    await expect(visitor.by("price")).toHaveAttribute("data-amount", String(risen));
    await ledger.expectChanges({});

    await visitor.act("error-new-price");
    await expectPicture(visitor);
    await expectChannel(visitor, { deposit: 10n * risen, spent: risen });
  } finally {
    await stack.paywall.restart({ price: PRICE.toString() });
  }
});
