// Tracks what happened to the money while an action runs, for the sentence shown if it fails.
import { shorten } from "../text/plain.js";

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

  /**
   * What happened to the money, as far as it is known here.
   * @param {import("../text/text.js").Text} text
   */
  sentence(text) {
    if (this.#signed) {
      return text.say("money.signed");
    }
    if (this.#transaction?.hash) {
      const { action, hash } = this.#transaction;
      return text.say("money.sent", { action: text.doing(action), hash: shorten(hash) });
    }
    if (this.#asked === "transaction") {
      return text.say("money.asked");
    }
    if (this.#written()) {
      return text.say("money.written");
    }
    if (this.#mined) {
      return text.say("money.mined", { action: text.doing(this.#mined.action) });
    }
    return text.say("money.none");
  }
}
