// Payments without a click: allowed by the user, for one receiver, up to an amount a day (as the browser's clock has it).
//
// What was paid today is read from the package's ledger, which knows all payments of this browser, so that payments by
// click count, too. Pages take turns, so that two of them do not pay the last of it twice.
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

  constructor({ chainId, receiver, token }) {
    this.#receiver = receiver.toLowerCase();
    this.#name = `microraiden-page:auto:${chainId}:${this.#receiver}:${token.toLowerCase()}`;
  }

  /** The most for a day, in base units; undefined: the user wants to be asked. */
  get limit() {
    try {
      const stored = localStorage.getItem(this.#name);
      return stored !== null && /^\d{1,58}$/.test(stored) ? BigInt(stored) : undefined;
    } catch {
      return undefined; // storage is forbidden
    }
  }

  /** Allows so much, or nothing more. Fails where the browser does not store it. */
  allow(limit) {
    if (limit === undefined) {
      localStorage.removeItem(this.#name);
    } else {
      localStorage.setItem(this.#name, String(limit));
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
   * Pays if that is allowed. It may wait for long, until the page is seen and others have paid: `wanted()` tells
   * whether it is still to be paid then. Without Web Locks nothing is paid by itself.
   * @param {() => boolean} wanted
   * @param {() => Promise<void>} pay
   */
  async pay(client, price, wanted, pay) {
    if (this.limit === undefined || !navigator.locks) {
      return;
    }
    await seen();
    await navigator.locks.request(TURN, async () => {
      const { limit } = this;
      const allowed = limit !== undefined && (await this.spent(client)) + price <= limit;
      if (allowed && wanted()) {
        await pay();
      }
    });
  }
}
