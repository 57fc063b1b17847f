// The way out for the money of a key in the browser: everything is sent back, and the key is removed.
import { core } from "./support/core.mjs";
import { PRICE, expect, inTokens, test } from "./support/fixtures.mjs";
import { expectFieldError } from "./support/fields.mjs";

const OTHER = "0x00000000000000000000000000000000deadbeef";

test("everything is sent to an address, and then the key is removed", async ({ visitor, stack }) => {
  const { page } = visitor;
  const tokensOf = (account) => stack.tokensOf(account);
  await visitor.arriveWith();
  await visitor.openAndPay(inTokens(3n * PRICE));
  const account = await visitor.address();
  await visitor.openAccount();
  await visitor.by("way-out").click();
  await expect(visitor.by("sweep-note")).toContainText(`${inTokens(2n * PRICE)} TKN more are in channels`);

  await test.step("no address of another account is refused", async () => {
    for (const wrong of ["", "0x12", account]) {
      await visitor.by("sweep-to").fill(wrong);
      await visitor.by("sweep").click();
      await expectFieldError(visitor, "sweep-to", "address-malformed");
    }
  });

  await test.step("closing brings the rest back, and all of it is sent", async () => {
    await visitor.close();
    await expect(visitor.by("sweep-note")).toBeHidden();
    const [before, held] = [await tokensOf(OTHER), await visitor.amount("account-tokens")];
    await visitor.by("sweep-to").fill(OTHER);
    await visitor.by("sweep").click();
    expect(await visitor.question()).toContain(OTHER);
    await visitor.by("confirm-yes").click();
    await visitor.succeeded();
    await expect(visitor.by("account-tokens")).toHaveAttribute("data-amount", "0");
    expect((await tokensOf(OTHER)) - before).toBe(held);
    await expect(visitor.by("announcement")).toHaveText("Everything was sent.");
  });

  await test.step("the key goes, and stays away", async () => {
    await visitor.openAccount();
  await visitor.by("way-out").click();
    await visitor.by("key-remove").click();
    expect(await visitor.question()).toContain(account);
    await visitor.by("confirm-yes").click();
    await visitor.succeeded();
    await expect(page.getByRole("heading", { name: "Pay with" })).toBeVisible();
    await page.reload();
    await visitor.ready();
    await visitor.begin();
    await expect(visitor.by("account-local-create")).toBeVisible();
    await expect(visitor.by("account-local-continue")).toBeHidden();
  });
});

test("a key that still has money is removed only after it was said", core, async ({ visitor }) => {
  await visitor.arriveWith();
  await visitor.openAccount();
  await visitor.by("way-out").click();
  await visitor.by("key-remove").click();
  expect(await visitor.question()).toContain("That is lost unless you have a backup");
  // What can't be taken back looks like it, and is not what Enter does.
  await expect(visitor.by("confirm-yes")).toHaveClass("grave");
  await expect(visitor.by("confirm-no")).toBeFocused();
  await visitor.page.keyboard.press("Enter");
  await expect(visitor.by("account")).toBeVisible();
});
