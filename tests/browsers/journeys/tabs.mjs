// Several tabs with one account, and tabs and browsers that are killed.
import { expect } from "@playwright/test";
import { openings, receiverBalance, stored } from "../../e2e/support/books.mjs";
import { asksFor, calls } from "../../e2e/support/broken-line.mjs";
import { valueOf } from "../package.mjs";
import { FILE, PRICE } from "../place.mjs";
import { open, pay, payOften, sign, waiting } from "../works.mjs";

const paid = (exchange) => asksFor(FILE)(exchange) && exchange.headers["rdn-balance"] !== undefined;

/** What the browser has stored, and the receiver, once all was paid. */
async function expectPaid(place, tab, balance, ledger) {
  const found = await stored(tab);
  expect(found.channels).toMatchObject([{ balance, pending: undefined }]);
  expect(found.ends).toEqual([]);
  expect(found.ledger.map(({ outcome }) => outcome)).toEqual(ledger);
  expect(await receiverBalance(place.stack, found.channels[0])).toBe(balance);
  expect(await openings(place.stack, found.channels[0].sender)).toBe(1);
}

/** Begins work in a tab, closes the tab where the line holds it, and loses what is held. */
async function kill(killed, held, work, argument) {
  await killed.begin(work, argument);
  await held.arrived;
  await killed.tab.close();
  held.drop();
}

/** @type {import("../table.mjs").Journey[]} */
export const tabJourneys = [
  {
    name: "two tabs open at once: one channel",
    async run(place) {
      const first = await place.firstPackage();
      const second = await place.newPackage();
      const begun = [await first.begin(pay, PRICE), await second.begin(pay, PRICE)];
      for (const work of begun) {
        expect(valueOf(await work.outcome())).toBe(200);
      }
      await expectPaid(place, first, 2n * PRICE, ["paid", "paid"]);
    },
  },
  {
    name: "three tabs make 60 payments at once: all agree to the unit",
    async run(place) {
      const first = await place.firstPackage();
      await first.value(open, 60n * PRICE);
      const tabs = [first, await place.newPackage(), await place.newPackage()];
      const begun = [];
      for (const tab of tabs) {
        begun.push(await tab.begin(payOften, [20, PRICE]));
      }
      for (const work of begun) {
        expect(valueOf(await work.outcome())).toBe(20);
      }
      for (const tab of tabs) {
        await expectPaid(place, tab, 60n * PRICE, Array(60).fill("paid"));
      }
    },
  },
  {
    name: "locks: of two tabs that sign at once one is told of the other's proof",
    async run(place) {
      const first = await place.firstPackage();
      await first.value(open, 5n * PRICE);
      const second = await place.newPackage();
      await first.value(async () => {
        // The turn is named as the record is.
        const name = Object.keys(localStorage).find((one) => one.startsWith("microraiden:channel:"));
        const held = new Promise((resolve) => (globalThis.letGo = resolve));
        await new Promise((granted) => {
          navigator.locks.request(name, () => (granted(undefined), held));
        });
      });
      const begun = [await first.begin(sign, PRICE), await second.begin(sign, PRICE)];
      await expect.poll(() => second.value(waiting), { timeout: 20_000 }).toBe(2);
      await first.value(() => globalThis.letGo());
      const answers = [valueOf(await begun[0].outcome()), valueOf(await begun[1].outcome())];
      expect(answers.filter((answer) => answer !== PRICE)).toEqual(["proof-pending"]);
    },
  },
  {
    name: "locks: a tab that is killed in its turn leaves turn and proof to another",
    async run(place) {
      const first = await place.firstPackage();
      expect(await first.value(pay, PRICE)).toBe(200);
      const second = await place.newPackage();
      const held = place.line.hold(paid);
      await first.begin(pay, PRICE);
      await held.arrived;
      const served = await second.begin(pay, PRICE);
      await expect.poll(() => second.value(waiting), { timeout: 20_000 }).toBe(1);
      await first.tab.close();
      held.drop();
      expect(valueOf(await served.outcome())).toBe(200);
      await expectPaid(place, second, 2n * PRICE, ["paid", "paid"]);
    },
  },
  {
    name: "tab killed before the server has the payment: it is paid once",
    async run(place) {
      const first = await place.firstPackage();
      await kill(first, place.line.hold(paid), pay, PRICE);
      const next = await place.newPackage();
      const { channels } = await stored(next);
      expect(channels).toMatchObject([{ balance: 0n, pending: PRICE }]);
      // It reads the chain at its own pace.
      await expect.poll(() => receiverBalance(place.stack, channels[0]), { timeout: 20_000 }).toBe(0n);
      expect(await next.value(pay, PRICE)).toBe(200);
      await expectPaid(place, next, PRICE, ["paid"]);
    },
  },
  {
    name: "tab killed when the server has counted the payment: it is listed as taken",
    async run(place) {
      const first = await place.firstPackage();
      const counted = (exchange) => paid(exchange) && exchange.status === 200;
      await kill(first, place.line.holdAnswer(counted), pay, PRICE);
      const next = await place.newPackage();
      const { channels } = await stored(next);
      expect(channels).toMatchObject([{ balance: 0n, pending: PRICE }]);
      expect(await receiverBalance(place.stack, channels[0])).toBe(PRICE);
      expect(await next.value(pay, PRICE)).toBe(200);
      await expectPaid(place, next, 2n * PRICE, ["taken", "paid"]);
    },
  },
  {
    name: "tab killed while a channel opens: found again, and none beside it",
    async run(place) {
      const first = await place.firstPackage();
      await kill(first, place.node.holdAnswer(calls("eth_sendRawTransaction")), open, 5n * PRICE);
      const next = await place.newPackage();
      await expect.poll(async () => (await stored(next)).channels.length, { timeout: 20_000 }).toBe(1);
      expect(await next.value(pay, PRICE)).toBe(200);
      await expectPaid(place, next, PRICE, ["paid"]);
    },
  },
];
