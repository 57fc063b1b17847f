// A person in front of the server's page, in whatever browser.
import { formatUnits } from "viem";
import { expect } from "@playwright/test";

export class Paywall {
  tab;

  constructor(tab) {
    this.tab = tab;
  }

  async open(url) {
    await this.tab.open(url);
    await this.ready();
  }

  async reload() {
    await this.tab.reload();
    await this.ready();
  }

  /** Waits until the page has started, and waits for nothing. */
  async ready() {
    const started = (find) => find("price")?.dataset.amount || find("error")?.checkVisibility();
    await this.tab.until("a page that has started", started);
    await this.succeeded();
  }

  /** Makes a key in this browser. */
  async makeKey() {
    await this.act("begin");
    await this.act("account-local-create");
  }

  async fund() {
    await this.act("fund");
  }

  /** Opens a channel with this deposit and pays from it. */
  async openAndPay(deposit) {
    await this.askToPay();
    await this.tab.fill("deposit-input", formatUnits(deposit, 18));
    await this.act("pay");
  }

  async pay() {
    await this.askToPay();
    await this.act("pay");
  }

  /** With a new key that has money: opens a channel and pays. */
  async payFirst(deposit) {
    await this.makeKey();
    await this.fund();
    await this.openAndPay(deposit);
    await this.picture();
  }

  /** Has the page offer the payment, also of what was paid for already. */
  async askToPay() {
    const offered = (find) => {
      const shown = (name) => find(name)?.checkVisibility();
      return shown("pay") ? "pay" : shown("pay-again") && "pay-again";
    };
    if ((await this.tab.until("an offer to pay", offered)) === "pay-again") {
      await this.tab.click("pay-again");
    }
  }

  async topUp(amount) {
    await this.tab.fill("topup-input", formatUnits(amount, 18));
    await this.act("topup");
  }

  /** Closes; leaves alone if the page asks. */
  async close() {
    await this.tab.click("close");
    await this.idle();
    const asked = await this.tab.look("confirm-yes");
    if (asked?.shown) {
      await this.tab.click("confirm-yes");
    }
    await this.succeeded();
    return Boolean(asked?.shown);
  }

  /** Presses a button and waits until its work is done; fails if the page shows an error. */
  async act(testId) {
    await this.tab.click(testId);
    await this.succeeded();
  }

  async idle() {
    await this.tab.until("a page that waits for nothing", (find) => !find("progress")?.checkVisibility());
  }

  async succeeded() {
    await this.idle();
    const error = await this.error();
    if (error) {
      throw new Error(`The page shows the error ${error.code}: ${error.text}`);
    }
  }

  /** `{ code, text }` of the error on the page, if there is one. */
  error() {
    return this.tab.evaluate((find) => {
      const box = find("error");
      return box?.checkVisibility() && { code: find("error-code")?.textContent, text: box.textContent };
    });
  }

  async text(testId) {
    return (await this.tab.look(testId))?.text;
  }

  /** Waits until the picture is drawn. */
  async picture() {
    await this.tab.until("the picture", (find) => find("content")?.querySelector("img")?.naturalWidth > 100);
  }

  /** Waits until the channel on the page has these numbers. */
  async expectChannel({ deposit, spent, state = "open" }) {
    const shown = async () => {
      const [all, paid, rest, kind] = await Promise.all(
        ["deposit", "spent", "remaining", "state"].map((name) => this.tab.look(`channel-${name}`)),
      );
      return [all?.data.amount, paid?.data.amount, rest?.data.amount, kind?.data.state];
    };
    const expected = [...[deposit, spent, deposit - spent].map(String), state];
    await expect.poll(shown, { timeout: 20_000 }).toEqual(expected);
  }
}
