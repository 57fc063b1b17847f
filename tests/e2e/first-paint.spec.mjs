// The page says what it costs before any script runs.
import { core } from "./support/core.mjs";
import { PRICE, expect, inTokens, test } from "./support/fixtures.mjs";

const SHOWN = `${inTokens(PRICE)}\u00a0TKN`;

test.describe("without JavaScript", () => {
  test.use({ javaScriptEnabled: false });

  test("price, receiver and the way to pay stand in the page", core, async ({ page, stack }) => {
    await page.goto(`${stack.url}/doggo.jpg?id=5`);
    await expect(page.getByTestId("price")).toHaveText(SHOWN);
    await expect(page.getByTestId("receiver")).toHaveText(new RegExp(stack.receiver, "i"));
    await expect(page.getByRole("heading", { level: 1 })).toHaveText("doggo.jpg?id=5");
    // The browser under test parses as if scripts would run.
    expect(await page.content()).toContain("Switch scripts on to pay");
    await expect(page.getByRole("heading", { name: "Files" })).toBeHidden();
  });

  test("the list of files has prices", core, async ({ page, stack }) => {
    await page.goto(`${stack.url}/`);
    await expect(page.getByTestId("file-price-0")).toHaveText(SHOWN);
    await page.getByTestId("file-0").click();
    await expect(page.getByTestId("price")).toHaveText(SHOWN);
  });
});

test("the price reads the same from the first paint on, and nothing moves", core, async ({
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

test("a wide window shows the place of the file until the file is there", async ({ visitor }) => {
  const { page } = visitor;
  const place = page.locator("#sealed .place");
  await visitor.arrive();
  await expect(place).toBeVisible();
  const { width, height } = await place.boundingBox();
  expect(width / height).toBeCloseTo(800 / 600, 1);
  await page.setViewportSize({ width: 768, height: 800 });
  await expect(place).toBeHidden();
  await page.setViewportSize({ width: 1280, height: 800 });
  await visitor.signIn();
  await visitor.fund();
  await expect(place).toBeVisible();
  await visitor.openAndPay(inTokens(10n * PRICE));
  await expect(visitor.by("content")).toBeVisible();
  await expect(place).toBeHidden();
});

test("a page whose scripts are missing says so, and leads on", async ({ page, stack }) => {
  const note = page.getByText("This page could not start");
  for (const missing of ["index.js", "chunk-*.js"]) {
    const requests = `**/js/**/dist/elements/${missing}`;
    await page.route(requests, (route) => route.fulfill({ status: 404 }));
    await page.goto(`${stack.url}/doggo.jpg`);
    await expect(note).toBeVisible();
    await expect(page.getByTestId("price")).toBeVisible();
    await page.unroute(requests);
  }
  await note.getByRole("link", { name: "Load it again" }).click();
  await expect(page.getByRole("button", { name: `Unlock for ${SHOWN}` })).toBeVisible();
  await expect(note).toBeHidden();

  await test.step("also where nothing can run", async () => {
    await page.route("**/js/**/main.js", (route) => route.fulfill({ status: 404 }));
    await page.goto(`${stack.url}/doggo.jpg`);
    const whom = page.getByText("Whom you pay");
    await expect(note).toBeHidden();
    await expect(whom).toBeHidden();
    await page.evaluate(() => document.getAnimations().forEach((animation) => animation.finish()));
    await expect(note).toBeVisible();
    await expect(whom).toBeVisible();
    await note.getByRole("link", { name: "all files" }).click();
    await expect(page.getByRole("heading", { name: "Files" })).toBeVisible();
  });
});

test("the list of files loads no script but its own", async ({ page, stack }) => {
  const asked = [];
  page.on("request", (request) => asked.push(new URL(request.url()).pathname.split("/").pop()));
  await page.goto(`${stack.url}/`, { waitUntil: "networkidle" });
  expect(asked.filter((name) => name.endsWith(".js"))).toEqual(["list.js"]);
});
