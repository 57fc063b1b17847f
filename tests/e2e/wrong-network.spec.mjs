import { core } from "./support/core.mjs";
import { expect, expectError, test } from "./support/fixtures.mjs";

const MAINNET = 1;

test("wrong network: refused before anything is asked, and fine after switching", core, async ({
  visitor,
  stack,
  wallet,
}) => {
  await visitor.arrive();
  await switchTo(MAINNET);
  try {
    const button = wallet ? "account-wallet-0" : "account-local-create";
    expect(await visitor.fail(button)).toBe("wrong-network");
    await expectError(visitor, "wrong-network");
    await expect(visitor.by("error")).toContainText(String(stack.chainId));
    await expect(visitor.by("account")).toBeHidden();
    expect(visitor.hashes).toEqual([]);
  } finally {
    await switchTo(stack.chainId);
  }
  await visitor.act("error-retry");
  await expect(visitor.by("account")).toBeVisible();

  /** A wallet is switched by its user; a key in the browser is where its node is. */
  async function switchTo(chainId) {
    if (wallet) {
      wallet.chainId = chainId;
    } else {
      await stack.setChainId(chainId);
    }
  }
});
