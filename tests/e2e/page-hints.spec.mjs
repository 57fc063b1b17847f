// What the page says beside its fields and amounts is true.
import { CHALLENGE_PERIOD } from "../../demo/deploy.mjs";
import { core } from "./support/core.mjs";
import { PRICE, expect, expectPicture, inTokens, test } from "./support/fixtures.mjs";
import { Library } from "./support/library.mjs";

test("amounts are read with a comma, too, and compared with what the account holds", async ({ visitor }) => {
  await visitor.arriveWith({ tokens: 5n * PRICE });
  await visitor.page.reload();
  await visitor.signIn();
  const [field, hint] = [visitor.by("deposit-input"), visitor.by("deposit-hint")];
  // Ten payments are not to be had.
  await expect(field).toHaveValue(inTokens(5n * PRICE));
  await expect(hint).toContainText("Covers 5 like this");
  await field.fill("0,5");
  await expect(field).toHaveAttribute("data-amount", String(5n * 10n ** 17n));
  for (const malformed of ["1,000,000", "1.0,5", "1 000", "zero"]) {
    await field.fill(malformed);
    await expect(hint, malformed).toContainText("That is not an amount");
    await expect(field).toHaveAttribute("aria-invalid", "true");
  }
  await field.fill("50");
  await expect(hint).toContainText("which is not enough");
  // Said once: by the box, as long as it is there.
  expect(await visitor.fail("pay")).toBe("insufficient-tokens");
  await expect(hint).toHaveText("");
  await expect(field).toHaveAttribute("aria-invalid", "true");
  await visitor.by("error-dismiss").click();
  await expect(hint).toContainText("which is not enough");
  await field.fill(inTokens(2n * PRICE));
  await expect(field).toHaveAttribute("aria-invalid", "false");
  await visitor.act("pay");
  await expectPicture(visitor);
});

test("an account is said to lack what it lacks, by name, until a channel is open", async ({ visitor, stack }) => {
  const note = visitor.by("account-empty");
  const reread = async () => {
    await visitor.page.reload();
    await visitor.signIn();
  };
  await visitor.arrive();
  await visitor.signIn();
  await expect(note).toHaveText(/^Before you can pay, this account needs at least 0\.100000000000000003\sTKN and about 0\.000\d+\sETH for network fees\.$/);
  const account = await visitor.address();
  await stack.sendTokens(account, PRICE);
  await reread();
  await expect(note).toHaveText(/^Before you can pay, this account needs about 0\.000\d+\sETH for network fees\.$/);
  // Some, but not enough for an opening.
  await stack.setEther(account, 10n ** 9n);
  await reread();
  await expect(note).toHaveText(/ needs about 0\.000\d+\sETH for network fees\.$/);
  await stack.setEther(account, 10n ** 18n);
  await reread();
  await expect(note).toBeHidden();
  // All of its tokens are in the channel now, and paying needs none.
  await visitor.openAndPay(inTokens(PRICE));
  await expectPicture(visitor);
  await expect(note).toBeHidden();
});

test("what a settled channel did not spend came back, and does not remain; then it goes from the list", async ({ visitor }) => {
  await visitor.arriveAndPay(3n * PRICE);
  await visitor.by("channel-details").click();
  await expect(visitor.page.getByText("Remaining", { exact: true })).toBeVisible();
  await visitor.close();
  await expect(visitor.page.getByText("Returned to you", { exact: true })).toBeVisible();
  await expect(visitor.page.getByText("Remaining", { exact: true })).toBeHidden();
  const [back, spent] = [inTokens(2n * PRICE), inTokens(PRICE)];
  await expect(visitor.by("channel-note")).toHaveText(
    `Closed: ${back} TKN came back to you, the receiver got ${spent} TKN.`,
  );
  await expect(visitor.by("remove")).toHaveText("Remove it from the list");
  await visitor.act("remove");
  await expect(visitor.by("channel")).toBeHidden();
});

