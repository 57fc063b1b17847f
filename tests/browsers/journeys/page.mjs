// Journeys by the server's page, with a key in the browser.
import { expect } from "@playwright/test";
import jsqr from "jsqr";
import { asksFor } from "../../e2e/support/broken-line.mjs";
import { PRICE } from "../place.mjs";

/** What a code says whose dark modules are the squares of this path. */
function readCode(path) {
  const [side, scale] = [60, 4];
  const width = side * scale;
  const pixels = new Uint8ClampedArray(width * width * 4).fill(255);
  for (const [, x, y] of path.matchAll(/M(\d+) (\d+)/g)) {
    for (let i = 0; i < scale * scale; i += 1) {
      const left = (Number(x) + 4) * scale + (i % scale);
      const top = (Number(y) + 4) * scale + Math.floor(i / scale);
      pixels.fill(0, (top * width + left) * 4, (top * width + left) * 4 + 3);
    }
  }
  return jsqr(pixels, width, width)?.data;
}

/** A picture that makes an article high, once it is there. */
const HIGH = '<svg xmlns="http://www.w3.org/2000/svg" width="10" height="2000"/>';
const RUN = "top.postMessage('ran', '*')";
/** Tries to run scripts in all ways that it has, before it is high. */
const ARTICLE = `<!doctype html><title>An article</title><script>${RUN}</script><h1>Words</h1>
  <img src="data:image/png;base64,AA" onerror="${RUN}"><svg onload="${RUN}"></svg>
  <iframe srcdoc="<script>${RUN}</script>" onload="${RUN}"></iframe><img src="/high.svg">`;
/** Shows it as the elements do, and notes in its title what ran. */
const SHOWS = `<!doctype html><title>none ran</title><body><script type="module">
  import { display } from "/js/microraiden/elements/view/viewers.js";
  addEventListener("message", ({ data }) => data === "ran" && (document.title = "a script ran"));
  const html = await (await fetch("/words")).text();
  const blob = new Blob([html], { type: "text/html" });
  const { shown } = await display({ blob, url: "", name: "words", address: location.href, text: {} });
  shown.dataset.testid = "article";
  document.body.append(shown);
</script>`;

