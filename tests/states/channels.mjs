// A channel's life after its first payment.
import { CHALLENGE_PERIOD } from "../../demo/deploy.mjs";
import { calls } from "../e2e/support/broken-line.mjs";

/** @typedef {import("./scene.mjs").Journey} Journey */

let held;

/** @type {Journey} */
export const channelLife = {
  title: "A channel",
  states: {
    "a channel is open": async ({ visitor, times }) => {
      await visitor.arriveWith();
      await visitor.by("backup-later").click();
      await visitor.openAndPay(times(2n));
      await visitor.picture();
    },
    "paying from it: a place is kept for the picture": async ({ visitor, page, stack }) => {
      await visitor.open(`${stack.url}/doggo.jpg?once-more`);
      await visitor.by("pay").waitFor();
      let come;
      const asked = new Promise((resolve) => (come = resolve));
      const answered = new Promise((resolve) => (held = resolve));
      await page.route("**/doggo.jpg?once-more", async (route) => {
        if (route.request().resourceType() === "fetch") {
          come();
          await answered;
        }
        await route.fallback();
      });
      await visitor.launch("pay");
      await asked;
    },
    "a channel without a rest": async ({ visitor, page, stack }) => {
      held();
      await visitor.succeeded();
      await page.unroute("**/doggo.jpg?once-more");
      await visitor.picture();
      await visitor.open(`${stack.url}/article.html`);
      await visitor.by("channel").waitFor();
    },
    "top up: no amount": ({ visitor }) => visitor.by("topup-input").fill("many"),
    "top up: more than there is": ({ visitor }) => visitor.by("topup-input").fill("5000"),
    "a channel is being topped up": async ({ visitor, node, times }) => {
      await visitor.by("topup-input").fill(times(5n));
      held = node.hold(calls("eth_sendRawTransaction"));
      await visitor.launch("topup");
    },
    "a channel was topped up": async ({ visitor }) => {
      await held.release();
      await visitor.succeeded();
    },
    "the receiver is asked to close": async ({ visitor, page }) => {
      await page.route("**/api/1/channels/**", (route) => (held = route));
      await visitor.launch("close");
    },
    "the receiver does not close: what now": async ({ visitor, page }) => {
      await held.abort();
      await page.unroute("**/api/1/channels/**");
      await visitor.refuseClosingSignature();
      await visitor.answerable();
    },
    "the challenge period runs": async ({ visitor, page }) => {
      await visitor.by("confirm-yes").click();
      await visitor.idle();
      await visitor.succeeded();
      // Where nothing runs, it waits for its block.
      await page.locator('[data-testid="settle"]:disabled').waitFor();
    },
    "two channels": async ({ visitor, times }) => {
      await visitor.openAndPay(times(5n));
    },
    "the challenge period is over": async ({ visitor, stack, page }) => {
      await stack.mine(CHALLENGE_PERIOD + 1);
      await page.locator('[data-testid^="channel-show-"]').click();
      await visitor.succeeded();
      await page.locator('[data-testid="settle"]:enabled').waitFor();
    },
    "a channel is settled": async ({ visitor }) => {
      await visitor.settle();
      await visitor.by("send-back").waitFor();
    },
    "a channel is settled: everything is to be sent back": async ({ visitor }) => {
      await visitor.by("send-back").click();
      await visitor.by("sweep-to").waitFor();
    },
  },
};

/** @type {Journey} */
export const closedTogether = {
  title: "A channel closed by both",
  states: {
    "a payment without an answer": async ({ visitor, page, times }) => {
      await visitor.arriveWith();
      await visitor.openAndPay(times(5n));
      await visitor.askToPay();
      await page.route("**/doggo.jpg", (route) =>
        route.request().resourceType() === "fetch" ? route.abort() : route.fallback(),
      );
      await visitor.fail("pay");
    },
    "closed by both": async ({ visitor, page }) => {
      await page.unroute("**/doggo.jpg");
      await visitor.pay();
      await visitor.close();
    },
    "whether to forget a channel": async ({ visitor, page, stack }) => {
      await visitor.openAndPay("1");
      await visitor.open(`${stack.url}/doggo.jpg?once-more`);
      await visitor.by("channel").waitFor();
      await visitor.by("channel-details").click();
      await visitor.asked("forget");
      await page.locator("dialog[open]").waitFor();
    },
  },
};
