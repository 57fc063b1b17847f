// A service worker pays for what pages ask for by elements and links, and tells them.
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseEther } from "viem";
import { root } from "../../demo/root.mjs";
import { stopWorkers } from "../consumers/support/stop-workers.mjs";
import { charged, openings, receiverBalance } from "./support/books.mjs";
import { core, coreIf } from "./support/core.mjs";
import { PRICE, expect } from "./support/fixtures.mjs";
import { Library } from "./support/library.mjs";
import { paid as isPaid, test as lines } from "./support/lines.mjs";
import { payMany } from "./support/pay-many.mjs";
import { Shop } from "./support/shop.mjs";
import { tone } from "./support/tone.mjs";
import { startWorker } from "./support/worker-page.mjs";

const DEPOSIT = 50n * PRICE;

/** The one line of a page, and what the test reads of it. */
const LINE = `<script type="module">
  import { registerPayer } from "/js/microraiden/service-worker.js";
  globalThis.told = [];
  globalThis.payer = await registerPayer("/payer.js");
  for (const type of ["paid", "refused"]) payer.addEventListener(type, ({ detail }) => told.push({ type, ...detail }));
  document.body.dataset.ready = "";
</script>`;

/** The one line of the worker. */
const script = ({ contract, rpcUrl }) => `
import { payFor } from "/js/microraiden/service-worker.js";
payFor({ paths: ["/paid/*"], connect: { contract: "${contract}", rpc: "${rpcUrl}" }, limits: { maxPrice: ${PRICE}n, deposit: ${DEPOSIT}n } });
`;

let folder;

/** @type {import("../types/fixtures.d.ts").ShopTest} */
const test = /** @type {any} */ (lines).extend({
  credit: [true, { option: true }],
  /** Whether the line to the server may be broken. */
  breaks: [false, { option: true }],
  shop: async ({ stack, credit, breaks, line }, use) => {
    await stack.paywall.restart({ credit, files: folder });
    const shop = await Shop.to(breaks ? line.url : stack.url);
    shop.page("/", `<body>${LINE}`);
    shop.page("/plain", "<body>");
    shop.script("/payer.js", script(stack));
    await use(shop);
    await shop.stop();
  },
  /** Opens a page of the shop that has the line. */
  visit: async ({ context, shop, stack }, use) => {
    await use(async (page) => {
      const opened = page ?? (await context.newPage());
      await opened.goto(`${shop.url}/`);
      await opened.locator("body[data-ready]").waitFor({ state: "attached" });
      return Library.on(opened, { stack, url: shop.url });
    });
  },
  /** A page of the shop that is open, with an account that has tokens and ether. */
  home: async ({ visit, page, stack }, use) => {
    const library = await visit(page);
    const sender = await library.value(({ client }) => client.sender);
    await stack.sendTokens(sender, 100n * PRICE);
    await stack.setEther(sender, parseEther("1"));
    await use(library);
  },
});

test.beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "sold-"));
  for (const name of ["paid", "other"]) {
    mkdirSync(join(folder, name));
    copyFileSync(join(root, "demo/content/doggo.jpg"), join(folder, name, "doggo.jpg"));
  }
  writeFileSync(join(folder, "paid/story.html"), "<!DOCTYPE html><title>A story</title><p>Once upon a time</p>");
  writeFileSync(join(folder, "paid/book.zip"), "PK, and the rest of a book");
  writeFileSync(join(folder, "paid/tone.wav"), tone(60));
});

test.afterAll(async ({ stack }) => {
  await stack.paywall.restart({ credit: true, files: null });
  rmSync(folder, { recursive: true });
});

/** Shows pictures as pages do; how many were shown. */
const pictures = (page, paths) =>
  page.evaluate(async (all) => {
    const show = (path) => {
      const picture = document.createElement("img");
      const shown = new Promise((resolve) => {
        picture.onload = () => resolve(1);
        picture.onerror = () => resolve(0);
      });
      picture.src = path;
      document.body.append(picture);
      return shown;
    };
    const shown = await Promise.all(all.map(show));
    return shown.reduce((sum, one) => sum + one, 0);
  }, paths);

/** What the page was told, once it was told so much. */
async function told(page, count) {
  await expect.poll(() => page.evaluate("told.length")).toBe(count);
  return page.evaluate(() => globalThis.told.map(({ type, url, code }) => [type, new URL(url).pathname, code].filter(Boolean)));
}

