// The channel panel: amounts, state and actions.
import { withSymbol } from "../model/amount.js";
import { AmountField } from "./amount-field.js";
import { byId, byTestId, make, setAmount, setText } from "./dom.js";

const states = { open: "Open", closing: "Closing", settled: "Settled", removed: "Removed" };

export class ChannelPanel {
  #session;
  #topUp;
  #show;
  /** The chain's newest block, when known. */
  block;

  constructor({ session, topUp, close, settle, forget, show }) {
    this.#session = session;
    this.#show = show;
    this.#topUp = new AmountField({
      input: byId("topup-input"),
      hint: byId("topup-hint"),
      unit: byId("topup-unit"),
      facts: () => session.facts,
      advice: (amount) => more(amount, session),
    });
    byId("topup-form").addEventListener("submit", (event) => {
      event.preventDefault();
      const amount = this.#topUp.read();
      if (amount !== undefined) {
        topUp(amount);
      }
    });
    byId("close").addEventListener("click", close);
    byId("settle").addEventListener("click", settle);
    byId("forget").addEventListener("click", forget);
  }

  render(busy) {
    const { channel, token, price } = this.#session;
    byId("channel").hidden = !channel;
    if (!channel) {
      return;
    }
    const { deposit, balance, remaining, state, openBlock, settleBlock } = channel;
    setAmount(byTestId("channel-deposit"), deposit, token);
    setAmount(byTestId("channel-spent"), balance, token);
    setAmount(byTestId("channel-remaining"), remaining, token);
    setText(byId("channel-rest"), state === "settled" ? "Returned to you" : "Remaining");
    setText(byTestId("channel-state"), states[state] ?? state);
    byTestId("channel-state").dataset.state = state;
    setText(byTestId("channel-open-block"), String(openBlock));
    byId("settle-row").hidden = settleBlock === undefined;
    setText(byTestId("channel-settle-block"), settleBlock === undefined ? "" : String(settleBlock));
    byId("channel-meter").hidden = deposit === 0n;
    byId("channel-meter-spent").setAttribute("width", String(percent(balance, deposit)));

    this.#renderOthers(busy);
    const open = state === "open";
    byId("channel-pending").hidden = !channel.pending || !open;
    byId("topup-form").hidden = !open;
    if (open) {
      this.#topUp.suggest(price * 10n);
    }
    byId("close").hidden = !open;
    byId("settle").hidden = state !== "closing";
    byId("settle").disabled = busy || this.#early;
    byId("settle").classList.toggle("primary", !this.#early);
    const split =
      `${withSymbol(balance, token)} to the receiver and returns ` +
      `${withSymbol(deposit - balance, token)} to you`;
    byId("close-hint").hidden = !open;
    setText(byId("close-hint"), open ? `Closing pays ${split}.` : "");
    const note = byId("channel-note");
    note.hidden = open;
    setText(
      note,
      open
        ? ""
        : state === "closing"
          ? this.#closingText(split)
          : "This channel is settled: the receiver has been paid and the rest is back in your " +
            "account. You can forget it, or open a new one.",
    );
  }

  /** Other channels to this receiver: one may be closing after another was opened. */
  #renderOthers(busy) {
    const { channel, channels } = this.#session;
    const others = channels.filter(
      (c) => c.openBlock !== channel.openBlock && c.state !== "settled",
    );
    const buttons = others.map(({ openBlock, state }) => {
      const label = `Show the ${state} channel of block ${openBlock}`;
      const props = {
        type: "button",
        className: "quiet",
        disabled: busy,
        "data-testid": `channel-show-${openBlock}`,
      };
      const button = make("button", props, label);
      button.addEventListener("click", () => this.#show(openBlock));
      return button;
    });
    const box = byId("channel-others");
    box.hidden = buttons.length === 0;
    // unchanged buttons stay, with the focus on them
    if (
      buttons.map((b) => b.textContent).join() !==
      [...box.children].map((b) => b.textContent).join()
    ) {
      box.replaceChildren(...buttons);
    }
  }

  reset() {
    this.#topUp.reset();
  }

  focusTopUp() {
    byId("topup-input").focus();
    byId("topup-input").select();
  }

  get #early() {
    const { channel } = this.#session;
    return (
      channel?.settleBlock !== undefined &&
      this.block !== undefined &&
      this.block <= channel.settleBlock
    );
  }

  #closingText(split) {
    const { settleBlock } = this.#session.channel;
    const why =
      "The receiver did not sign the closing, so its challenge period runs: until it ends, the " +
      "receiver can still show a newer balance.";
    if (this.block === undefined) {
      return `${why} After block ${settleBlock}, settling pays ${split}.`;
    }
    if (!this.#early) {
      return `The challenge period is over. Settling pays ${split}.`;
    }
    const left = settleBlock - this.block + 1;
    return (
      `${why} ${left} more ${left === 1 ? "block" : "blocks"} until you can settle (now at ` +
      `block ${this.block}). Settling pays ${split}.`
    );
  }
}

/** For the bar only: hundredths, rounded down. */
function percent(part, whole) {
  return whole === 0n ? 0 : Number((part * 100n) / whole);
}

function more(amount, { price }) {
  const count = BigInt(amount / price);
  return count === 0n
    ? "Less than one payment."
    : `${count} more ${count === 1n ? "payment" : "payments"}.`;
}
