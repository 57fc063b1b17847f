// The budget in the page: what the user allows, in plain fields, for all tabs.
import { axeFaults } from "../states/axe.mjs";
import { core } from "./support/core.mjs";
import { expectFieldError, expectFieldRight } from "./support/fields.mjs";
import { PRICE, PaywallVisitor, expect, expectChannel, expectError, expectPicture, inTokens, test } from "./support/fixtures.mjs";

/** Another page of the site, in another tab, by the same account. */
async function otherTab({ context, stack }, path) {
  const tab = new PaywallVisitor(await context.newPage(), stack, undefined);
  await tab.page.goto(`${stack.url}${path}`);
  await tab.ready();
  await expect(tab.by("channel")).toBeVisible();
  return tab;
}

async function save(visitor, limits) {
  if (!(await visitor.by("budget-save").isVisible())) {
    await visitor.by("budget-open").click();
  }
  for (const [field, text] of Object.entries(limits)) {
    await visitor.by(`budget-${field}`).fill(text);
  }
  await visitor.by("budget-save").click();
  await expect(visitor.by("budget-save")).toBeHidden();
}

const storedPolicy = (page) =>
  page.evaluate(() => {
    const name = Object.keys(localStorage).find((key) => key.startsWith("microraiden:policy:"));
    return name === undefined ? undefined : JSON.parse(localStorage.getItem(name));
  });

test("a day's limit shows what was used of it, holds in another tab, and leads back to itself", async ({
  visitor,
  stack,
  context,
}) => {
  await visitor.arriveAndPay(10n * PRICE);
  await visitor.by("budget-open").click();
  await expect(visitor.by("budget-today")).toContainText(`Used on this site today: ${inTokens(PRICE)} TKN.`);
  const other = await otherTab({ context, stack }, "/doggo.jpg?2");
  await expect(other.by("budget-open")).toHaveText("Budget: no limits");
  await save(visitor, { day: "0,15" });
  const title = `Budget: ${inTokens(PRICE)} TKN of 0.15 TKN used today`;
  await expect(visitor.by("budget-open")).toHaveText(title);
  await expect(visitor.by("budget-open")).toBeFocused();
  await expect(other.by("budget-open")).toHaveText(title);

  expect(await other.fail("pay")).toBe("budget-exceeded");
  await expectError(other, "budget-exceeded");
  await expect(other.by("error")).toContainText(`Of the 0.15 TKN that your budget allows`);
  await other.by("error-budget").click();
  await expect(other.by("budget-price")).toBeFocused();
  await save(other, { day: inTokens(2n * PRICE) });
  await other.act("pay");
  await expectPicture(other);
  await expectChannel(other, { deposit: 10n * PRICE, spent: 2n * PRICE });
  await expect(other.by("budget-open")).toHaveText(
    `Budget: ${inTokens(2n * PRICE)} TKN of ${inTokens(2n * PRICE)} TKN used today`,
  );
});

test("what is above the limit for one payment is not paid, and no new price is spoken of", async ({ visitor }) => {
  await visitor.arriveWith();
  await save(visitor, { price: "0.05" });
  await expect(visitor.by("budget-open")).toHaveText("Budget: limits are set");
  await visitor.by("budget-open").click();
  await expect(visitor.page.locator("#budget-price-hint")).toHaveText(
    `This costs ${inTokens(PRICE)} TKN, so it will not be paid.`,
  );
  expect(await visitor.fail("pay")).toBe("price-above-limit");
  await expect(visitor.by("error")).toContainText("your budget allows 0.05 TKN at most for one payment");
  await expect(visitor.by("error-new-price")).toBeHidden();
  await visitor.by("error-budget").click();
  await save(visitor, { price: inTokens(PRICE) });
  await visitor.act("pay");
  await expectPicture(visitor);
});

test("a deposit above the limit is said at the deposit", async ({ visitor }) => {
  await visitor.arriveWith();
  await visitor.by("budget-open").click();
  await visitor.by("budget-more").click();
  await save(visitor, { deposit: "0.5" });
  await visitor.by("deposit-input").fill("0.6");
  await visitor.by("pay").click();
  await visitor.idle();
  await expectFieldError(visitor, "deposit-input", "deposit-above-limit");
  await expect(visitor.by("deposit-hint")).toHaveText("Your budget allows 0.5 TKN at most in one channel.");
  await visitor.by("deposit-input").fill("0.5");
  await visitor.act("pay");
  await expectPicture(visitor);
});

