// The elements on a page of somebody else, under a policy that allows little.
import { parseEther } from "viem";
import { BrokenLine } from "./support/broken-line.mjs";
import { core } from "./support/core.mjs";
import { PRICE, expect, inTokens, test as base } from "./support/fixtures.mjs";

/** @type {import("../types/fixtures.d.ts").PayingTest} */
const test = /** @type {any} */ (
  /** @type {any} */ (base).extend({
    /** The paywall server's origin, where there is a page that the test writes. */
    line: async ({ stack }, use) => {
      const line = await BrokenLine.to(stack.url);
      await use(line);
      await line.stop();
    },
  })
);

const POLICY = [
  "default-src 'none'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "connect-src *",
  "img-src blob:",
  "style-src 'none'",
  "base-uri 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types microraiden",
].join("; ");

/** Opens a page of the origin that the test writes. */
async function openPage(page, line, body, language = "en") {
  const html = `<!doctype html><html lang="${language}"><title>Elsewhere</title><body>${body}
    <script type="module" src="/js/microraiden/dist/elements/index.js"></script></body></html>`;
  line.serve("/elsewhere", "text/html", html, { "content-security-policy": POLICY });
  await page.goto(`${line.url}/elsewhere`);
}

function paywall(stack, id, src, inner = "") {
  return `<microraiden-paywall id="${id}" src="${src}" chain-id="31337" rpc-url="${stack.rpcUrl}"
    token-symbol="TKN" token-decimals="18">${inner}</microraiden-paywall>`;
}

/** Notes what the page's policy forbids and what its scripts throw. */
function faults(page) {
  const found = [];
  page.on("pageerror", (error) => found.push(error.message));
  page.on("console", (message) => {
    if (/Content Security Policy|TrustedHTML/i.test(message.text())) {
      found.push(message.text());
    }
  });
  return found;
}

test("two paywalls, a balance and a history on one page, under a strict policy", core, async ({ page, stack, line }) => {
  const found = faults(page);
  await openPage(
    page,
    line,
    `${paywall(stack, "dog", "/doggo.jpg", '<h1 slot="title">A dog</h1>')}
     ${paywall(stack, "text", "/poem.txt")}
     <microraiden-balance for="dog"></microraiden-balance>
     <microraiden-history for="dog"></microraiden-history>`,
  );
  const [dog, other] = [page.locator("#dog"), page.locator("#text")];
  await expect(page.getByRole("heading", { name: "A dog" })).toBeVisible();
  await expect(other.getByRole("heading", { name: "poem.txt" })).toBeVisible();
  await expect(dog.getByTestId("price")).toHaveText(`${inTokens(PRICE)} TKN`);
  await expect(page.locator("microraiden-balance")).toContainText("No account is connected.");

  await dog.getByTestId("begin").click();
  await dog.getByTestId("account-local-create").click();
  await expect(dog.getByTestId("account-address")).toHaveText(/^0x/);
  const address = await dog.getByTestId("account-address").textContent();
  await stack.sendTokens(address, 20n * PRICE);
  await stack.setEther(address, parseEther("1"));
  // The account is read again by itself.
  await expect(dog.getByTestId("account-empty")).toBeHidden();
  const paid = page.evaluate(
    () =>
      new Promise((resolve) => {
        document.addEventListener("microraiden-paid", (/** @type {any} */ { target, detail }) =>
          resolve({ id: target.id, url: detail.url, size: detail.blob.size }),
        );
      }),
  );
  // Where there is no faucet, the money is worth something.
  await dog.getByTestId("backup-later").click();
  await dog.getByTestId("deposit-10").click();
  await dog.getByTestId("pay").click();
  await expect(dog.getByTestId("content").getByRole("img")).toBeVisible();
  expect(await paid).toEqual({ id: "dog", url: `${line.url}/doggo.jpg`, size: expect.any(Number) });
  const left = String(9n * PRICE);
  await expect(page.getByTestId("balance-left")).toHaveAttribute("data-amount", left);
  await expect(page.locator("microraiden-history")).toContainText("/doggo.jpg");
  await expect(other.getByTestId("content")).toBeHidden();
  expect(found).toEqual([]);
});

test("an element speaks the language of its place, and others that the page adds, from right to left too", async ({ page, stack, line }) => {
  await openPage(page, line, paywall(stack, "dog", "/doggo.jpg"), "de-AT");
  const dog = page.locator("#dog");
  const amount = inTokens(PRICE).replace(".", ",");
  await expect(dog.getByTestId("begin")).toHaveText(`Für ${amount} TKN freischalten`);
  await dog.getByTestId("begin").click();
  await expect(dog.getByRole("heading", { name: "Zahlen mit" })).toBeVisible();

  await page.evaluate(async () => {
    const { addLanguage } = await import("/js/microraiden/dist/elements/index.js");
    addLanguage("ar", { "begin.button": "اقرأ مقابل {amount}" });
    const [element] = document.getElementsByTagName("microraiden-paywall");
    document.documentElement.lang = "ar";
    document.body.append(element.cloneNode());
  });
  const added = page.locator("microraiden-paywall").last();
  await expect(added.getByTestId("begin")).toContainText("اقرأ");
  await expect(added.getByTestId("begin")).toHaveCSS("direction", "rtl");
});

test("a balance and a history have the heading that the page gives them, else their own", async ({ page, stack, line }) => {
  await openPage(
    page,
    line,
    `${paywall(stack, "dog", "/doggo.jpg")}
     <microraiden-balance for="dog"></microraiden-balance>
     <microraiden-history for="dog"></microraiden-history>
     <microraiden-balance for="dog"><h3 slot="title">Set aside</h3></microraiden-balance>
     <microraiden-history for="dog"><h3 slot="title">Spent here</h3></microraiden-history>`,
  );
  const headings = async () => {
    const seen = page.locator("microraiden-balance, microraiden-history").getByRole("heading");
    return seen.allTextContents();
  };
  await expect.poll(headings).toEqual(["Your money here", "What you paid", "Set aside", "Spent here"]);
});

test("there is nothing to press before the price is known", async ({ page, stack, line }) => {
  /** @type {Promise<import("@playwright/test").Route>} */
  const asked = new Promise((resolve) => page.route("**/doggo.jpg", resolve));
  await openPage(page, line, paywall(stack, "dog", "/doggo.jpg", '<h1 slot="title">A dog</h1>'));
  const held = await asked;
  await expect(page.getByText("Price:")).toBeAttached();
  await expect(page.getByTestId("begin")).toBeHidden();
  await held.continue();
  await page.getByTestId("begin").click();
  await expect(page.getByTestId("account-local-create")).toBeVisible();
});

test("an element that can't sell says why", async ({ page, stack, line }) => {
  await openPage(page, line, `${paywall(stack, "gone", "/js/")}<microraiden-paywall id="bare"></microraiden-paywall>`);
  await expect(page.locator("#gone").getByTestId("error-code")).toHaveText("config-malformed");
  await expect(page.locator("#bare").getByTestId("error-code")).toHaveText("config-missing");
  await expect(page.locator("#bare").getByTestId("begin")).toBeHidden();
});