/** @type {import("../table.mjs").Journey[]} */
export const pageJourneys = [
  {
    name: "first payment: a key, a channel, the picture",
    async run(place) {
      const deposit = 10n * PRICE;
      const paywall = await place.visit();
      await paywall.makeKey();
      await paywall.fund();
      const ledger = await place.ledger(await paywall.text("account-address"));
      await paywall.openAndPay(deposit);
      await paywall.picture();
      await paywall.expectChannel({ deposit, spent: PRICE });
      await ledger.expectChanges({ sender: -deposit, contract: deposit });
    },
  },
  {
    name: "second payment: the same channel, and no transaction",
    async run(place) {
      const paywall = await place.visit();
      await paywall.payFirst(10n * PRICE);
      const block = await paywall.text("channel-open-block");
      const sender = await paywall.text("account-address");
      const ledger = await place.ledger(sender);
      const sent = () => place.stack.publicClient.getTransactionCount({ address: sender });
      const before = await sent();
      await paywall.pay();
      await paywall.expectChannel({ deposit: 10n * PRICE, spent: 2n * PRICE });
      expect(await paywall.text("channel-open-block")).toBe(block);
      expect(await sent()).toBe(before);
      await ledger.expectChanges({});
    },
  },
  {
    name: "a key that is filled from elsewhere: its address, and a code that a camera reads",
    async run(place) {
      const paywall = await place.visit();
      await paywall.makeKey();
      const address = await paywall.text("account-address");
      await paywall.tab.click("fund-elsewhere");
      expect(await paywall.tab.look("fund-address")).toMatchObject({ shown: true, text: address });
      const code = await paywall.tab.until("the code", (find) => {
        const path = find("fund-qr")?.querySelector("path");
        return path?.checkVisibility() && path.getAttribute("d");
      });
      const read = readCode(code);
      expect(read).toBe(`ethereum:${address}@${place.stack.chainId}`);
      await place.fund(address);
      // The page sees by itself that money came.
      await paywall.openAndPay(10n * PRICE);
      await paywall.expectChannel({ deposit: 10n * PRICE, spent: PRICE });
    },
  },
  {
    name: "reload: the channel and what was paid for are there, and the channel pays on",
    async run(place) {
      const paywall = await place.visit();
      await paywall.payFirst(10n * PRICE);
      const sender = await paywall.text("account-address");
      const block = await paywall.text("channel-open-block");
      await paywall.reload();
      await paywall.picture();
      // The copy is there before the account was read.
      await paywall.expectChannel({ deposit: 10n * PRICE, spent: PRICE });
      expect(await paywall.text("account-address")).toBe(sender);
      await paywall.pay();
      await paywall.expectChannel({ deposit: 10n * PRICE, spent: 2n * PRICE });
      expect(await paywall.text("channel-open-block")).toBe(block);
    },
  },
  {
    name: "top up: an exhausted deposit grows, and pays again",
    async run(place) {
      const paywall = await place.visit();
      await paywall.payFirst(PRICE);
      await paywall.expectChannel({ deposit: PRICE, spent: PRICE });
      const ledger = await place.ledger(await paywall.text("account-address"));
      await paywall.topUp(2n * PRICE);
      await paywall.expectChannel({ deposit: 3n * PRICE, spent: PRICE });
      await ledger.expectChanges({ sender: -2n * PRICE, contract: 2n * PRICE });
      await paywall.pay();
      await paywall.expectChannel({ deposit: 3n * PRICE, spent: 2n * PRICE });
    },
  },
  {
    name: "close with the receiver: both are paid at once, to the unit",
    async run(place) {
      const paywall = await place.visit();
      await paywall.payFirst(10n * PRICE);
      const ledger = await place.ledger(await paywall.text("account-address"));
      expect(await paywall.close()).toBe(false);
      await paywall.expectChannel({ deposit: 10n * PRICE, spent: PRICE, state: "settled" });
      await ledger.expectChanges({ sender: 9n * PRICE, receiver: PRICE, contract: -10n * PRICE });
    },
  },
  {
    name: "close alone: a question, the challenge period, settled to the unit after a reload",
    async run(place) {
      const deposit = 10n * PRICE;
      const paywall = await place.visit();
      await paywall.payFirst(deposit);
      const ledger = await place.ledger(await paywall.text("account-address"));
      place.line.dropRequests(({ method }) => method === "DELETE", Infinity);
      expect(await paywall.close()).toBe(true);
      await paywall.expectChannel({ deposit, spent: PRICE, state: "closing" });
      await ledger.expectChanges({});
      const settleBlock = BigInt(await paywall.text("channel-settle-block"));
      await place.stack.mine(Number(settleBlock - (await place.stack.blockNumber())) + 1);
      await paywall.reload();
      await paywall.act("settle");
      await paywall.expectChannel({ deposit, spent: PRICE, state: "settled" });
      await ledger.expectChanges({ sender: 9n * PRICE, receiver: PRICE, contract: -deposit });
    },
  },
  {
    name: "two tabs of the page: one payment for what both want",
    async run(place) {
      const first = await place.visit();
      await first.payFirst(10n * PRICE);
      const second = await place.visit();
      await second.picture();
      const paid = place.line.seen.filter(
        (seen) => asksFor("/doggo.jpg")(seen) && seen.headers["rdn-balance"] !== undefined,
      );
      expect(paid.filter(({ status }) => status === 200)).toHaveLength(1);
      await second.pay();
      await first.expectChannel({ deposit: 10n * PRICE, spent: 2n * PRICE });
    },
  },
  {
    name: "an article: laid out to its height, and none of its scripts runs",
    async run(place) {
      place.line.serve("/words", "text/html", ARTICLE);
      place.line.serve("/high.svg", "image/svg+xml", HIGH);
      place.line.serve("/shows", "text/html", SHOWS);
      const high = place.line.hold(asksFor("/high.svg"));
      const tab = await place.browser.newTab();
      await tab.open(`${place.line.url}/shows`);
      await high.arrived;
      await tab.until("an article", (find) => Number(find("article")?.height) > 0);
      await high.release();
      await tab.until("its height", (find) => Number(find("article")?.height) > 2000);
      expect(await tab.evaluate(() => document.title)).toBe("none ran");
    },
  },
];
