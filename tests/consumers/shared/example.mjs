// An example of a framework: its types are checked, and in its built page what was paid follows, in all tabs.
import { join } from "node:path";

export async function example({ folder, run, serve, pages, stack }) {
  await run("npm", ["run", "check"]);
  await run("npm", ["run", "build"]);
  const { contract, rpcUrl } = stack;
  const query = new URLSearchParams({ contract, rpcUrl, url: `${stack.url}/doggo.jpg` });
  const url = `${await serve(join(folder, "dist"))}?${query}`;
  const [first, second] = await pages(2);
  await first.goto(url);
  const account = await first.locator("code").textContent();
  await stack.sendTokens(account, 10n ** 19n);
  await stack.setEther(account, 10n ** 18n);
  await first.evaluate(() => (window.mounted = true));
  const price = BigInt(stack.price);
  await pay(first, price);
  await second.goto(url);
  await shows(second, price);
  await pay(second, 2n * price);
  await shows(first, 2n * price);
  if (!(await first.evaluate(() => window.mounted))) throw new Error("the page was loaded again");
}

async function pay(page, expected) {
  await page.getByRole("button").click();
  await shows(page, expected);
}

/** Waits for the total; a failure that is shown ends it. */
async function shows(page, expected) {
  const ready = (text) =>
    document.querySelector("output")?.textContent === text || document.querySelector("[role=alert]")?.textContent;
  await page.waitForFunction(ready, String(expected), { timeout: 60_000 });
  const failure = await page.getByRole("alert").textContent();
  if (failure) throw new Error(failure);
}
