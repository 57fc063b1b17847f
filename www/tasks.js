// Runs one action at a time: two actions on one channel would only wait for each other.
import { isUsable } from "./dom.js";
import { progressText } from "./progress.js";

export class Tasks extends EventTarget {
  #controller;
  #progress;
  #errors;
  #token;

  /** `token()` gives the token for amounts in progress lines. Fires "change" when busy changes. */
  constructor(progress, errors, token) {
    super();
    this.#progress = progress;
    this.#errors = errors;
    this.#token = token;
  }

  get busy() {
    return this.#controller !== undefined;
  }

  /**
   * Runs `work({ signal, onProgress, say })`. It may return where the focus goes: an element, or a
   * function that finds it when the buttons can be used again.
   * `failed` hears of an error before it is shown.
   */
  async run(text, work, { failed } = {}) {
    if (this.busy) {
      return;
    }
    const origin = document.activeElement;
    const controller = new AbortController();
    this.#controller = controller;
    this.#errors.clear();
    this.#progress.start(text, () => controller.abort());
    this.#changed();
    if (origin !== document.body) {
      this.#progress.focus();
    }
    try {
      const target = await work({
        signal: controller.signal,
        onProgress: (event) => this.#report(event),
        say: (line) => this.#progress.say(line),
      });
      this.#end();
      this.#focus(origin, target);
    } catch (thrown) {
      const error = asCancelled(thrown, controller.signal);
      this.#end();
      failed?.(error);
      const way = this.#errors.show(error, () => this.run(text, work, { failed }), origin);
      this.#focus(origin, isUsable(origin) ? origin : way);
    }
  }

  #report(event) {
    const line = progressText(event, this.#token());
    if (line && !this.#controller?.signal.aborted) {
      this.#progress.say(line);
    }
  }

  #end() {
    this.#controller = undefined;
    this.#progress.stop();
    this.#changed();
  }

  /** Disabling a button drops the focus; put it back where the person is. */
  #focus(origin, target) {
    if (origin === document.body) {
      return;
    }
    const wanted = typeof target === "function" ? target() : target;
    const place = [wanted, origin].find(isUsable);
    place?.focus();
  }

  #changed() {
    this.dispatchEvent(new Event("change"));
  }
}

/** Cancelling breaks off a request, which then looks unreachable; say what it was. */
function asCancelled(error, signal) {
  return signal.aborted && ["server-unreachable", "rpc-unreachable"].includes(error?.code)
    ? signal.reason
    : error;
}

/** For work that knows no signal: stops waiting for it when the signal aborts. */
export function untilAborted(promise, signal) {
  if (!signal) {
    return promise;
  }
  return new Promise((resolve, reject) => {
    const stop = () => reject(signal.reason);
    if (signal.aborted) {
      stop();
    }
    signal.addEventListener("abort", stop, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", stop));
  });
}