/** Plays a sound from its beginning, then from its 50th second; gives its duration. */
const play = (page, path) =>
  page.evaluate(async (source) => {
    const sound = new Audio(source);
    sound.muted = true;
    const heard = (type) =>
      new Promise((resolve, reject) => {
        sound.addEventListener(type, resolve, { once: true });
        sound.addEventListener("error", () => reject(new Error(sound.error.message)), { once: true });
      });
    await heard("loadedmetadata");
    for (const second of [50, 20]) {
      const there = heard("seeked");
      sound.currentTime = second;
      await there;
    }
    const { duration } = sound;
    sound.src = "";
    return duration;
  }, path);

const channelOf = (library) =>
  library.value(async ({ client }) => {
    const [{ sender, openBlock, balance, inFlight }] = await client.channels();
    return { sender, openBlock, balance, inFlight };
  });

for (const credit of [true, false]) {
  test.describe(credit ? "with payment numbers" : "without payment numbers", () => {
    test.use({ credit });

    const sum = (stack, channel) => (credit ? charged(stack, channel) : receiverBalance(stack, channel));

    test("pictures, a sound, a page and a download are paid for once each, and nothing else is", coreIf(credit), async ({
      home,
      page,
      visit,
      shop,
      stack,
    }) => {
      expect(await pictures(page, [1, 2, 3].map((n) => `/paid/doggo.jpg?${n}`))).toBe(3);
      expect(await told(page, 3)).toEqual(Array(3).fill(["paid", "/paid/doggo.jpg"]));
      expect(await play(page, "/paid/tone.wav")).toBe(60);
      expect(await told(page, 4)).toContainEqual(["paid", "/paid/tone.wav"]);
      // By several ranges with one number, or as a whole.
      const asked = shop.paid("/paid/tone.wav");
      if (credit) expect(asked.length).toBeGreaterThan(1);
      expect(new Set(asked.map(({ number, range }) => number ?? range))).toEqual(new Set([credit ? "4" : undefined]));
      // A download by a link.
      const [download] = await Promise.all([
        page.waitForEvent("download"),
        page.evaluate(() => {
          const link = document.createElement("a");
          link.href = "/paid/book.zip";
          document.body.append(link);
          link.click();
        }),
      ]);
      expect(readFileSync(await download.path(), "utf8")).toBe("PK, and the rest of a book");
      expect(await told(page, 5)).toContainEqual(["paid", "/paid/book.zip"]);
      // What is not listed does not pass through the worker.
      expect(await pictures(page, ["/other/doggo.jpg"])).toBe(0);
      expect(shop.seen.filter(({ path }) => path.startsWith("/other"))).toMatchObject([{ status: 402, paid: false }]);
      // A second page, whose first page is left for what is sold.
      const second = await visit();
      expect(await pictures(second.page, ["/paid/doggo.jpg?4"])).toBe(1);
      await page.goto(`${shop.url}/paid/story.html`);
      expect(await page.title()).toBe("A story");
      expect(await told(second.page, 2)).toEqual([["paid", "/paid/doggo.jpg"], ["paid", "/paid/story.html"]]);
      // All agree: seven payments.
      const channel = await channelOf(second);
      expect(channel).toMatchObject({ balance: 7n * PRICE, inFlight: 0 });
      expect(await sum(stack, channel)).toBe(7n * PRICE);
      expect(await openings(stack, channel.sender)).toBe(1);
      void home;
    });

    test("a reload costs nothing where the server repeats", async ({ visit, home, page, stack }) => {
      const prices = [];
      for (let time = 0; time < 3; time += 1) {
        expect(await pictures(page, ["/paid/doggo.jpg"])).toBe(1);
        const channel = await channelOf(home);
        prices.push(await sum(stack, channel));
        await visit(page);
      }
      expect(prices).toEqual(credit ? [PRICE, PRICE, PRICE] : [PRICE, 2n * PRICE, 3n * PRICE]);
    });

    test("the ranges of a file are one payment, also for a worker that starts anew", async ({ home, page, shop, stack }) => {
      expect(await play(page, "/paid/tone.wav")).toBe(60);
      await stopWorkers(page);
      expect(await play(page, "/paid/tone.wav")).toBe(60);
      const numbers = shop.paid("/paid/tone.wav").map(({ number, range }) => number ?? range);
      expect(new Set(numbers)).toEqual(new Set([credit ? "1" : undefined]));
      const channel = await channelOf(home);
      expect(channel.balance).toBe(PRICE);
      expect(await sum(stack, channel)).toBe(PRICE);
      expect(await told(page, 1)).toEqual([["paid", "/paid/tone.wav"]]);
      // It pays on in the same channel.
      expect(await pictures(page, ["/paid/doggo.jpg"])).toBe(1);
      const after = await channelOf(home);
      expect(after).toMatchObject({ openBlock: channel.openBlock, balance: 2n * PRICE });
      expect(await openings(stack, channel.sender)).toBe(1);
    });
  });
}

