// A stranger with a wallet on the page: signs, confirms once, and pays without being asked again.
import { parseEther } from "viem";
import { openings } from "./support/books.mjs";
import { core } from "./support/core.mjs";
import { PRICE, expect, inTokens, test } from "./support/fixtures.mjs";

/** Arrives, and takes the key that the wallet makes. */
async function takeKey(visitor) {
  await visitor.arrive();
  await visitor.by("begin").or(visitor.by("account-wallet-key-0")).filter({ visible: true }).first().waitFor();
  await visitor.begin();
  await visitor.act("account-wallet-key-0");
}

test("two signatures and one confirmation, and nothing is lost with the site's data", core, async ({ visitor, stack, wallet }) => {
  wallet.batches = true;
  await stack.sendTokens(wallet.address, 100n * PRICE);
  await stack.setEther(wallet.address, parseEther("1"));
  await takeKey(visitor);
  expect(wallet.times("personal_sign")).toBe(2);
  const account = await visitor.address();
  expect(account.toLowerCase()).not.toBe(wallet.address.toLowerCase());
  await expect(visitor.by("account").locator("#account-kind")).toContainText("your wallet brings back");
  await visitor.act("fund-wallet-0");
  await visitor.openAndPay(inTokens(5n * PRICE));
  await visitor.picture();
  const asked = () => ["personal_sign", "wallet_sendCalls", "eth_sendTransaction"].map((method) => wallet.times(method));
  expect(asked()).toEqual([2, 1, 0]);
  // The wallet is the copy of the key: no backup is asked for.
  await expect(visitor.by("backup")).toBeHidden();

  await visitor.page.evaluate(async () => {
    localStorage.clear();
    const all = await indexedDB.databases();
    all.forEach(({ name }) => indexedDB.deleteDatabase(name));
  });
  await takeKey(visitor);
  expect(await visitor.address()).toBe(account);
  await expect(visitor.by("channel-deposit")).toHaveAttribute("data-amount", String(5n * PRICE));
  expect(asked()).toEqual([4, 1, 0]);
  expect(await openings(stack, account)).toBe(1);
});

test("the choice goes once a key is here, and removing it says that the wallet brings it back", async ({ visitor, stack }) => {
  await takeKey(visitor);
  const account = await visitor.address();
  await stack.sendTokens(account, PRICE);
  await visitor.page.reload();
  await visitor.ready();
  await visitor.begin();
  await expect(visitor.by("account-local-continue")).toBeVisible();
  await expect(visitor.by("account-wallet-0")).toBeVisible();
  await expect(visitor.by("account-wallet-key-0")).toBeHidden();
  await visitor.act("account-local-continue");
  await visitor.openAccount();
  await visitor.by("way-out").click();
  await visitor.by("key-remove").click();
  expect(await visitor.question()).toContain("Your wallet brings the key back");
  await visitor.by("confirm-yes").click();
  await visitor.succeeded();
  await expect(visitor.by("account-wallet-key-0")).toBeVisible();
});

test("with several wallets one button asks which makes the key", async ({ visitor, wallet, page }) => {
  await page.addInitScript(() => {
    const info = Object.freeze({ uuid: "1", name: "Another", rdns: "a.b" });
    const provider = { request: () => Promise.reject(new Error("not asked")), on() {}, removeListener() {} };
    const detail = Object.freeze({ info, provider });
    const announce = () => dispatchEvent(new CustomEvent("eip6963:announceProvider", { detail }));
    addEventListener("eip6963:requestProvider", announce);
    announce();
  });
  await visitor.arrive();
  await visitor.by("account-wallet-1").waitFor();
  const button = visitor.by("account-wallet-key");
  await expect(button).toHaveText("Key from a wallet");
  await expect(visitor.by("account-wallet-key-0")).toHaveCount(0);
  await button.click();
  const dialog = page.getByRole("dialog");
  await expect(dialog).toHaveAccessibleName("Which wallet makes the key?");
  await expect(dialog.getByRole("listitem")).toHaveCount(2);
  await expect(visitor.by("wallet-key-0")).toBeFocused();
  await page.keyboard.press("Escape");
  await expect(dialog).toBeHidden();
  await expect(button).toBeFocused();
  expect(wallet.times("personal_sign")).toBe(0);
  await button.click();
  const own = dialog.getByRole("button").filter({ hasNotText: /Another|Cancel/ });
  await own.click();
  await visitor.succeeded();
  expect(wallet.times("personal_sign")).toBe(2);
  expect((await visitor.address()).toLowerCase()).not.toBe(wallet.address.toLowerCase());
});

test("a wallet that signs differently each time is told, and a plain key is still there to choose", async ({ visitor, wallet }) => {
  wallet.unsteady = true;
  await visitor.arrive();
  await visitor.by("begin").or(visitor.by("account-wallet-key-0")).filter({ visible: true }).first().waitFor();
  await visitor.begin();
  await visitor.fail("account-wallet-key-0");
  await expect(visitor.by("error-code")).toHaveText("wallet-signatures-differ");
  await expect(visitor.by("account-local-create")).toBeVisible();
});
