// What somebody does who was told nothing: finds the way by what the page says, and not by how it is made. Each task
// says how many acts it takes at most: presses, and fields that are filled in.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseEther } from "viem";
import { root } from "../../demo/root.mjs";
import { BrokenLine } from "./support/broken-line.mjs";
import { core } from "./support/core.mjs";
import { PRICE, expect, inTokens, test } from "./support/fixtures.mjs";

const OTHER = "0x00000000000000000000000000000000deadbeef";
const PASSWORD = "correct horse";

class Stranger {
  page;
  acts = 0;

  constructor(page) {
    this.page = page;
    page.setDefaultTimeout(60_000);
  }

  /** Presses the button of this label; in a question where one is asked. */
  async press(name) {
    this.acts += 1;
    const asked = this.page.getByRole("dialog");
    const place = (await asked.isVisible()) ? asked : this.page;
    await place.getByRole("button", { name }).click();
  }

  /** Unfolds what stands under this line. */
  async unfold(line) {
    this.acts += 1;
    await this.page.getByText(line, { exact: true }).click();
  }

  async write(label, text) {
    this.acts += 1;
    await this.page.getByLabel(label, { exact: true }).fill(text);
  }

  async choose(label, file) {
    this.acts += 1;
    await this.page.getByLabel(label, { exact: true }).setInputFiles(file);
  }

  async sees(text) {
    await expect(this.page.getByText(text).filter({ visible: true }).first()).toBeVisible();
  }

  async seesPicture() {
    await expect(this.page.getByLabel("The file").getByRole("img")).toBeVisible();
  }

  /** From the first glance to an account. */
  async begin() {
    await this.press(/^Unlock for/);
    await this.press("Create a key");
  }

  async read(url) {
    await this.page.goto(url);
    await this.begin();
    await this.press("Get demo tokens and ether");
    await this.press(/^Open a channel and pay/);
    await this.seesPicture();
  }

  /** The task took no more acts than this since there were `before`. */
  took(task, most, before = 0) {
    const acts = this.acts - before;
    console.log(`${task}: ${acts} acts, at most ${most}`);
    expect(acts, task).toBeLessThanOrEqual(most);
  }
}

test("to read one picture", core, async ({ page, stack }) => {
  const stranger = new Stranger(page);
  await stranger.read(`${stack.url}/doggo.jpg`);
  stranger.took("to read one picture", 4);
});

test("to read ten pages within a budget", async ({ page, stack }) => {
  const stranger = new Stranger(page);
  await stranger.read(`${stack.url}/doggo.jpg?page=1`);
  await stranger.unfold("Pay without asking");
  await stranger.sees("Covers 10 like this a day.");
  await stranger.press("Allow");
  for (let number = 2; number <= 10; number += 1) {
    await page.goto(`${stack.url}/doggo.jpg?page=${number}`);
    await stranger.seesPicture();
  }
  await stranger.sees(`0 TKN of ${inTokens(10n * PRICE)} TKN left`);
  stranger.took("to read ten pages within a budget", 6);
});

test("to get the rest of the money back", core, async ({ page, stack }) => {
  const stranger = new Stranger(page);
  await stranger.read(`${stack.url}/doggo.jpg`);
  const { acts } = stranger;
  await stranger.press("Close and take back the rest");
  await stranger.sees(/^Closed: .* came back to you/);
  await stranger.press("Send everything back…");
  const before = await stack.tokensOf(OTHER);
  await stranger.write("Address that gets all tokens, and the ether that is left", OTHER);
  await stranger.press(/^Send everything$/);
  await stranger.sees(OTHER);
  await stranger.press(/^Send everything$/);
  await expect.poll(() => stack.tokensOf(OTHER)).toBeGreaterThan(before + 9n * PRICE - 1n);
  stranger.took("to get the rest of the money back", 5, acts);
});

test("to go on in another browser", async ({ page, stack, browser }) => {
  const stranger = new Stranger(page);
  await stranger.read(`${stack.url}/doggo.jpg`);
  const { acts } = stranger;
  const saved = page.waitForEvent("download");
  await stranger.write("A password for it", PASSWORD);
  await stranger.press("Save a backup");
  const file = await (await saved).path();
  stranger.took("to save a backup", 2, acts);

  const context = await browser.newContext();
  const there = new Stranger(await context.newPage());
  await there.page.goto(`${stack.url}/doggo.jpg`);
  await there.press(/^Unlock for/);
  await there.unfold("Restore a backup, or import a key");
  await there.choose("Backup file", file);
  await there.write("Its password", PASSWORD);
  await there.press("Restore and continue");
  await there.sees(/enough for 9\smore like this$/);
  there.took("to go on in another browser", 5);
  await context.close();
});

test("to pay on a page of one's own, as the documentation says", async ({ page, stack }) => {
  const [markup, script] = ["html", "js"].map((language) => block("docs/elements.md", language));
  const own = markup
    .replace("/article.html", "/doggo.jpg")
    .replace('chain-id="1"', `chain-id="${stack.chainId}"`)
    .replace("https://node.example", stack.rpcUrl);
  const imports = { "microraiden/elements": "/js/microraiden/dist/elements/index.js" };
  const line = await BrokenLine.to(stack.url);
  const said = page.waitForEvent("console", (message) => message.text().includes("/doggo.jpg"));
  line.serve(
    "/own",
    "text/html",
    `<!doctype html><html lang="en"><title>My page</title>
    <script type="importmap">${JSON.stringify({ imports })}</script>
    <script type="module">${script}</script>${own}</html>`,
  );
  const stranger = new Stranger(page);
  await page.goto(`${line.url}/own`);
  await stranger.sees("The article");
  await stranger.begin();
  const address = page.getByText(/^0x[0-9a-fA-F]{40}$/).filter({ visible: true }).first();
  const account = await address.textContent();
  await stack.sendTokens(account, 10n * PRICE);
  await stack.setEther(account, parseEther("1"));
  await stranger.press("Not now");
  await stranger.press(/^Open a channel and pay/);
  await stranger.seesPicture();
  await stranger.sees("Your money here");
  await stranger.sees("/doggo.jpg");
  expect((await said).text()).toMatch(/\/doggo\.jpg \d+$/);
  stranger.took("to pay on a page of one's own", 4);
  await line.stop();
});

/** The first block of code of a language in a document. */
function block(file, language) {
  const text = readFileSync(join(root, file), "utf8");
  const found = new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\`$`, "ms").exec(text);
  if (!found) {
    throw new Error(`${file} has no ${language}`);
  }
  return found[1];
}
