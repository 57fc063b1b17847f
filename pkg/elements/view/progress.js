// Shows what the page waits for, and offers to cancel.
import { shorten } from "../text/plain.js";
import { isUsable, setText } from "./dom.js";

/**
 * One sentence for one progress event of the package.
 * @param {import("../text/text.js").Text} text
 */
export function progressText(event, token, text) {
  const { type, confirmations, required, attempt, attempts, block, to } = event;
  const action = text.action(event.action);
  const hash = event.hash && shorten(event.hash);
  switch (type) {
    case "waiting-for-wallet":
      return walletText(event, text);
    case "sent":
      return text.say("progress.sent", { action, hash });
    case "confirming": {
      const key = hash ? "progress.confirming-hash" : "progress.confirming";
      return text.say(key, { action, confirmations, required, hash });
    }
    case "paying":
      return text.say("progress.paying", { amount: text.amount(event.price, token) });
    case "waiting-for-receiver":
      return attempt > 1
        ? text.say("progress.receiver-again", { attempt, attempts })
        : text.say("progress.receiver");
    case "resending":
    case "set-aside":
      return text.say(`progress.${type}`);
    case "scanning":
      return text.say("progress.scanning", { block, to });
    default:
      return undefined;
  }
}

function walletText({ request, action }, text) {
  const what = action ? text.doing(action) : text.say("wallet.payment");
  const key = `wallet.${request}`;
  return text.has(key) ? text.say(key, { what }) : text.say("wallet.other");
}

/** Cancel ignores presses this long: they would be the second click of a double click. */
const CANCEL_AFTER = 400;

export class ProgressLine {
  #box;
  #text;
  #cancel;
  #onCancel;
  #timer;
  #started;

  constructor(view) {
    this.#box = view.byId("progress");
    this.#text = view.byId("progress-text");
    this.#cancel = view.byId("cancel");
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
