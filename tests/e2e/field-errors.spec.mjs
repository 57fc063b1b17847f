// An error of a field is said right under it, and nowhere else, until the field is edited.
import { parseEther } from "viem";
import { core } from "./support/core.mjs";
import { PRICE, PaywallVisitor, expect, expectError, inTokens, test } from "./support/fixtures.mjs";
import { expectFieldError, expectFieldRight } from "./support/fields.mjs";

test.skip(({ signer }) => signer !== "local key", "most of the fields are a key's");

const KEY = `0x${"a0".repeat(32)}`;
/** More than the contract takes, in tokens. */
const TOO_MUCH = "101";

/** A file that a field is given. */
const file = (text) => ({ name: "backup.json", mimeType: "application/json", buffer: Buffer.from(text) });

test("a key in hex", async ({ visitor }) => {
  await visitor.arrive();
  for (const malformed of ["", "0x12", "not a key"]) {
    await visitor.importKey(malformed);
    await expectFieldError(visitor, "import-hex", "key-malformed");
  }
  await visitor.by("import-hex").pressSequentially("0");
  await expectFieldRight(visitor, "import-hex");
  await visitor.importKey("0x12");
  await expectFieldError(visitor, "import-hex", "key-malformed");
  // Enter in the field says it to those who are there already.
  await visitor.by("import-hex").press("Enter");
  await expect(visitor.by("announcement")).toContainText("64 hex digits");
  await visitor.importKey(KEY);
  await visitor.succeeded();
  await visitor.openAccount();
  await visitor.act("account-change");
  await visitor.by("account-local-import-open").click();
  await expectFieldRight(visitor, "import-hex");
});

test("a backup's file and password", async ({ visitor, browser, stack }) => {
  await visitor.arriveWith();
  await visitor.by("backup-save").click();
  await expectFieldError(visitor, "backup-password", "password-missing");
  await visitor.by("backup-password").fill("correct horse");
  await expectFieldRight(visitor, "backup-password");
  const downloading = visitor.page.waitForEvent("download");
  await visitor.by("backup-save").click();
  const path = await (await downloading).path();

  const context = await browser.newContext();
  const other = new PaywallVisitor(await context.newPage(), stack, undefined);
  await other.arrive();
  await other.by("account-local-import-open").click();
  const restore = async () => {
    await other.by("restore").click();
    await other.idle();
  };
  await restore();
  await expectFieldError(other, "restore-file", "file-missing");
  await other.by("restore-file").setInputFiles(file("no backup"));
  await expectFieldRight(other, "restore-file");
  await restore();
  await expectFieldError(other, "restore-password", "password-missing");
  await other.by("restore-password").fill("wrong");
  await expectFieldRight(other, "restore-password");
  await restore();
  await expectFieldError(other, "restore-file", "corrupt-backup");
  await other.by("restore-file").setInputFiles(path);
  await restore();
  await expectFieldError(other, "restore-password", "wrong-password");
  await other.by("restore-password").fill("correct horse");
  await other.act("restore");
  await expect(other.by("account-address")).toHaveText(await visitor.address());
  await context.close();
});

test("amounts: a deposit, an addition, and what may be paid without asking", async ({ visitor, stack }) => {
  await visitor.arriveWith();
  await stack.sendTokens(await visitor.address(), parseEther("200"));
  await visitor.page.reload();
  await visitor.signIn();
  const wrong = { many: "amount-malformed", 0: "amount-zero", 0.01: "deposit-below-price" };
  for (const [written, code] of Object.entries(wrong)) {
    await visitor.by("deposit-input").fill(written);
    await visitor.by("pay").click();
    await expectFieldError(visitor, "deposit-input", code);
  }

  await test.step("that the contract takes no more is known when it is asked", async () => {
    await visitor.by("deposit-input").fill(TOO_MUCH);
    await expectFieldRight(visitor, "deposit-input");
    await visitor.by("pay").click();
    await visitor.idle();
    await expectFieldError(visitor, "deposit-input", "rule-violated");
    // It is still said after the account was read again.
    await visitor.page.evaluate(() => dispatchEvent(new StorageEvent("storage", { key: null })));
    await expectFieldError(visitor, "deposit-input", "rule-violated");
  });

  await visitor.openAndPay(inTokens(2n * PRICE));
  await visitor.by("topup-input").fill("-1");
  await visitor.by("topup").click();
  await expectFieldError(visitor, "topup-input", "amount-malformed");
  await visitor.by("topup-input").fill(TOO_MUCH);
  await visitor.by("topup").click();
  await visitor.idle();
  await expectFieldError(visitor, "topup-input", "rule-violated");
  await visitor.by("topup-input").fill(inTokens(PRICE));
  await expectFieldRight(visitor, "topup-input");
  await visitor.by("auto-open").click();
  await visitor.by("auto-input").fill("0.01");
  await visitor.by("auto-allow").click();
  await expectFieldError(visitor, "auto-input", "deposit-below-price");

  await test.step("an emptied field stays empty, because its user is about to type", async () => {
    await visitor.by("topup-input").fill("");
    await visitor.pay();
    await expect(visitor.by("topup-input")).toHaveValue("");
  });
});

test("the box keeps what is about no field", core, async ({ visitor, stack }) => {
  await visitor.arriveWith({ tokens: 5n * PRICE });
  await visitor.by("pay").waitFor();
  await stack.setEther(await visitor.address(), 0n);
  await visitor.by("pay").click();
  await visitor.idle();
  await expectError(visitor, "insufficient-ether");
  await expectFieldRight(visitor, "deposit-input");
});
