import { core } from "./support/core.mjs";
import { PRICE, expect, expectChannel, test } from "./support/fixtures.mjs";
import { Ledger } from "./support/ledger.mjs";
import { Library } from "./support/library.mjs";

test("uncooperative close: settles after the challenge period, to the unit", core, async ({
  visitor,
  stack,
  wallet,
}) => {
  const deposit = 10n * PRICE;
  await visitor.arriveAndPay(deposit);
  await visitor.pay();
  const ledger = await Ledger.of(stack, await visitor.address());

  await visitor.refuseClosingSignature();
  await visitor.close();
  await expectChannel(visitor, { deposit, spent: 2n * PRICE, state: "closing" });
  await ledger.expectChanges({});
  const settleBlock = BigInt(await visitor.by("channel-settle-block").textContent());
  expect(settleBlock).toBeGreaterThan(await stack.blockNumber());

  await test.step("too early: the page offers no settling and the library refuses it", async () => {
    await expect(visitor.by("settle")).toBeDisabled();
    const library = await Library.on(visitor.page, { stack, wallet });
    const refusal = await library.run(async ({ client }) => {
      const [channel] = await client.channels();
      await channel.settle();
    });
    expect(refusal.error).toMatchObject({
      code: "settle-too-early",
      details: { settleBlock: Number(settleBlock) },
    });
    await ledger.expectChanges({});
  });

  await test.step("after the challenge period", async () => {
    await stack.mine(Number(settleBlock - (await stack.blockNumber())) + 1);
    await visitor.settle();
    await expect(visitor.by("channel-state")).toHaveAttribute("data-state", "settled");
    await ledger.expectChanges({ sender: 8n * PRICE, receiver: 2n * PRICE, contract: -deposit });
  });
});

test("a closing channel is still there after a reload, and can be settled", async ({
  visitor,
  stack,
  wallet,
}) => {
  const deposit = 2n * PRICE;
  await visitor.arriveAndPay(deposit);
  await visitor.refuseClosingSignature();
  await visitor.close();
  const ledger = await Ledger.of(stack, await visitor.address());

  await visitor.page.reload();
  await visitor.ready();
  if (wallet) {
    await visitor.useWallet();
  }
  await expectChannel(visitor, { deposit, spent: PRICE, state: "closing" });

  const settleBlock = BigInt(await visitor.by("channel-settle-block").textContent());
  await stack.mine(Number(settleBlock - (await stack.blockNumber())) + 1);
  await visitor.settle();
  await ledger.expectChanges({ sender: PRICE, receiver: PRICE, contract: -deposit });
});
