// What a publisher says is there before any script runs, and the list of files can be filtered.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { root } from "../../demo/root.mjs";
import { core } from "./support/core.mjs";
import { PRICE, expect, inTokens, test } from "./support/fixtures.mjs";

const SETTINGS = `
[page]
name = "The Daily Example"
logo = "${join(root, "www/icon.svg")}"
accent = { light = "#7a1f6b", dark = "#f0a0e0" }
rate = { currency = "EUR", per-token = "0.95" }
terms = "https://news.example/terms"

[page.about."/a.txt"]
title = "Première page"
description = "What happened today"
preview = { picture = "${join(root, "demo/content/doggo.jpg")}", alt = "A brown dog" }
`;

const PRICE_IN_GERMAN = `${inTokens(PRICE).replace(".", ",")} TKN, etwa 0,095 €`;

let folder;

test.beforeAll(async ({ stack }) => {
  folder = mkdtempSync(join(tmpdir(), "publisher-"));
  mkdirSync(join(folder, "files/stories"), { recursive: true });
  writeFileSync(join(folder, "files/a.txt"), "Something happened.");
  for (const name of ["one", "two"]) {
    writeFileSync(join(folder, `files/stories/${name}.html`), `<title>Story ${name}</title>`);
  }
  writeFileSync(join(folder, "paywall.toml"), SETTINGS);
  await stack.paywall.restart({ files: join(folder, "files"), config: join(folder, "paywall.toml") });
});

test.afterAll(async ({ stack }) => {
  await stack.paywall.restart({ files: null, config: null });
  rmSync(folder, { recursive: true });
});

test.describe("without JavaScript, in German", () => {
  test.use({ javaScriptEnabled: false, locale: "de-DE" });

  test("the page says who sells what", core, async ({ page, stack }) => {
    await page.goto(`${stack.url}/a.txt`);
    await expect(page.getByTestId("publisher")).toHaveText("The Daily Example");
    await expect(page.getByRole("heading", { level: 1 })).toHaveText("Première page");
    await expect(page.getByTestId("kind")).toHaveText(/^Text, 19\sByte$/);
    await expect(page.getByTestId("description")).toHaveText("What happened today");
    await expect(page.getByTestId("price")).toHaveText(PRICE_IN_GERMAN);
    const preview = page.getByRole("img", { name: "A brown dog" });
    await expect(preview).toBeVisible();
    // The policy lets it load.
    const width = () =>
      preview.evaluate((image) => /** @type {HTMLImageElement} */ (image).naturalWidth);
    await expect.poll(width).toBeGreaterThan(100);
    await expect(page.locator("html")).toHaveAttribute("lang", "de");
    const accent = await page.evaluate(() =>
      getComputedStyle(document.documentElement).getPropertyValue("--microraiden-accent"),
    );
    expect(accent.trim()).toBe("#7a1f6b");
  });

  test("the list has all files, and nothing that needs a script", async ({ page, stack }) => {
    await page.goto(stack.url);
    await expect(page.getByRole("heading", { level: 1 })).toHaveText("Dateien");
    await expect(page.getByRole("listitem")).toHaveCount(3);
    await expect(page.getByTestId("filter")).toBeHidden();
  });
});

test.describe("in German", () => {
  test.use({ locale: "de-DE" });

  test("the scripts say the same price", async ({ page, stack }) => {
    await page.addInitScript(() => {
      globalThis.prices = new Set();
      const look = () => {
        const price = document.querySelector('[data-testid="price"]');
        if (price) {
          globalThis.prices.add(price.textContent.replaceAll("\u00a0", " "));
        }
        requestAnimationFrame(look);
      };
      requestAnimationFrame(look);
    });
    await page.goto(`${stack.url}/a.txt`);
    await expect(page.getByTestId("begin")).toBeVisible();
    await expect(page.getByTestId("publisher")).toBeVisible();
    await expect(page.getByRole("img", { name: "A brown dog" })).toBeVisible();
    await expect(page.locator("#sealed")).toBeHidden();
    expect(await page.evaluate(() => [...globalThis.prices])).toEqual([PRICE_IN_GERMAN]);
  });
});

test("the list is filtered by name and folder", async ({ page, stack }) => {
  await page.goto(stack.url);
  const items = page.getByRole("listitem");
  const filter = page.getByLabel("Find a file");
  await expect(items).toHaveCount(3);
  const shown = {
    "story tw": ["Story two"],
    STORIES: ["Story one", "Story two"],
    premiere: ["Première page"],
    nothing: [],
    "": ["Première page", "Story one", "Story two"],
  };
  for (const [typed, names] of Object.entries(shown)) {
    await filter.fill(typed);
    await expect(items.locator(".file-name")).toHaveText(names);
    const note = page.getByTestId("nothing-found");
    await expect(note).toHaveText(names.length > 0 ? "" : "No file is called that.");
  }
  await filter.fill("two");
  await items.getByRole("link").click();
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Story two");
});
