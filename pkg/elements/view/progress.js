// Shows what the page waits for, and offers to cancel.
import { byId, isUsable, setText, shorten } from "./dom.js";
import { withSymbol } from "../model/amount.js";

const actions = {
  "approve-reset": "Clearing the old allowance",
  approve: "Allowing the contract to take the deposit",
  open: "Opening the channel",
  "top-up": "Topping up",
  close: "Asking to close the channel",
  "cooperative-close": "Closing the channel",
  settle: "Settling the channel",
  mint: "Minting tokens",
  "transfer-tokens": "Sending tokens",
  "transfer-ether": "Sending ether",
};

const requests = {
  accounts: "choose an account there",
  signature: "sign there",
  "trial-signature":
    "sign there once, over a balance of 0. That shows that it can sign payments, and promises nothing",
  transaction: "confirm the transaction there",
};

/** What a transaction is for, as in "Opening the channel". */
export function actionName(action) {
  return actions[action] ?? "Sending a transaction";
}

/** One sentence for one progress event of the package. */
export function progressText(event, token) {
  const action = actionName(event.action);
  switch (event.type) {
    case "waiting-for-wallet": {
      const payment = event.request === "signature" ? " (the payment)" : "";
      const what = event.action ? ` (${action.toLowerCase()})` : payment;
      return `Waiting for your wallet: ${requests[event.request] ?? "answer it there"}${what}.`;
    }
    case "sent":
      return `${action}: sent as ${shorten(event.hash)}, waiting for the network.`;
    case "confirming":
      return (
        `${action}: confirming ${event.confirmations} of ${event.required}` +
        `${event.hash ? ` (${shorten(event.hash)})` : ""}.`
      );
    case "paying":
      return `Paying ${withSymbol(event.price, token)}.`;
    case "waiting-for-receiver":
      return event.attempt > 1
        ? `Waiting for the receiver to see the channel, attempt ${event.attempt} of ` +
            `${event.attempts}.`
        : "Waiting for the receiver.";
    case "resending":
      return "No answer came. The same payment is sent again; it counts once.";
    case "scanning":
      return `Looking for your channels on the chain: block ${event.block} of ${event.to}.`;
    case "set-aside":
      return "A stored record could not be read and was put aside; the chain is asked instead.";
    default:
      return undefined;
  }
}

/** Cancel ignores presses this long: they would be the second click of a double click. */
const CANCEL_AFTER = 400;

export class ProgressLine {
  #box = byId("progress");
  #text = byId("progress-text");
  #cancel = byId("cancel");
  #onCancel;
  #timer;
  #started;

  constructor() {
    this.#cancel.addEventListener("click", ({ timeStamp }) => {
      // A press made while the page was busy arrives late: judge it by when it was made, and by the focus then.
      if (timeStamp - this.#started >= CANCEL_AFTER) {
        this.#onCancel?.();
      }
    });
  }

  start(text, onCancel) {
    this.#onCancel = onCancel;
    this.#started = performance.now();
    this.#cancel.disabled = true;
    this.#box.hidden = false;
    this.say(text);
    // The focus stays on the line: a second Enter must not cancel what the first one began. Cancel is next.
    this.#timer = setTimeout(() => {
      this.#cancel.disabled = false;
    }, CANCEL_AFTER);
  }

  /** As if the button was pressed, which ignores presses at first. */
  cancel() {
    if (!this.#cancel.disabled) {
      this.#onCancel?.();
    }
  }

  say(text) {
    setText(this.#text, text);
  }

  stop() {
    clearTimeout(this.#timer);
    this.#onCancel = undefined;
    this.#box.hidden = true;
    this.say("");
  }

  focus() {
    if (isUsable(this.#box)) {
      this.#box.focus();
    }
  }
}