test("the stop switch is in sight in every tab, stops a page at work, too, and goes by one press", async ({
  visitor,
  stack,
  context,
}) => {
  await visitor.arriveAndPay(10n * PRICE);
  const other = await otherTab({ context, stack }, "/doggo.jpg?2");
  await visitor.by("budget-open").click();
  // The second click of a double click turns nothing back.
  await visitor.by("budget-stop").dblclick();
  for (const tab of [visitor, other]) {
    await expect(tab.by("stopped")).toBeVisible();
    await expect(tab.by("budget-open")).toHaveText("Budget: all payments are stopped");
    await expect(tab.by("topup")).toBeDisabled();
  }
  await expect(other.by("pay")).toBeDisabled();
  await other.page.reload();
  await other.ready();
  await expect(other.by("stopped")).toBeVisible();
  await expect(other.by("pay")).toBeDisabled();

  await other.by("stopped-go").click();
  await expect(other.by("budget-open")).toBeFocused();
  for (const tab of [visitor, other]) {
    await expect(tab.by("stopped")).toBeHidden();
  }
  await other.page.route("**/doggo.jpg?2", (route) =>
    route.request().resourceType() === "fetch" ? undefined : route.fallback(),
  );
  await other.launch("pay");
  await visitor.by("budget-stop").click();
  await expect(other.by("stopped")).toBeVisible();
  await expect(other.by("stopped-go")).toBeEnabled();
});

test("what is wrong is said under its field, and cancelling forgets what was written", async ({ visitor }) => {
  await visitor.arriveAndPay(10n * PRICE);
  await visitor.by("budget-open").click();
  await expect(visitor.by("budget-rise")).toBeHidden();
  await visitor.by("budget-more").click();
  const wrong = [
    ["price", "cheap", "amount-malformed"],
    ["day", "0", "amount-zero"],
    ["deposit", `0.${"1".repeat(19)}`, "amount-too-fine"],
    ["rise", "1.5", "number-malformed"],
    ["openings", "-1", "number-malformed"],
  ];
  for (const [field, text, code] of wrong) {
    await visitor.by(`budget-${field}`).fill(text);
    // Closed again, it opens for what is wrong in it.
    await visitor.by("budget-more").click();
    await visitor.by("budget-save").click();
    await expectFieldError(visitor, `budget-${field}`, code);
    await visitor.by(`budget-${field}`).fill("1");
    await expectFieldRight(visitor, `budget-${field}`);
    if (!(await visitor.by("budget-rise").isVisible())) {
      await visitor.by("budget-more").click();
    }
  }
  expect(await storedPolicy(visitor.page)).toBeUndefined();
  await visitor.by("budget-cancel").click();
  await expect(visitor.by("budget-open")).toBeFocused();
  await visitor.by("budget-open").click();
  await expect(visitor.by("budget-price")).toHaveValue("");
  await expect(visitor.by("budget-openings")).toHaveValue("");

  await save(visitor, { day: "3", rise: "20", deposit: "2", openings: "4" });
  await visitor.page.reload();
  await visitor.ready();
  await visitor.by("budget-open").click();
  await visitor.by("budget-more").click();
  for (const [field, text] of Object.entries({ price: "", day: "3", rise: "20", deposit: "2", openings: "4" })) {
    await expect(visitor.by(`budget-${field}`)).toHaveValue(text);
  }
});

test("rules that the page does not show stay, and what can't be read is replaced", async ({ visitor, stack }) => {
  const { page } = visitor;
  await visitor.arriveAndPay(10n * PRICE);
  await page.evaluate(async (receiver) => {
    const { client } = /** @type {any} */ (document.querySelector("microraiden-paywall"));
    await client.setPolicy({ receivers: [receiver], maxRate: { payments: 9, seconds: 60 }, maxOpenings: 2 });
  }, stack.receiver);
  await page.reload();
  await visitor.ready();
  await save(visitor, { day: "3" });
  await visitor.by("budget-open").click();
  await visitor.by("budget-more").click();
  await visitor.by("budget-hidden").check();
  await visitor.by("budget-save").click();
  await expect(visitor.by("budget-save")).toBeHidden();
  expect(await storedPolicy(page)).toMatchObject({
    receivers: [expect.stringMatching(new RegExp(stack.receiver, "i"))],
    maxRate: { payments: 9, seconds: 60 },
    maxOpenings: 2,
    dailyBudget: String(3n * 10n ** 18n),
    pauseWhenHidden: true,
    stopped: false,
  });

  await page.evaluate(() => {
    const name = Object.keys(localStorage).find((key) => key.startsWith("microraiden:policy:"));
    localStorage.setItem(name, "{");
  });
  await page.reload();
  await visitor.ready();
  await expect(visitor.by("budget-open")).toHaveText("Budget: cannot be read");
  await visitor.askToPay();
  expect(await visitor.fail("pay")).toBe("policy-unreadable");
  await visitor.by("error-budget").click();
  await save(visitor, { day: "5" });
  await visitor.act("pay");
  await expectChannel(visitor, { deposit: 10n * PRICE, spent: 2n * PRICE });
});

