// The page's hint that money on a key has no backup, and the backup that it makes.
import { readFile } from "node:fs/promises";
import { core } from "./support/core.mjs";
import { PRICE, PaywallVisitor, expect, expectChannel, inTokens, test } from "./support/fixtures.mjs";
import { expectFieldError } from "./support/fields.mjs";

test.skip(({ signer }) => signer !== "local key", "a wallet keeps its own keys");

test("the page suggests a backup of a key with money, saves it, and opens it again", async ({
  visitor,
  browser,
  stack,
}) => {
  const { page } = visitor;
  await visitor.arrive();
  await visitor.signIn();
  await expect(visitor.by("backup")).toBeHidden();
  await visitor.fund();
  await expect(visitor.by("backup")).toBeVisible();
  await expect(visitor.by("backup")).toContainText("in this browser only");
  await visitor.openAndPay(inTokens(5n * PRICE));

  await visitor.by("backup-save").click();
  await expectFieldError(visitor, "backup-password", "password-missing");
  await visitor.by("backup-password").fill("correct horse");
  const downloading = page.waitForEvent("download");
  await visitor.by("backup-password").press("Enter");
  const download = await downloading;
  await visitor.succeeded();
  await expect(visitor.by("backup-note")).toContainText(download.suggestedFilename());
  const path = await download.path();
  expect(JSON.parse(await readFile(path, "utf8"))).toHaveProperty("microraiden");

  await page.reload();
  await visitor.ready();
  await expectChannel(visitor, { deposit: 5n * PRICE, spent: PRICE });
  await expect(visitor.by("backup")).toBeHidden();

  const account = await visitor.address();
  const context = await browser.newContext();
  const other = new PaywallVisitor(await context.newPage(), stack, undefined);
  await other.arrive();
  await other.by("account-local-import-open").click();
  await other.by("restore-file").setInputFiles(path);
  await other.by("restore-password").fill("wrong");
  await other.by("restore").click();
  await other.idle();
  await expectFieldError(other, "restore-password", "wrong-password");
  await other.by("restore-password").fill("correct horse");
  await other.act("restore");
  await expect(other.by("account-address")).toHaveText(account);
  await expectChannel(other, { deposit: 5n * PRICE, spent: PRICE });
  await expect(other.by("backup")).toBeHidden();
  // What was paid for is neither in the backup nor on the chain.
  await expect(other.by("pay")).toHaveText(`Pay ${inTokens(PRICE)} TKN`);
  await expect(other.by("pay-before")).toHaveText(
    "This channel paid for something that this browser does not know of, maybe for this: in another browser, or long ago.",
  );
  await other.pay();
  await other.page.goto(`${stack.url}/doggo.jpg?2`);
  await other.ready();
  await expect(other.by("pay-before")).toContainText("maybe for this");
  await context.close();
});

test("the page's suggestion goes when it is dismissed, and the focus stays on the way", core, async ({
  visitor,
}) => {
  await visitor.arrive();
  await visitor.signIn();
  await visitor.fund();
  await visitor.by("backup-later").focus();
  await visitor.page.keyboard.press("Enter");
  await expect(visitor.by("backup")).toBeHidden();
  await expect(visitor.by("pay")).toBeFocused();
  await visitor.openAndPay(inTokens(5n * PRICE));
  await expect(visitor.by("backup")).toBeHidden();
});

test.describe("without a faucet, where the money is worth something", () => {
  test.beforeEach(({ stack }) => stack.paywall.restart({ faucet: null }));
  test.afterEach(({ stack }) => stack.paywall.restart({ faucet: stack.owner }));

  test("the backup takes the deposit's place, and gives way to it once it is saved", async ({ visitor, stack }) => {
    const { page } = visitor;
    await visitor.arrive();
    await visitor.signIn();
    const account = await visitor.address();
    // The tokens come first, so that there is something to back up before the account can pay.
    await stack.sendTokens(account, 20n * PRICE);
    await page.evaluate(() => dispatchEvent(new Event("focus")));
    await expect(visitor.by("backup")).toBeVisible();
    await expect(visitor.by("funding")).toBeVisible();
    await stack.setEther(account, 10n ** 18n);
    await page.evaluate(() => dispatchEvent(new Event("focus")));
    await expect(visitor.by("funding")).toBeHidden();
    await expect(visitor.by("pay")).toBeHidden();
    const [backup, line] = await Promise.all([visitor.by("backup").boundingBox(), visitor.by("account").boundingBox()]);
    expect(backup?.y).toBeLessThan(line?.y ?? 0);

    await visitor.by("backup-password").fill("correct horse");
    await visitor.act("backup-save");
    await expect(visitor.by("backup-note")).toBeFocused();
    await expect(visitor.by("backup-note")).not.toBeEmpty();
    await visitor.openAndPay(inTokens(5n * PRICE));
    await visitor.picture();
  });
});
