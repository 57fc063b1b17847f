// Payments without a click: allowed by the user, for one receiver, up to an amount a day (as the browser's clock has it)
// and an amount for each.
//
// What was paid today is read from the package's ledger, which knows all payments of this browser, so that payments by
// click count, too. Pages take turns, so that two of them do not pay the last of it twice.
import { mayPay } from "./budget.js";
import { mayBeTaken } from "./outcomes.js";

const TURN = "microraiden-page:auto";

/** Waits until the page can be seen: a page that the browser loads ahead, or in the background, pays nothing. */
function seen() {
  return new Promise((resolve) => {
    const look = () => {
      if (document.visibilityState === "visible") {
        document.removeEventListener("visibilitychange", look);
        resolve(undefined);
      }
    };
    document.addEventListener("visibilitychange", look);
    look();
  });
}

export class AutoPay {
  #name;
  #receiver;
  #url;

  constructor({ chainId, receiver, token, url }) {
    this.#url = url;
    this.#receiver = receiver.toLowerCase();
    this.#name = `microraiden-page:auto:${chainId}:${this.#receiver}:${token.toLowerCase()}`;
  }

  /** The most for a day and for one payment, in base units; undefined: the user wants to be asked. */
  get allowed() {
    try {
      const [, day, each] = /^(\d{1,58}) (\d{1,58})$/.exec(localStorage.getItem(this.#name) ?? "") ?? [];
      return day === undefined ? undefined : { day: BigInt(day), each: BigInt(each) };
    } catch {
      return undefined; // storage is forbidden
    }
  }

  /**
   * Allows so much, or nothing more. Fails where the browser does not store it.
   * @param {{ day: bigint, each: bigint } | undefined} allowed
   */
  allow(allowed) {
    if (allowed === undefined) {
      localStorage.removeItem(this.#name);
    } else {
      localStorage.setItem(this.#name, `${allowed.day} ${allowed.each}`);
    }
  }

  /** What this account paid to the receiver today, or may have. */
  async spent(client) {
    const today = new Date().toDateString();
    const payments = await client.ledger();
    return payments
      .filter(
        (payment) =>
          payment.receiver.toLowerCase() === this.#receiver &&
          new Date(payment.time).toDateString() === today &&
          mayBeTaken(payment),
      )
      .reduce((total, { amount }) => total + amount, 0n);
  }

  /**
   * Pays if that is allowed, and the budget does not forbid it. It may wait for long, until the page is seen and others have paid: `wanted()` tells
   * whether it is still to be paid then. Without Web Locks nothing is paid by itself.
   * @param {() => boolean} wanted
   * @param {() => Promise<void>} pay
   */
  async pay(client, price, wanted, pay) {
    if (this.allowed === undefined || !navigator.locks) {
      return;
    }
    await seen();
    await navigator.locks.request(TURN, async () => {
      const { allowed } = this;
      const within =
        allowed !== undefined &&
        price <= allowed.each &&
        (await this.spent(client)) + price <= allowed.day &&
        (await mayPay(client, this.#url, price));
      if (within && wanted()) {
        await pay();
      }
    });
  }
}
