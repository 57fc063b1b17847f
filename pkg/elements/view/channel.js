// The channel panel: what is left of the deposit, its state, and what can be done with it.
import { BlockTimes } from "../model/blocks.js";
import { AmountField } from "./amount-field.js";
import { make, setText } from "./dom.js";
import { meter } from "./meter.js";

export class ChannelPanel {
  /** @type {import("./view.js").View} */
  #view;
  /** @type {import("../model/session.js").Session} */
  #session;
  #budget;
  #topUp;
  #show;
  #times;
  /** The chain's newest block, when known. */
  block;

  constructor({ view, session, budget, topUp, close, settle, forget, show, sendBack }) {
    this.#view = view;
    this.#session = session;
    this.#budget = budget;
    this.#show = show;
    this.#times = new BlockTimes(session.config.rpcUrl, () => this.#renderTimes());
    const { byId } = view;
    this.#topUp = new AmountField({
      view,
      input: byId("topup-input"),
      hint: byId("topup-hint"),
      label: byId("topup-label"),
      name: "channel.top-up-amount",
      facts: () => session.facts,
      advice: (amount) => this.#more(amount),
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
    byId("remove").addEventListener("click", forget);
    byId("send-back").addEventListener("click", sendBack);
  }

  /** `leaving`: it is being closed, so that nothing of what is left of it is offered any more. */
  render(busy, leaving) {
    const { byId, say } = this.#view;
    const { channel, price } = this.#session;
    byId("channel").hidden = !channel;
    if (!channel) {
      return;
    }
    this.#renderValues(channel);
    this.#renderOthers();
    const { state } = channel;
    const open = state === "open";
    byId("channel-pending").hidden = !channel.pending || !open;
    setText(byId("channel-pending"), say(channel.inFlight > 0 ? "channel.in-flight" : "channel.pending"));
    byId("topup-form").hidden = !open || leaving;
    if (open) {
      this.#topUp.suggest(price * 10n);
      byId("topup").disabled = busy || this.#budget.stopped;
    }
    byId("close").hidden = !open || leaving;
    byId("settle").hidden = state !== "closing";
    byId("settle").disabled = busy || this.#early;
    byId("settle").classList.toggle("primary", !this.#early);
    byId("close-hint").hidden = !open || leaving;
    setText(byId("close-hint"), open ? say("channel.closing-pays", { split: this.#split(channel) }) : "");
    this.#renderNote(channel);
    const settled = state === "settled";
    byId("forget").hidden = settled;
    byId("remove").hidden = !settled;
    byId("send-back").hidden = !settled || !this.#session.key;
  }

  #renderNote(channel) {
    const note = this.#view.byId("channel-note");
    const { state } = channel;
    note.hidden = state === "open";
    setText(note, note.hidden ? "" : state === "closing" ? this.#closingText(channel) : this.#settledText(channel));
  }

  /** A time of blocks has become known. */
  #renderTimes() {
    const { channel } = this.#session;
    if (channel) {
      this.#renderNote(channel);
    }
    this.#renderOthers();
  }

  #renderValues({ deposit, balance, remaining, state, openBlock, settleBlock }) {
    const { byId, byTestId, say } = this.#view;
    const { token, config } = this.#session;
    this.#view.setAmount(byTestId("channel-deposit"), deposit, token);
    this.#view.setAmount(byTestId("channel-spent"), balance, token);
    this.#view.setAmount(byTestId("channel-remaining"), remaining, token);
    setText(byId("channel-rest"), say(state === "settled" ? "channel.returned" : "channel.remaining"));
    setText(byTestId("channel-state"), this.#stateName(state));
    byTestId("channel-state").dataset.state = state;
    setText(byTestId("channel-open-block"), String(openBlock));
    byId("settle-row").hidden = settleBlock === undefined;
    setText(byTestId("channel-settle-block"), settleBlock === undefined ? "" : String(settleBlock));
    setText(byId("channel-contract"), config.contract);
    setText(byId("channel-receiver"), config.receiver);
    const open = state === "open";
    byId("channel-left").hidden = !open;
    byId("channel-meter").hidden = !open || deposit === 0n;
    // Of what is left: the bar gets shorter as it is spent.
    byId("channel-meter").replaceChildren(meter(remaining, deposit));
    setText(byId("channel-left"), open ? this.#leftText(remaining, deposit) : "");
  }

  #leftText(remaining, deposit) {
    const { text, say } = this.#view;
    const { token } = this.#session;
    const count = this.#session.covered(remaining);
    return say(count > 0n ? "channel.left-for" : "channel.left", {
      remaining: text.amount(remaining, token),
      deposit: text.amount(deposit, token),
      count,
    });
  }

  #stateName(state) {
    const { text } = this.#view;
    const key = `channel.state.${state}`;
    return text.has(key) ? text.say(key) : state;
  }

  #split({ deposit, balance }) {
    const { text } = this.#view;
    const { token } = this.#session;
    return text.say("channel.split", {
      receiver: text.amount(balance, token),
      sender: text.amount(deposit - balance, token),
    });
  }

  /** Other channels to this receiver: one may be closing after another was opened. */
  #renderOthers() {
    const { byId } = this.#view;
    const { channel, channels } = this.#session;
    const others = channel ? channels.filter((c) => c.openBlock !== channel.openBlock && c.state !== "settled") : [];
    const box = byId("channel-others");
    box.hidden = others.length === 0;
    const blocks = others.map(({ openBlock }) => openBlock).join();
    // Buttons stay while their channels do, with the focus on them.
    if (box.dataset.blocks !== blocks) {
      box.dataset.blocks = blocks;
      box.replaceChildren(...others.map(({ openBlock }) => this.#showButton(openBlock)));
    }
    others.forEach((other, index) => setText(box.children[index], this.#showText(other)));
  }

  #showButton(openBlock) {
    const props = { type: "button", className: "quiet", "data-testid": `channel-show-${openBlock}` };
    const button = make("button", props);
    button.addEventListener("click", () => this.#show(openBlock));
    return button;
  }

  /** Tells another channel from the one that is shown: by what is left in it and its age, or by when it settles. */
  #showText({ openBlock, state, remaining, settleBlock }) {
    const { say, text } = this.#view;
    const left = text.amount(remaining, this.#session.token);
    if (state === "open") {
      const made = this.#times.made(openBlock);
      return made === undefined
        ? say("channel.show-left", { left })
        : say("channel.show-open", { left, when: text.moment(made) });
    }
    const seconds = this.#settlesIn({ settleBlock });
    if (seconds === undefined) {
      return say("channel.show-closing", { left });
    }
    return seconds === 0
      ? say("channel.show-ready", { left })
      : say("channel.show-settles", { left, duration: text.duration(seconds) });
  }

  /** In about how many seconds a closing channel can be settled, if that is known: from the block after `settleBlock` on. */
  #settlesIn({ settleBlock }) {
    return settleBlock === undefined ? undefined : this.#times.until(settleBlock + 1);
  }

  /** Who got what. */
  #settledText({ deposit, balance, isSure }) {
    const { say, text } = this.#view;
    const { token } = this.#session;
    return isSure
      ? say("channel.settled", { sender: text.amount(deposit - balance, token), receiver: text.amount(balance, token) })
      : say("channel.settled-somehow");
  }

  /** Says what is wrong with the amount to add, if the error is about it. */
  blame(error) {
    return this.#topUp.blame(error);
  }

  reset() {
    this.#topUp.reset();
  }

  focusTopUp() {
    const input = this.#view.byId("topup-input");
    input.focus();
    input.select();
  }

  get #early() {
    const { channel } = this.#session;
    return (
      channel?.settleBlock !== undefined &&
      this.block !== undefined &&
      this.block <= channel.settleBlock
    );
  }

  /** When it can be settled: as a time, or in blocks where the node does not tell how fast they come. */
  #closingText(channel) {
    const { say, text } = this.#view;
    const split = this.#split(channel);
    const { settleBlock } = channel;
    if (this.block !== undefined && !this.#early) {
      return say("channel.settling-pays", { split });
    }
    const why = say("channel.challenge");
    const seconds = this.#settlesIn(channel);
    if (seconds !== undefined) {
      return `${why} ${say("channel.time-left", { duration: text.duration(seconds), split })}`;
    }
    if (this.block === undefined) {
      return `${why} ${say("channel.settle-after", { block: settleBlock, split })}`;
    }
    const count = settleBlock - this.block + 1;
    return `${why} ${say("channel.blocks-left", { count, block: this.block, split })}`;
  }

  #more(amount) {
    const { say } = this.#view;
    const count = this.#session.covered(amount);
    return count === 0n ? say("channel.less-than-one") : say("channel.more", { count });
  }
}
