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

test("the wallet refuses to show accounts, then agrees", async ({ visitor, wallet }) => {
  await visitor.arrive();
  wallet.refuse.add("eth_requestAccounts").add("eth_accounts");
  expect(await visitor.fail("account-wallet-0")).toBe("wallet-rejected");
  await expectError(visitor, "wallet-rejected");

  wallet.refuse.clear();
  await visitor.useWallet();
  await expect(visitor.by("account-address")).toHaveText(new RegExp(wallet.address, "i"));
});

test("the wallet has no accounts", async ({ visitor, wallet }) => {
  await visitor.arrive();
  wallet.locked = true;
  expect(await visitor.fail("account-wallet-0")).toBe("no-account");
  await expectError(visitor, "no-account");
});

test("the wallet refuses the transaction: nothing is opened", async ({
  visitor,
  stack,
  wallet,
}) => {
  await visitor.arriveWith();
  const ledger = await Ledger.of(stack, wallet.address);
  wallet.refuse.add("eth_sendTransaction");
  await visitor.by("deposit-input").fill(inTokens(10n * PRICE));
  expect(await visitor.fail("pay")).toBe("wallet-rejected");

  await expectError(visitor, "wallet-rejected");
  await expect(visitor.by("channel")).toBeHidden();
  await ledger.expectChanges({});
});

test("the wallet refuses a balance proof: nothing is paid, and the next try pays once", core, async ({
  visitor,
  wallet,
}) => {
  await visitor.arriveAndPay(10n * PRICE);
  wallet.refuse.add("eth_signTypedData");
  await visitor.askToPay();
  expect(await visitor.fail("pay")).toBe("wallet-rejected");
  await expectError(visitor, "wallet-rejected");
  await expectChannel(visitor, { deposit: 10n * PRICE, spent: PRICE });

  wallet.refuse.clear();
  await visitor.act("error-retry");
  await expectPicture(visitor);
  await expectChannel(visitor, { deposit: 10n * PRICE, spent: 2n * PRICE });
});

test("the wallet refuses to ask for the receiver's agreement: nothing is closed", async ({
  visitor,
  stack,
  wallet,
}) => {
  await visitor.arriveAndPay(10n * PRICE);
  const ledger = await Ledger.of(stack, wallet.address);
  wallet.refuse.add("eth_signTypedData");
  expect(await visitor.fail("close")).toBe("wallet-rejected");
  await ledger.expectChanges({});

  wallet.refuse.clear();
  await visitor.close();
  await ledger.expectChanges({ sender: 9n * PRICE, receiver: PRICE, contract: -10n * PRICE });
});
