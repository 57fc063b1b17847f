// Pages that are paid for without a click, as far as the reader has allowed it.
import { core } from "./support/core.mjs";
import { PRICE, expect, expectChannel, inTokens, test } from "./support/fixtures.mjs";

/** Opens another page of the site, which was not paid for. */
async function next(visitor, stack, path) {
  await visitor.page.goto(`${stack.url}${path}`);
  await visitor.ready();
  await visitor.succeeded();
}

test("within the amount a page opens by itself, above it by a click, and not twice", core, async ({ visitor, stack }) => {
  const { page } = visitor;
  await visitor.arriveAndPay(10n * PRICE);
  await next(visitor, stack, "/doggo.jpg?2");
  await expectChannel(visitor, { deposit: 10n * PRICE, spent: PRICE });

  await visitor.by("auto-open").click();
  await visitor.by("auto-input").fill(inTokens(2n * PRICE));
  await visitor.by("auto-allow").click();
  await expect(visitor.by("auto-today")).toHaveText(`Today: ${inTokens(PRICE)} TKN.`);
  await next(visitor, stack, "/doggo.jpg?3");
  await expect(visitor.by("paid")).toBeVisible();
  await expectChannel(visitor, { deposit: 10n * PRICE, spent: 2n * PRICE });
  await expect(visitor.by("auto-today")).toHaveText(`Today: ${inTokens(2n * PRICE)} TKN.`);

  await test.step("what was paid for is shown again for nothing", async () => {
    await page.reload();
    await visitor.ready();
    await expect(visitor.by("content")).toBeVisible();
    await expectChannel(visitor, { deposit: 10n * PRICE, spent: 2n * PRICE });
  });

  await test.step("the day’s amount is used up", async () => {
    await next(visitor, stack, "/doggo.jpg?4");
    await expect(visitor.by("pay")).toBeEnabled();
    await expect(visitor.by("content")).toBeHidden();
    await expectChannel(visitor, { deposit: 10n * PRICE, spent: 2n * PRICE });
  });

  await test.step("and the permission is taken back", async () => {
    await visitor.by("auto-open").click();
    await visitor.by("auto-stop").click();
    await expect(visitor.by("auto-input")).toBeVisible();
    expect(await page.evaluate(() => Object.keys(localStorage).filter((name) => name.includes(":auto:")))).toEqual([]);
  });
});

test("two pages at once do not pay the last of it twice", async ({ visitor, stack, context }) => {
  await visitor.arriveAndPay(10n * PRICE);
  await visitor.by("auto-open").click();
  await visitor.by("auto-input").fill(inTokens(2n * PRICE));
  await visitor.by("auto-allow").click();
  const tabs = await Promise.all([context.newPage(), context.newPage()]);
  await Promise.all(tabs.map((tab, index) => tab.goto(`${stack.url}/doggo.jpg?tab=${index}`)));
  const paid = () =>
    Promise.all(tabs.map((tab) => tab.getByTestId("paid").isVisible())).then((all) => all.filter(Boolean).length);
  await expect.poll(paid).toBe(1);
  for (const tab of tabs) {
    await expect(tab.getByTestId("progress")).toBeHidden();
    await expect(tab.getByTestId("channel-spent")).toHaveAttribute("data-amount", String(2n * PRICE));
  }
});
