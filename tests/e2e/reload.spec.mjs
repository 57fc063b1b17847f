import { PRICE, expect, expectChannel, expectPicture, test } from "./support/fixtures.mjs";
import { Ledger } from "./support/ledger.mjs";

test("reload: the channel is found again and pays on", async ({ visitor, stack, wallet }) => {
  await visitor.arriveAndPay(10n * PRICE);
  const before = await visitor.channel();
  const address = await visitor.address();
  const ledger = await Ledger.of(stack, address);

  await visitor.page.reload();
  await visitor.ready();
  if (wallet) {
    await visitor.useWallet();
  }
  // A key in the browser with a channel needs no click.
  await expect(visitor.by("account-address")).toHaveText(address);
  await expectPicture(visitor);
  expect(await visitor.channel()).toEqual(before);

  await visitor.pay();
  await expectPicture(visitor);
  await expectChannel(visitor, { deposit: 10n * PRICE, spent: 2n * PRICE });
  expect((await visitor.channel()).openBlock).toBe(before.openBlock);
  await ledger.expectChanges({});
});
