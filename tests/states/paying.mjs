// A key's money: from an empty account to what was paid for, and what can be done with the key.
import { calls } from "../e2e/support/broken-line.mjs";

/** @typedef {import("./scene.mjs").Journey} Journey */

let held;

/** @type {Journey} */
export const firstPayment = {
  title: "The first payment",
  states: {
    "the account is being filled": async ({ visitor, node }) => {
      await visitor.arrive();
      await visitor.useLocalKey();
      held = node.hold(calls("eth_sendTransaction"));
      await visitor.launch("fund");
    },
    "the account is filled": async ({ visitor }) => {
      await held.release();
      await visitor.succeeded();
    },
    "deposit: no amount": ({ visitor }) => visitor.by("deposit-input").fill("1,000,000"),
    "deposit: too small": ({ visitor }) => visitor.by("deposit-input").fill("0.01"),
    "deposit: more than there is": ({ visitor }) => visitor.by("deposit-input").fill("5000"),
    "the channel is being opened": async ({ visitor, node, times }) => {
      await visitor.by("deposit-input").fill(times(10n));
      held = node.hold(calls("eth_sendRawTransaction"));
      await visitor.launch("pay");
      await held.arrived;
    },
    "the channel waits for the network": async ({ visitor, node }) => {
      const receipt = node.hold(calls("eth_getTransactionReceipt"));
      await held.release();
      await receipt.arrived;
      // Told with its hash.
      await visitor.by("progress").filter({ hasText: "0x" }).waitFor();
      held = receipt;
    },
    "paid: a picture": async ({ visitor }) => {
      await held.release();
      await visitor.succeeded();
      await visitor.picture();
    },
    "how to pay without asking": ({ visitor }) => visitor.by("auto-open").click(),
    "paying without asking is allowed": async ({ visitor }) => {
      await visitor.by("auto-allow").click();
      await visitor.by("auto-stop").waitFor();
    },
    "the budget": async ({ visitor }) => {
      await visitor.by("auto-stop").click();
      await visitor.by("budget-open").click();
      await visitor.by("budget-today").filter({ hasText: "." }).waitFor();
    },
    "the budget: no number and no amount": async ({ visitor }) => {
      await visitor.by("budget-more").click();
      await visitor.by("budget-rise").fill("half");
      await visitor.by("budget-day").fill("two");
      await visitor.by("budget-save").click();
    },
    "the budget is set": async ({ visitor, times, page }) => {
      await visitor.by("budget-rise").fill("20");
      await visitor.by("budget-day").fill(times(5n));
      await visitor.by("budget-save").click();
      await page.locator("#budget:not([open])").waitFor();
    },
    "all payments are stopped": async ({ visitor }) => {
      await visitor.by("budget-open").click();
      await visitor.by("budget-stop").click();
      await visitor.by("stopped").waitFor();
    },
    "a payment above the budget": async ({ visitor, page, times }) => {
      await visitor.by("stopped-go").click();
      await visitor.by("stopped").waitFor({ state: "hidden" });
      await visitor.by("budget-day").fill(times(1n));
      await visitor.by("budget-save").click();
      await page.locator("#budget:not([open])").waitFor();
      await visitor.askToPay();
      await page.locator('[data-testid="pay"]:enabled').waitFor();
      await visitor.fail("pay");
    },
    "what was paid": async ({ visitor, page }) => {
      await visitor.by("error-budget").click();
      await visitor.by("budget-day").fill("");
      await visitor.by("budget-save").click();
      await page.locator("#budget:not([open])").waitFor();
      await page.reload();
      await visitor.ready();
      await visitor.picture();
      await visitor.by("history-open").click();
      await visitor.by("history").locator("li").first().waitFor();
    },
    "paid already, after a reload": async ({ visitor, page }) => {
      await page.reload();
      await visitor.ready();
      await visitor.picture();
    },
    "paying once more is offered": async ({ visitor, page }) => {
      await visitor.askToPay();
      await page.locator('[data-testid="pay"]:enabled').waitFor();
    },
    "a day later: the copy is gone": async ({ visitor, page }) => {
      await page.clock.install({ time: Date.now() + 25 * 60 * 60 * 1000 });
      await page.reload();
      await visitor.ready();
      await visitor.by("pay").waitFor();
    },
    "what the channel paid for is not known here": async ({ visitor, page }) => {
      await page.evaluate(() => {
        const listed = Object.keys(localStorage).filter((name) => name.startsWith("microraiden:ledger:"));
        listed.forEach((name) => localStorage.removeItem(name));
      });
      await page.reload();
      await visitor.ready();
      await visitor.by("pay-before").waitFor();
    },
  },
};

/** @type {Journey} */
export const theKey = {
  title: "The key and its money",
  states: {
    "no password for the backup": async ({ visitor, times }) => {
      await visitor.arriveWith();
      await visitor.openAndPay(times(10n));
      await visitor.by("backup-save").click();
      await visitor.page.locator("#backup-password-fault").waitFor();
    },
    "a backup was saved": async ({ visitor, page }) => {
      await visitor.by("backup-password").fill("correct horse battery staple");
      const downloading = page.waitForEvent("download");
      await visitor.by("backup-save").click();
      await downloading;
      await visitor.succeeded();
    },
    "whether to show the key": async ({ visitor }) => {
      await visitor.openAccount();
      await visitor.asked("key-show");
    },
    "the key is shown": ({ visitor }) => visitor.by("confirm-yes").click(),
    "the way out": async ({ visitor }) => {
      await visitor.by("key-hide").click();
      await visitor.by("way-out").click();
    },
    "the way out: no address": async ({ visitor }) => {
      await visitor.by("sweep-to").fill("0x12");
      await visitor.by("sweep").click();
      await visitor.page.locator("#sweep-to-fault").waitFor();
    },
    "whether to send everything": async ({ visitor }) => {
      await visitor.by("sweep-to").fill("0x00000000000000000000000000000000deadbeef");
      await visitor.asked("sweep");
    },
    "whether to remove the key": async ({ visitor }) => {
      await visitor.by("confirm-no").click();
      await visitor.asked("key-remove");
    },
  },
};
