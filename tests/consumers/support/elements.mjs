// The custom elements on a page of somebody else: from the first glance to an article, with a key of this browser.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../../../demo/root.mjs";

/** What the stack sells, on the page as an article: it is shown by a file beside the scripts. */
const GOODS = "/doggo.jpg";
const ARTICLE = "<!doctype html><h1>What was paid for</h1>";

/** The examples of a language in a section of docs/elements.md, by its heading. */
export function examples(heading, language) {
  const [, rest] = readFileSync(join(root, "docs/elements.md"), "utf8").split(`${heading}\n`);
  const [section] = rest.split("\n## ");
  return [...section.matchAll(/^```(\w+)\n(.*?)^```$/gms)].filter(([, name]) => name === language).map(([, , code]) => code);
}

/** The script and the page of an application that has the elements, as the documentation begins. */
export function application(stack, place) {
  const [[markup], [script]] = ["html", "js"].map((language) => examples("# Elements for your page", language));
  const html = `<!doctype html><title>Own</title>${sold(markup, stack)}<script type="module" src="${place}"></script>`;
  return { html, script };
}

/** An example of the documents that sells what the stack sells, with the package's folder at this place. */
export const sold = (html, stack, place = "") =>
  html
    .replaceAll("/microraiden/", place)
    .replace("/article.html", `${stack.url}${GOODS}`)
    .replace('chain-id="1"', `chain-id="${stack.chainId}"`)
    .replace("https://node.example", stack.rpcUrl);

/**
 * Pays on an open page.
 * @param {import("@playwright/test").Page} page
 */
export async function payByElements(page, stack) {
  await page.route(`${stack.url}${GOODS}`, async (route) => {
    const response = await route.fetch();
    const answer = response.status() === 200 ? { contentType: "text/html", body: ARTICLE } : {};
    await route.fulfill({ response, ...answer });
  });
  const by = (id) => page.getByTestId(id);
  await by("begin").click();
  await by("account-local-create").click();
  await by("account-empty").waitFor();
  await stack.sendTokens(await by("account-address").textContent(), 10n ** 19n);
  await stack.setEther(await by("account-address").textContent(), 10n ** 18n);
  // The account is read again by itself.
  await by("backup-later").click();
  await by("deposit-10").click();
  await by("pay").click();
  const article = by("content").locator("iframe").contentFrame();
  await article.getByRole("heading", { name: "What was paid for" }).waitFor();
}
