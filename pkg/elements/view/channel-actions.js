// What is done with a channel: topped up, closed, settled, forgotten.
import { leavingQuestion } from "./leaving-question.js";
import { choose } from "./question.js";

export class ChannelActions {
  /** @type {import("./view.js").View} */
  #view;
  /** @type {import("../model/session.js").Session} */
  #session;
  /** @type {import("./tasks.js").Tasks} */
  #tasks;
  #failed;
  #toppedUp;
  #blame;

  /** `failed(error)` hears of failures, `toppedUp()` of top ups; `blame(error)` says one at the amount to add. */
  constructor({ view, session, tasks, failed, toppedUp, blame }) {
    this.#view = view;
    this.#session = session;
    this.#tasks = tasks;
    this.#failed = failed;
    this.#toppedUp = toppedUp;
    this.#blame = blame;
  }

  /** Those that the panel offers, by name. */
  get actions() {
    return {
      topUp: (amount) => this.#topUp(amount),
      close: () => this.#close(),
      settle: () => this.#settle(),
      forget: () => this.#forget(),
    };
  }

  #topUp(amount) {
    const session = this.#session;
    const work = async (watch) => {
      await session.topUp(amount, watch);
      this.#toppedUp();
      return this.#view.byId("channel-title");
    };
    return this.#tasks.run("top-up", work, {
      failed: this.#failed,
      blame: this.#blame,
      done: () => this.#remaining(),
    });
  }

  /** Closes with the receiver. Asks before closing without it, which takes time and fees. */
  async #close() {
    const { text, say, byId } = this.#view;
    let question;
    const work = async (watch) => {
      try {
        await this.#session.close({ alone: false }, watch);
      } catch (error) {
        if (error.code !== "close-not-agreed") {
          throw error;
        }
        watch.say("leave.looking");
        question = await leavingQuestion(this.#session, text);
        return byId("close");
      }
      return byId("channel-title");
    };
    await this.#tasks.run("close", work, {
      failed: this.#failed,
      done: () => (question ? "" : say("done.close")),
    });
    if (question && (await choose(this.#view, question))) {
      await this.#closeAlone();
    }
  }

  #closeAlone() {
    const work = async (watch) => {
      await this.#session.close({ alone: true }, watch);
      return this.#view.byId("channel-title");
    };
    return this.#tasks.run("close-alone", work, this.#reactions("done.close-alone"));
  }

  #settle() {
    const work = async (watch) => {
      await this.#session.settle(watch);
      return this.#view.byId("channel-title");
    };
    return this.#tasks.run("settle", work, this.#reactions("done.settle"));
  }

  /** Reads balances and channels again; `find` searches for the channel. */
  read(find) {
    return this.#tasks.run("read", ({ signal }) => this.#session.refresh({ find, signal }));
  }

  /** Shows another channel to this receiver. */
  show(openBlock) {
    return this.#tasks.run("read", async ({ signal }) => {
      await this.#session.refresh({ openBlock, signal });
      return this.#view.byId("channel-title");
    });
  }

  async #forget() {
    const { say } = this.#view;
    const { channel } = this.#session;
    const agreed =
      channel.state === "settled" ||
      (await this.#view.ask(say("channel.forget-question"), say("channel.forget")));
    if (agreed && channel === this.#session.channel) {
      await this.#tasks.run("forget", async (watch) => {
        await this.#session.forget(watch);
        return this.#view.byId("payment-title");
      });
    }
  }

  #remaining() {
    const { channel, token } = this.#session;
    const amount = this.#view.text.amount(channel?.remaining ?? 0n, token);
    return this.#view.say("done.top-up", { amount });
  }

  #reactions(done) {
    return { failed: this.#failed, done: () => this.#view.say(done) };
  }
}
