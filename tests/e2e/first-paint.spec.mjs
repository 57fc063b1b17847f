// The page says what it costs before any script runs.
import { PRICE, expect, inTokens, test } from "./support/fixtures.mjs";

const SHOWN = `${inTokens(PRICE)} TKN`;

test.describe("without JavaScript", () => {
  test.use({ javaScriptEnabled: false });

  test("price, receiver and the way to pay stand in the page", async ({ page, stack }) => {
    await page.goto(`${stack.url}/doggo.jpg?id=5`);
    await expect(page.getByTestId("price")).toHaveText(SHOWN);
    await expect(page.getByTestId("receiver")).toHaveText(new RegExp(stack.receiver, "i"));
    await expect(page.getByRole("heading", { level: 1 })).toHaveText("doggo.jpg?id=5");
    // The browser under test parses as if scripts would run.
    expect(await page.content()).toContain("Switch scripts on to pay");
    await expect(page.getByRole("heading", { name: "Files" })).toBeHidden();
  });

  test("the list of files has prices", async ({ page, stack }) => {
    await page.goto(`${stack.url}/`);
    await expect(page.getByTestId("file-price-0")).toHaveText(SHOWN);
    await page.getByTestId("file-0").click();
    await expect(page.getByTestId("price")).toHaveText(SHOWN);
  });
});

test("the price reads the same from the first paint on, and nothing moves", async ({
  visitor,
  stack,
}) => {
  await visitor.page.addInitScript(() => {
    globalThis.prices = new Set();
    globalThis.places = new Set();
    const look = () => {
      const price = document.querySelector('[data-testid="price"]');
      if (price) {
        globalThis.prices.add(price.textContent);
        globalThis.places.add(price.getBoundingClientRect().top + scrollY);
      }
      requestAnimationFrame(look);
    };
    requestAnimationFrame(look);
  });
  await visitor.open(`${stack.url}/doggo.jpg`);
  await visitor.signIn();
  await visitor.fund();
  const seen = await visitor.page.evaluate(() => ({
    prices: [...globalThis.prices],
    places: globalThis.places.size,
  }));
  expect(seen).toEqual({ prices: [SHOWN], places: 1 });
});