/** Shows so many pictures of a page, six at once, each again until it is there; gives how many. */
const showMany = (page, name, times) =>
  page.evaluate(
    async ([id, count]) => {
      const left = Array.from({ length: count }, (_, index) => index);
      let there = 0;
      const show = (path) =>
        new Promise((resolve) => {
          const picture = new Image();
          picture.onload = () => resolve(true);
          picture.onerror = () => resolve(false);
          picture.src = path;
        });
      const lane = async () => {
        for (let index = left.pop(); index !== undefined; index = left.pop()) {
          while (!(await show(`/paid/doggo.jpg?${id}-${index}`)));
          there += 1;
        }
      };
      await Promise.all(Array.from({ length: 6 }, lane));
      return there;
    },
    [name, times],
  );

test.describe("past a line that breaks", () => {
  test.use({ breaks: true });

  test("two tabs, a worker and the service worker pay 1000 times, and all agree", async ({ home, page, visit, shop, stack, line }) => {
    test.setTimeout(300_000);
    // A channel holds 100 tokens at most.
    const price = 1000n;
    await stack.paywall.restart({ prices: { "/paid/doggo.jpg": String(price) } });
    const other = await visit();
    const hex = await home.value(async ({ library: { LocalKey } }) => (await LocalKey.load()).toHex());
    const { contract, rpcUrl } = stack;
    const worker = await startWorker(other.page, { contract, rpcUrl, url: shop.url, hex }, { storage: true });
    // The service worker opens the channel.
    await showMany(page, "first", 1);
    // One request in 13 is lost, one answer in 11, and half of one in 17.
    let count = 0;
    const nth = (n) => (exchange) => isPaid(exchange) && (count += 1) % n === 0;
    line.dropRequests(nth(13), 200);
    line.dropAnswers(nth(11), 200);
    line.cutAnswers(nth(17), 200);
    const each = 250;
    const served = await Promise.all([
      home.value(payMany, ["/paid/doggo.jpg?one", each, price]),
      other.value(payMany, ["/paid/doggo.jpg?two", each, price]),
      worker.value(payMany, ["/paid/doggo.jpg?three", each, price]),
      showMany(page, "four", each - 1),
    ]);
    expect(served).toEqual([each, each, each, each - 1]);
    const channel = await channelOf(home);
    const sum = 4n * BigInt(each) * price;
    expect(await charged(stack, channel)).toBe(sum);
    expect(channel).toMatchObject({ balance: sum, inFlight: 0 });
    expect(await openings(stack, channel.sender)).toBe(1);
    expect(new Set(shop.paid("/paid/doggo.jpg").map(({ path }) => path)).size).toBe(4 * each);
    await worker.stop();
    await stack.paywall.restart({ prices: {} });
  });
});

test("the stop switch stops it, and the server says its price", async ({ home, page, shop, stack }) => {
  expect(await pictures(page, ["/paid/doggo.jpg?1"])).toBe(1);
  await home.value(({ client }) => client.stop());
  expect(await pictures(page, ["/paid/doggo.jpg?2"])).toBe(0);
  expect(await told(page, 2)).toEqual([["paid", "/paid/doggo.jpg"], ["refused", "/paid/doggo.jpg", "payments-stopped"]]);
  const answer = await page.goto(`${shop.url}/paid/story.html`);
  expect(answer.status()).toBe(402);
  await expect(page.getByTestId("price")).toBeVisible();
  await page.goto(`${shop.url}/`);
  await page.locator("body[data-ready]").waitFor({ state: "attached" });
  const channel = await channelOf(home);
  expect(channel.balance).toBe(PRICE);
  expect(await charged(stack, channel)).toBe(PRICE);
  await home.value(({ client }) => client.stop(false));
  expect(await pictures(page, ["/paid/doggo.jpg?3"])).toBe(1);
});

