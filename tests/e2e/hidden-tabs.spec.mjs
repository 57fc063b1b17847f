// Tabs that are hidden, and pages that come back from the back/forward cache, in a browser as people have it.
import { PRICE, expect } from "./support/fixtures.mjs";
import { Library } from "./support/library.mjs";
import { test } from "./support/plain-browser.mjs";

const pay = async ({ client, url, argument: maxPrice }) => {
  const start = performance.now();
  const pay = client.fetch({ maxPrice, deposit: 50n * maxPrice });
  const { status } = await pay(`${url}/doggo.jpg`);
  return { status, took: performance.now() - start, seen: document.visibilityState };
};

test("a hidden tab that takes turns with another one does not wait for slow timers", async ({
  context,
  library,
  stack,
  wallet,
}) => {
  const front = await Library.alone(await context.newPage(), { stack, wallet });
  await front.page.bringToFront();
  const [hidden, seen] = [library.with({ keep: true }), front.with({ keep: true })];
  await seen.value(pay, PRICE);
  await hidden.value(pay, PRICE);
  const times = [];
  for (let round = 0; round < 8; round++) {
    expect(await seen.value(pay, PRICE)).toMatchObject({ status: 200, seen: "visible" });
    const { took, ...rest } = await hidden.value(pay, PRICE);
    expect(rest).toEqual({ status: 200, seen: "hidden" });
    times.push(took);
  }
  expect(times.sort((a, b) => a - b)[4]).toBeLessThan(500);
});

test("a page that comes back reads anew what another page changed meanwhile", async ({
  context,
  library,
  stack,
  wallet,
}) => {
  const { page } = library;
  await page.bringToFront();
  // Of the pages without scripts one that browsers may keep: `/cm` is sent with `no-store`.
  const place = `${stack.url}/js/microraiden/index.js`;
  await page.goto(place);
  const kept = library.with({ keep: true });
  await kept.value(({ client, receiver, argument }) => client.open({ receiver, deposit: argument }), PRICE);
  await kept.value(async ({ client }) => {
    const name = Object.keys(localStorage).find((name) => name.startsWith("microraiden:channel:"));
    localStorage.setItem("copy", JSON.stringify([name, localStorage.getItem(name)]));
    localStorage.removeItem(name);
    localStorage.setItem("filler", "");
    // The storage must have settled before its names are remembered.
    await new Promise((done) => setTimeout(done, 1_500));
    globalThis.before = (await client.channels()).length;
  });
  await page.goto(`${stack.url}/api/1/stats`);
  await page.evaluate(() => {
    const [name, text] = JSON.parse(localStorage.getItem("copy"));
    localStorage.removeItem("filler");
    localStorage.setItem(name, text);
  });
  const back = page.waitForURL(place);
  await page.evaluate(() => history.back()).catch(() => {});
  await back.catch(() => {});
  const seen = () =>
    kept.run(async ({ client }) => [globalThis.before, (await client.channels()).length]);
  await expect.poll(async () => (await seen()).value).toEqual([0, 1]);
  expect(context.pages().length).toBeGreaterThan(0);
  expect(wallet).toBeUndefined();
});
