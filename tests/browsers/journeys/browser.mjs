// What a browser does beyond its tabs: it stores, or can't; it crashes; it has workers.
import { expect } from "@playwright/test";
import { generatePrivateKey, privateKeyToAddress } from "viem/accounts";
import { openings, receiverBalance, stored } from "../../e2e/support/books.mjs";
import { asksFor } from "../../e2e/support/broken-line.mjs";
import { fill } from "../../e2e/support/full-storage.mjs";
import { FILE, PRICE } from "../place.mjs";
import { codes, open, pay } from "../works.mjs";

const EPHEMERAL =
  "a MiniBrowser that is driven keeps nothing beyond its end; what a killed tab leaves is tested above";
const NO_SETTING = "a MiniBrowser that is driven has no such setting; a refusing storage is tested above";

const paid = (exchange) => asksFor(FILE)(exchange) && exchange.headers["rdn-balance"] !== undefined;
const unavailable = "storage-unavailable";

/** @type {import("../table.mjs").Journey[]} */
export const browserJourneys = [
  {
    name: "storage full: nothing is signed until there is room again",
    async run(place) {
      const tab = await place.firstPackage();
      await tab.value(open, 10n * PRICE);
      expect(await tab.value(pay, PRICE)).toBe(200);
      await fill(tab.tab);
      // What is kept for one payment suffices once.
      expect(await tab.value(pay, PRICE)).toBe(200);
      await fill(tab.tab);
      place.line.seen.splice(0);
      expect(await tab.value(pay, PRICE)).toBe("storage-full");
      expect(place.line.seen.filter(paid)).toEqual([]);
      await tab.tab.evaluate(() => localStorage.removeItem("filler"));
      expect(await tab.value(pay, PRICE)).toBe(200);
      const { channels } = await stored(tab);
      expect(channels).toMatchObject([{ balance: 3n * PRICE, pending: undefined }]);
      expect(await receiverBalance(place.stack, channels[0])).toBe(3n * PRICE);
    },
  },
  {
    name: "storage that refuses to write: nothing is signed, and it is not called full",
    async run(place) {
      const tab = await place.firstPackage();
      await tab.value(open, 10n * PRICE);
      expect(await tab.value(pay, PRICE)).toBe(200);
      place.line.seen.splice(0);
      await tab.value(() => {
        Storage.prototype.setItem = () => {
          throw new DOMException("This page may not store anything.", "SecurityError");
        };
      });
      expect(await tab.value(pay, PRICE)).toBe(unavailable);
      expect(place.line.seen.filter(paid)).toEqual([]);
      await tab.load();
      expect(await tab.value(pay, PRICE)).toBe(200);
      expect((await stored(tab)).channels).toMatchObject([{ balance: 2n * PRICE }]);
    },
  },
  {
    name: "storage blocked by the browser's settings: nothing is paid, and the error says why",
    wish: { blocked: true },
    cannot: { WebKit: NO_SETTING },
    async run(place) {
      const tab = await place.newPackage({ client: false });
      const found = await tab.value(codes, PRICE);
      expect(found).toEqual({ save: unavailable, pay: unavailable, policy: unavailable, ledger: unavailable });
      expect(place.line.seen.filter(paid)).toEqual([]);
    },
  },
  {
    name: "browser restarted: key and channel are there, and pay on",
    wish: { lasting: true },
    cannot: { WebKit: EPHEMERAL },
    async run(place) {
      const first = await place.firstPackage();
      expect(await first.value(pay, PRICE)).toBe(200);
      await place.browser.restart();
      const next = await place.newPackage();
      expect(await next.value(pay, PRICE)).toBe(200);
      expect((await stored(next)).channels).toMatchObject([{ balance: 2n * PRICE, pending: undefined }]);
    },
  },
  {
    name: "browser killed when the server has counted a payment: it is told, and nothing is paid twice",
    wish: { lasting: true },
    cannot: { WebKit: EPHEMERAL },
    async run(place) {
      const first = await place.firstPackage();
      expect(await first.value(pay, PRICE)).toBe(200);
      // From here on key and channel are on the disk.
      await place.browser.restart();
      const second = await place.newPackage();
      const held = place.line.holdAnswer((exchange) => paid(exchange) && exchange.status === 200);
      await second.begin(pay, PRICE);
      await held.arrived;
      await place.browser.crash();
      held.drop();
      const next = await place.newPackage();
      // The browser may not have written to its disk what the page had stored. Then the same proof is signed anew,
      // and the receiver tells that it has it.
      if ((await next.value(pay, PRICE)) === "payment-taken") {
        expect(await next.value(pay, PRICE)).toBe(200);
      }
      const { channels } = await stored(next);
      expect(channels).toMatchObject([{ balance: 3n * PRICE, exposure: 3n * PRICE, pending: undefined }]);
      expect(await receiverBalance(place.stack, channels[0])).toBe(3n * PRICE);
      expect(await openings(place.stack, channels[0].sender)).toBe(1);
    },
  },
  {
    name: "worker that pays, with the storage of its page",
    async run(place) {
      place.serveConsumer(["shared"], "in-worker.js");
      const tab = await consumer(place);
      expect(await title(tab)).toBe("paid 200 true");
    },
  },
  {
    name: "service worker that pays for pictures of two pages, from one channel",
    async run(place) {
      place.serveConsumer(["shared", "service-worker"], "page.js");
      const key = generatePrivateKey();
      const first = await consumer(place, key);
      expect(await title(first)).toBe("paid 200 true");
      const second = await consumer(place, key);
      expect(await title(second)).toBe("paid 200 true");
      // The page whose storage it uses is gone.
      await first.close();
      await second.evaluate(() => {
        window.more().then(
          ({ channels, spent }) => (document.title = `${channels} ${spent}`),
          (error) => (document.title = `failed ${error}`),
        );
        document.title = "waiting";
      });
      expect(await title(second)).toBe(`1 ${3n * PRICE}`);
    },
  },
];

/** A tab with a page of the consumers' tests, whose key has money. */
async function consumer(place, key = generatePrivateKey()) {
  const account = privateKeyToAddress(key);
  if ((await place.stack.tokensOf(account)) === 0n && (await openings(place.stack, account)) === 0) {
    await place.fund(account);
  }
  const { contract, rpcUrl, url } = place.stack;
  const query = new URLSearchParams({ key, contract, rpcUrl, url: `${url}${FILE}` });
  const tab = await place.browser.newTab();
  await tab.open(`${place.line.url}/consumer.html?${query}`);
  return tab;
}

/** What the title of such a page says in the end. */
function title(tab) {
  return tab.until("a title with the outcome", () => document.title !== "waiting" && document.title);
}
