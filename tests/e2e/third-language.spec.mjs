// A third language is one file in the page's folder: the server, the elements and their errors speak it.
import { cpSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { root } from "../../demo/root.mjs";
import { core } from "./support/core.mjs";
import { PRICE, expect, inTokens, test } from "./support/fixtures.mjs";
import { isMadeUp, madeUpWords } from "./support/made-up.mjs";

test.skip(({ signer }) => signer !== "local key", "a wallet says nothing here");

/** From right to left, and from left to right. */
const LANGUAGES = { ar: "rtl", eo: "ltr" };

let folder;

test.beforeAll(async ({ stack }) => {
  folder = mkdtempSync(join(tmpdir(), "language-"));
  cpSync(join(root, "www"), folder, { recursive: true });
  for (const tag of Object.keys(LANGUAGES)) {
    writeFileSync(join(folder, `words/${tag}.json`), JSON.stringify(madeUpWords(tag)));
  }
  // Words alone, for the server.
  writeFileSync(join(folder, "words/fr.json"), JSON.stringify({ "all-files": "Tous les fichiers" }));
  await stack.paywall.restart({ page: folder });
});

test.afterAll(async ({ stack }) => {
  await stack.paywall.restart({ page: null });
  rmSync(folder, { recursive: true });
});

/** What can be seen and is not in the made-up language. */
async function foreign(page) {
  const texts = await page.evaluate(() => {
    const seen = [];
    const look = (node) => {
      if (node.nodeType === Node.TEXT_NODE && (node.parentElement?.checkVisibility() ?? true)) {
        seen.push(node.textContent);
      }
      [...(node.shadowRoot?.childNodes ?? []), ...node.childNodes].forEach(look);
    };
    look(document.body);
    return seen;
  });
  return texts.filter((text) => !isMadeUp(text));
}

for (const [tag, direction] of Object.entries(LANGUAGES)) {
  test.describe(`in ${tag}`, () => {
    test.use({ locale: tag });

    test("the page, its elements and errors speak it", async ({ visitor, page, stack }) => {
      await page.goto(stack.url);
      await expect(page.getByRole("heading", { level: 1 })).toHaveText("⟦Files⟧");
      // Names stand where all else begins, and a price is read as it is written elsewhere.
      const [start, price] = direction === "rtl" ? ["right", `\u2066${inTokens(PRICE)}\u00a0TKN\u2069`] : ["left", `${inTokens(PRICE)}\u00a0TKN`];
      await expect(page.locator(".file-name").first()).toHaveCSS("text-align", start);
      expect(await visitor.by("file-price-0").textContent()).toBe(price);
      expect(await foreign(page)).toEqual([]);

      const asked = [];
      page.on("request", (request) => asked.push(new URL(request.url()).pathname));
      await visitor.arrive();
      await expect(page.locator("html")).toHaveAttribute("lang", tag);
      await expect(page.locator("html")).toHaveAttribute("dir", direction);
      await expect(page.getByRole("heading", { level: 1 })).toHaveCSS("text-align", start);
      expect(await visitor.by("price").textContent()).toBe(price);
      await expect(page.getByRole("link", { name: "⟦All files⟧" })).toBeVisible();
      await expect(page.getByRole("heading", { name: "⟦Pay with⟧" })).toBeVisible();
      await expect(page.getByRole("heading", { name: "⟦Pay with⟧" })).toHaveCSS("direction", direction);
      expect(await foreign(page)).toEqual([]);
      // What the head has loaded early is what the script reads, by a URL that caches keep.
      expect(asked.filter((path) => path.includes("/words/"))).toEqual([
        expect.stringMatching(new RegExp(`^/js/[0-9a-f]{16}/words/${tag}\\.json$`)),
      ]);
      await visitor.importKey("0x12");
      await expect(page.locator("#import-hex-fault")).toHaveText(/^⟦That is not a private key/);
      expect(await foreign(page)).toEqual([]);

      await visitor.useLocalKey();
      await visitor.fund();
      await visitor.openAndPay(inTokens(2n * PRICE));
      await visitor.picture();
      expect(await foreign(page)).toEqual([]);
      await page.route("**/doggo.jpg", (route) =>
        route.request().resourceType() === "fetch" ? route.abort() : route.fallback(),
      );
      await visitor.askToPay();
      await visitor.by("pay").click();
      await visitor.idle();
      await expect(visitor.by("error").locator("p").first()).toHaveText(/^⟦/);
      await page.unroute("**/doggo.jpg");
      await visitor.refuseClosingSignature();
      await visitor.pay();
      await visitor.by("close").click();
      await visitor.answerable();
      await expect(page.getByRole("dialog")).toHaveAccessibleName("⟦The receiver did not sign the closing⟧");
      await expect(page.getByRole("dialog")).toHaveCSS("direction", direction);
    });
  });
}

test.describe("in a language that has words for the server alone", () => {
  test.use({ locale: "fr" });

  test("the elements speak English, and nothing is asked for in vain", core, async ({ visitor, page }) => {
    const asked = [];
    page.on("request", (request) => asked.push(request.url()));
    await visitor.arrive();
    await expect(page.getByRole("link", { name: "Tous les fichiers" })).toBeVisible();
    await expect(page.getByRole("heading", { name: "Pay with" })).toBeVisible();
    expect(asked.filter((url) => url.includes("/words/"))).toEqual([]);
  });
});

test.describe("where the file does not load", () => {
  test.use({ locale: "ar" });

  test("the elements speak English", core, async ({ visitor, page }) => {
    await page.route("**/words/ar.json", (route) => route.abort());
    await visitor.arrive();
    await expect(page.getByRole("heading", { name: "Pay with" })).toBeVisible();
    await expect(page.locator("#not-started")).toHaveCount(0);
  });
});