test("what may be paid without asking is bounded for each payment, and by the budget", async ({ visitor, stack }) => {
  await stack.paywall.restart({ prices: { "/poem.txt": String(2n * PRICE) } });
  try {
    await visitor.arriveAndPay(10n * PRICE);
    await visitor.by("auto-open").click();
    await expect(visitor.by("auto-each")).toHaveValue(inTokens(PRICE));
    await visitor.by("auto-input").fill(inTokens(5n * PRICE));
    await visitor.by("auto-allow").click();
    await test.step("a dearer page asks", async () => {
      await visitor.page.goto(`${stack.url}/poem.txt`);
      await visitor.ready();
      await expect(visitor.by("pay")).toBeEnabled();
      await expectChannel(visitor, { deposit: 10n * PRICE, spent: PRICE });
    });
    await test.step("above the budget, or stopped, nothing is tried", async () => {
      await save(visitor, { day: inTokens(2n * PRICE - 1n) });
      await visitor.page.goto(`${stack.url}/doggo.jpg?3`);
      await visitor.ready();
      await expect(visitor.by("pay")).toBeEnabled();
      await save(visitor, { day: "" });
      await visitor.by("budget-open").click();
      await visitor.by("budget-stop").click();
      await expect(visitor.by("stopped")).toBeVisible();
      await visitor.page.reload();
      await visitor.ready();
      await expect(visitor.by("stopped")).toBeVisible();
      await expectChannel(visitor, { deposit: 10n * PRICE, spent: PRICE });
    });
    await test.step("and then a page as dear as before is paid", async () => {
      await visitor.by("stopped-go").click();
      await expect(visitor.by("stopped")).toBeHidden();
      await visitor.page.reload();
      await visitor.ready();
      await expectPicture(visitor);
      await expectChannel(visitor, { deposit: 10n * PRICE, spent: 2n * PRICE });
    });
  } finally {
    await stack.paywall.restart({ prices: {} });
  }
});

test.describe("in German", () => {
  test.use({ locale: "de-DE" });

  test("by keys alone, as a reader writes amounts there, and axe finds nothing", core, async ({ visitor }) => {
    const { page } = visitor;
    await visitor.arriveAndPay(10n * PRICE);
    await visitor.by("budget-open").focus();
    await page.keyboard.press("Enter");
    await page.keyboard.press("Tab");
    await expect(visitor.by("budget-stop")).toBeFocused();
    await page.keyboard.press("Tab");
    await page.keyboard.type("0,5");
    await page.keyboard.press("Tab");
    await page.keyboard.type("2,5");
    await page.keyboard.press("Tab");
    await expect(visitor.by("budget-more")).toBeFocused();
    await page.keyboard.press("Space");
    for (const field of ["rise", "deposit", "openings", "hidden"]) {
      await page.keyboard.press("Tab");
      await expect(visitor.by(`budget-${field}`)).toBeFocused();
    }
    await page.keyboard.press("Space");
    expect(await axeFaults(page)).toEqual([]);
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    const used = inTokens(PRICE).replace(".", ",");
    await expect(visitor.by("budget-open")).toHaveText(`Budget: heute ${used} TKN von 2,5 TKN verbraucht`);
    expect(await storedPolicy(page)).toMatchObject({
      maxPrice: String(5n * 10n ** 17n),
      dailyBudget: String(25n * 10n ** 17n),
      pauseWhenHidden: true,
    });
    await page.keyboard.press("Enter");
    await page.keyboard.press("Tab");
    await page.keyboard.press("Space");
    await expect(visitor.by("stopped")).toContainText("Sie haben alle Zahlungen angehalten.");
    expect(await axeFaults(page)).toEqual([]);
  });
});