test("a settled channel names no amounts where this browser does not know them", async ({ visitor, stack, wallet }) => {
  await visitor.arriveAndPay(3n * PRICE);
  await visitor.page.evaluate(() => {
    const names = Object.keys(localStorage).filter((name) => name.startsWith("microraiden:channel"));
    names.forEach((name) => localStorage.removeItem(name));
  });
  const library = await Library.on(visitor.page, { stack, wallet });
  await library.value(async ({ client, receiver }) => {
    const channel = await client.find({ receiver });
    await channel.close({ cooperative: false, force: true });
  });
  // The receiver ends it at once with the balance that it has instead, and another tab would have told of it.
  await expect(async () => {
    await visitor.page.evaluate(() => dispatchEvent(new StorageEvent("storage", { key: null })));
    await expect(visitor.by("channel-state")).toHaveAttribute("data-state", "settled", { timeout: 1000 });
  }).toPass();
  await expect(visitor.by("channel-note")).toHaveText(
    "Closed: the receiver has been paid, and the rest came back to you.",
  );
});

test("another channel is told by what is left in it and when it was opened, or when it settles", async ({ visitor, stack }) => {
  await visitor.arriveAndPay(3n * PRICE);
  const first = (await visitor.channel()).openBlock;
  await visitor.refuseClosingSignature();
  await visitor.close();
  await visitor.openAndPay(inTokens(5n * PRICE));
  const second = (await visitor.channel()).openBlock;
  const note = visitor.by("channel-note");
  const [closing, open] = [visitor.by(`channel-show-${first}`), visitor.by(`channel-show-${second}`)];
  await expect(closing).toHaveText(
    new RegExp(`^Show the closing channel with ${inTokens(2n * PRICE)}\\sTKN left, which settles in about .*minute`),
  );
  await closing.click();
  await visitor.succeeded();
  // As a time, and not in blocks.
  await expect(note).toHaveText(/You can settle in about .*minute.*\. Settling pays/);
  await expect(open).toHaveText(
    new RegExp(`^Show the channel with ${inTokens(4n * PRICE)}\\sTKN left, opened .+ at `),
  );
  await visitor.askToPay();
  await expect(visitor.page.locator("#pay-note")).toContainText(`from your other channel, which has ${inTokens(4n * PRICE)} TKN left`);
  await open.click();
  await visitor.succeeded();
  await stack.mine(CHALLENGE_PERIOD + 1);
  await visitor.page.reload();
  await visitor.comeBack();
  await expect(closing).toHaveText(/which can be settled now$/);
});

test("Escape dismisses a message, and ends what is waited for", async ({ visitor }) => {
  const { page } = visitor;
  await visitor.arriveWith();
  await page.route("**/doggo.jpg", (route) => (route.request().resourceType() === "fetch" ? undefined : route.fallback()));
  await visitor.by("pay").click();
  await expect(visitor.by("cancel")).toBeEnabled();
  await page.keyboard.press("Escape");
  await expect(visitor.by("error-code")).toHaveText("aborted");
  await page.keyboard.press("Escape");
  await expect(visitor.by("error")).toBeHidden();
  await page.unroute("**/doggo.jpg");
  await visitor.openAndPay(inTokens(2n * PRICE));
  await expectPicture(visitor);
  await expect(visitor.by("announcement")).toHaveText("doggo.jpg is paid for and shown.");
});

test("with text twice as large on a narrow page every field can be used", core, async ({ visitor }) => {
  await visitor.page.setViewportSize({ width: 320, height: 640 });
  await visitor.arriveAndPay(3n * PRICE);
  await visitor.page.evaluate(() => {
    document.documentElement.style.fontSize = "200%";
  });
  const box = await visitor.by("topup-input").boundingBox();
  expect(box?.width).toBeGreaterThan(100);
  expect(await visitor.page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(320);
});
