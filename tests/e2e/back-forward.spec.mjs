// Pages that are left and come back from the back/forward cache, in a browser that has one. A page that must not
// be stored (`no-store`) is not kept there, so these are pages of a file that may be.
import { core } from "./support/core.mjs";
import { PRICE, expect } from "./support/fixtures.mjs";
import { Library } from "./support/library.mjs";
import { test } from "./support/plain-browser.mjs";

// What is traced is not kept.
test.use({ trace: "off" });

/** Chromium delivers the `storage` events of the meantime to a page that it restores; others don't. */
const makeDeaf = () => {
  const add = EventTarget.prototype.addEventListener;
  EventTarget.prototype.addEventListener = function (type, listener, ...rest) {
    const call = typeof listener === "function" ? listener.bind(this) : (event) => listener.handleEvent(event);
    return add.call(this, type, type === "storage" ? (event) => window.deaf || call(event) : listener, ...rest);
  };
};

/** In the page: opens a channel, hides its record from the package, and has the package list the names. */
const open = async ({ client, receiver, argument: deposit }) => {
  const channel = await client.open({ receiver, deposit });
  const name = Object.keys(localStorage).find((name) => name.startsWith("microraiden:channel:"));
  window.shown = [];
  window.changes = 0;
  addEventListener("pageshow", ({ persisted }) => window.shown.push(persisted));
  const record = [name, localStorage.getItem(name)];
  localStorage.removeItem(name);
  localStorage.setItem("filler", "");
  // As by another tab: the package knows nothing of it until it lists the names anew.
  dispatchEvent(new StorageEvent("storage", { key: null }));
  await new Promise((resolve) => setTimeout(resolve));
  const channels = await client.channels();
  client.on("change", () => (window.changes += 1));
  window.deaf = true;
  return { record, channels: channels.length, openBlock: channel.openBlock };
};

test("a page that comes back reads anew what other pages have stored meanwhile", core, async ({
  page,
  stack,
}) => {
  await page.addInitScript(makeDeaf);
  await page.goto(`${stack.url}/js/style.css`);
  const library = (await Library.on(page, { stack })).with({ keep: true });
  const sender = await library.value(({ client }) => client.sender);
  await stack.sendTokens(sender, 10n * PRICE);
  await stack.setEther(sender, 10n ** 18n);
  const { record, channels, openBlock } = await library.value(open, PRICE);
  expect(channels).toBe(0);
  await page.goto(`${stack.url}/cm`);
  await page.evaluate(([name, text]) => {
    localStorage.removeItem("filler");
    localStorage.setItem(name, text);
  }, record);
  // A restored page has no `load` that `goBack` could wait for.
  await page.evaluate(() => window.history.back());
  // An evaluation during the navigation fails.
  const shown = () => page.evaluate(() => window.shown).catch(() => undefined);
  await expect.poll(shown).toEqual([true]);
  const seen = await library.value(async ({ client }) => ({
    channels: (await client.channels()).map(({ openBlock }) => openBlock),
    changes: window.changes,
  }));
  expect(seen).toEqual({ channels: [openBlock], changes: 1 });
});
