// Tracks what happened to the money while an action runs, for the sentence shown if it fails.
import { actionName } from "../view/progress.js";
import { shorten } from "../view/dom.js";

/** Timeouts without progress, in milliseconds, by what the action waits for. */
const LIMITS = {
  // users may take their time
  "waiting-for-wallet": 600_000,
  // blocks may be slow
  sent: 300_000,
  confirming: 300_000,
  // a server may need time to make its content
  paying: 75_000,
  "waiting-for-receiver": 75_000,
  resending: 75_000,
};
const USUAL_LIMIT = 30_000;

export class MoneyTrail {
  #last;
  #asked;
  #transaction;
  #mined;
  #signed = false;
  #written;

  /** `written()` tells whether this browser has stored a transaction under way. */
  constructor(written = () => false) {
    this.#written = written;
  }

  /** Notes a progress event; undefined is any other sign of life. */
  note(event) {
    this.#last = event?.type;
    switch (event?.type) {
      case "waiting-for-wallet":
        this.#asked = event.request;
        break;
      case "sent":
        this.#transaction = event;
        this.#asked = undefined;
        break;
      case "confirming":
        if (event.confirmations < event.required) {
          this.#transaction = event;
        } else {
          this.#transaction = undefined;
          this.#mined = event;
        }
        break;
      case "paying":
        this.#signed = true;
        this.#asked = undefined;
        break;
      default:
    }
  }

  /** The present timeout without progress. */
  get limit() {
    return LIMITS[this.#last] ?? USUAL_LIMIT;
  }

  /** What happened to the money, as far as it is known here. */
  sentence() {
    if (this.#signed) {
      return (
        "A payment was signed and may have reached the receiver. It is remembered: the next try " +
        "sends the same one first, and it counts once."
      );
    }
    if (this.#transaction?.hash) {
      const { action, hash } = this.#transaction;
      return (
        `A transaction (${actionName(action).toLowerCase()}, ${shorten(hash)}) was handed to the ` +
        "network and may still take effect. It is remembered and followed: read the channel again " +
        "later."
      );
    }
    if (this.#asked === "transaction") {
      return (
        "If you confirm the transaction in your wallet after this, it still takes effect; refuse it " +
        "there if you do not want it."
      );
    }
    if (this.#written()) {
      return (
        "A transaction was signed and may have reached the network. It is remembered and followed: " +
        "read the channel again later."
      );
    }
    if (this.#mined) {
      return (
        `A transaction (${actionName(this.#mined.action).toLowerCase()}) took effect before that, and ` +
        "nothing was paid since. Read the channel again to see it."
      );
    }
    return "Nothing was paid, and nothing was sent to the network.";
  }
}