test("what scripts fetch is theirs to pay", async ({ home, page, shop, stack }) => {
  const url = `${shop.url}/paid/doggo.jpg`;
  const status = await page.evaluate(async (asked) => (await fetch(asked)).status, url);
  expect(status).toBe(402);
  const paid = await home.value(
    async ({ client, argument: [asked, maxPrice, deposit] }) => {
      const { price } = await client.quote(asked);
      const pay = client.payingFetch({ maxPrice, deposit });
      return [price, (await pay(asked)).status, (await pay(asked)).status];
    },
    [url, PRICE, DEPOSIT],
  );
  expect(paid).toEqual([PRICE, 200, 200]);
  const channel = await channelOf(home);
  expect([channel.balance, await charged(stack, channel)]).toEqual([2n * PRICE, 2n * PRICE]);
  expect(await told(page, 0)).toEqual([]);
});

test("what a link with the attribute download leads to does not pass through the worker", async ({ home, page, shop }) => {
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    page.evaluate(() => {
      const link = Object.assign(document.createElement("a"), { href: "/paid/book.zip", download: "a book.zip" });
      document.body.append(link);
      link.click();
    }),
  ]);
  expect(await download.failure()).toBe("canceled");
  expect(shop.seen.filter(({ path }) => path === "/paid/book.zip")).toMatchObject([{ paid: false, status: 402 }]);
  expect(await told(page, 0)).toEqual([]);
  void home;
});

test("limits and the policy hold, and a key that is forgotten pays no more", core, async ({ home, page }) => {
  const before = PRICE - 1n;
  await home.value(({ client, argument: maxPrice }) => client.setPolicy({ maxPrice }), before);
  expect(await pictures(page, ["/paid/doggo.jpg?1"])).toBe(0);
  await home.value(({ client }) => client.setPolicy({}));
  expect(await pictures(page, ["/paid/doggo.jpg?2"])).toBe(1);
  await home.value(({ library }) => library.LocalKey.forget());
  expect(await pictures(page, ["/paid/doggo.jpg?3"])).toBe(0);
  expect((await told(page, 3)).map(([type, , code]) => code ?? type)).toEqual([
    "price-above-limit",
    "paid",
    "no-account",
  ]);
});

test("where no page is open, or none lends its storage, nothing is paid", async ({ home, context, page, shop, stack }) => {
  expect(await pictures(page, ["/paid/doggo.jpg?1"])).toBe(1);
  const channel = await channelOf(home);
  const next = await context.newPage();
  await page.close();
  const answer = await next.goto(`${shop.url}/paid/story.html`);
  expect(answer.status()).toBe(402);
  await expect(next.getByTestId("price")).toBeVisible();
  // A page without the line.
  await next.goto(`${shop.url}/plain`);
  expect(await pictures(next, ["/paid/doggo.jpg?2"])).toBe(0);
  expect(await charged(stack, channel)).toBe(PRICE);
});

test("a page hears that the navigation to it was paid for", async ({ home, page, shop }) => {
  writeFileSync(join(folder, "paid/told.html"), `<!DOCTYPE html><title>Told</title><body>${LINE}`);
  await page.goto(`${shop.url}/paid/told.html`);
  expect(await told(page, 1)).toEqual([["paid", "/paid/told.html"]]);
  void home;
});

test("a page that is loaded past all caches is paid for, too", async ({ home, page }) => {
  const session = await page.context().newCDPSession(page);
  const loaded = page.waitForEvent("load");
  await session.send("Page.reload", { ignoreCache: true });
  await loaded;
  await page.locator("body[data-ready]").waitFor({ state: "attached" });
  expect(await pictures(page, ["/paid/doggo.jpg"])).toBe(1);
  void home;
});

test("an unregistered worker pays for no page that is still open", async ({ home, page, visit }) => {
  const other = await visit();
  expect(await pictures(page, ["/paid/doggo.jpg?1"])).toBe(1);
  await page.evaluate(() => globalThis.payer.unregister());
  expect(await pictures(page, ["/paid/doggo.jpg?2"])).toBe(0);
  expect(await pictures(other.page, ["/paid/doggo.jpg?3"])).toBe(0);
  expect((await channelOf(home)).balance).toBe(PRICE);
});

test("a script that pays nothing is told apart", async ({ home, page, shop }) => {
  shop.script("/nothing.js", "addEventListener('fetch', () => {});");
  const code = await page.evaluate(async () => {
    const { registerPayer } = await import(`${location.origin}/js/microraiden/service-worker.js`);
    return registerPayer("/nothing.js", { scope: "/nothing/" }).catch((error) => error.code);
  });
  expect(code).toBe("not-loaded");
  void home;
});
