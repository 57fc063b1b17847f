// Runs one action at a time: two actions on one channel would only wait for each other. An action ends
// with its work, at once when it is cancelled, or when nothing happens for too long, whatever the work
// itself still waits for.
import { focusTop, isUsable } from "./dom.js";
import { MoneyTrail } from "../model/money.js";
import { PageError } from "../model/page-error.js";
import { progressText } from "./progress.js";
import { untilAborted } from "../model/waiting.js";

export class Tasks extends EventTarget {
  /** @type {import("./view.js").View} */
  #view;
  /** The action that runs, if one does: `{ name, controller }`. */
  #action;
  #progress;
  #errors;
  #token;
  #written;

  /**
   * `token()` gives the token for amounts in progress lines, `written()` tells whether a transaction is
   * under way. Fires "change" when busy changes.
   */
  constructor({ view, progress, errors, token, written }) {
    super();
    this.#view = view;
    this.#progress = progress;
    this.#errors = errors;
    this.#token = token;
    this.#written = written;
  }

  get busy() {
    return this.#action !== undefined;
  }

  /** The name of the action that runs, if any. */
  get running() {
    return this.#action?.name;
  }

  /**
   * Runs `work({ signal, onProgress, say, alive })`, which `run.<name>` describes; `say` takes a message. It may return where the focus goes: an element, or a
   * function that finds it when the buttons can be used again. Work that is given up goes on in the
   * background until it notices: what it does then must be right whenever it comes.
   * `failed` hears of an error before it is shown; `money` says what it means for the money, if that is
   * not what the progress tells; `done()` is the sentence that is announced when it has worked, `next()` what is
   * run then. `blame(error)` says an error at the field that it is about, and whether it is about one.
   * @param {{ failed?: (error: any) => void, blame?: (error: any) => boolean, money?: string, done?: () => string,
   *   next?: () => void }} [reactions]
   */
  async run(name, work, reactions = {}) {
    const { failed, blame, money, done, next } = reactions;
    if (this.busy) {
      return;
    }
    const origin = this.#view.focused ?? document.body;
    const controller = new AbortController();
    const trail = new MoneyTrail(this.#written);
    const watchdog = new Watchdog(trail, (error) => controller.abort(error));
    this.#action = { name, controller };
    this.#errors.clear();
    this.#view.announce("");
    this.#progress.start(this.#view.say(`run.${name}`), () =>
      controller.abort(new PageError("aborted", "cancelled by the user")),
    );
    this.#changed();
    if (origin !== document.body) {
      this.#progress.focus();
    }
    const alive = (event) => {
      trail.note(event);
      watchdog.reset();
    };
    try {
      watchdog.reset();
      const working = work({
        signal: controller.signal,
        alive,
        onProgress: (event) => {
          alive(event);
          this.#report(event, controller);
        },
        say: (key, values) => {
          alive();
          this.#say(this.#view.say(key, values), controller);
        },
      });
      const target = await untilAborted(working, controller.signal);
      watchdog.stop();
      this.#end();
      this.#focus(origin, target);
      this.#view.announce(done?.() ?? "");
      next?.();
    } catch (thrown) {
      watchdog.stop();
      const error = controller.signal.aborted ? controller.signal.reason : thrown;
      this.#end();
      failed?.(error);
      if (blame?.(error)) {
        return;
      }
      const again = () => this.run(name, work, reactions);
      const way = this.#errors.show(error, again, origin, money ?? trail.sentence(this.#view.text));
      this.#focus(origin, isUsable(origin) ? origin : way);
    }
  }

  #report(event, controller) {
    const line = progressText(event, this.#token(), this.#view.text);
    if (line) {
      this.#say(line, controller);
    }
  }

  /** Cancels what runs, as its button does. */
  cancel() {
    this.#progress.cancel();
  }

  /** Cancelled work reports nothing any more. */
  #say(line, controller) {
    if (controller === this.#action?.controller && !controller.signal.aborted) {
      this.#progress.say(line);
    }
  }

  #end() {
    this.#action = undefined;
    this.#progress.stop();
    this.#changed();
  }

  /** Disabling a button drops the focus; put it back where the user was. */
  #focus(origin, target) {
    if (origin === document.body) {
      return;
    }
    const wanted = typeof target === "function" ? target() : target;
    const place = [wanted, origin].find(isUsable);
    if (place) {
      focusTop(place);
    }
  }

  #changed() {
    this.dispatchEvent(new Event("change"));
  }
}

/** Ends work that shows no progress within its timeout. */
class Watchdog {
  #trail;
  #end;
  #timer;
  #stopped = false;

  constructor(trail, end) {
    this.#trail = trail;
    this.#end = end;
  }

  reset() {
    clearTimeout(this.#timer);
    if (!this.#stopped) {
      const { limit } = this.#trail;
      const seconds = limit / 1000;
      this.#timer = setTimeout(
        () => this.#end(new PageError("timed-out", `nothing for ${seconds} s`, { seconds })),
        limit,
      );
    }
  }

  stop() {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }
}
