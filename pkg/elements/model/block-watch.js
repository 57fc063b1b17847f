// Polls for the newest block while something waits for one.
import { blockNumber } from "./rpc.js";
import { pause } from "./waiting.js";

export class BlockWatch {
  #url;
  #onBlock;
  #controller;

  constructor(url, onBlock) {
    this.#url = url;
    this.#onBlock = onBlock;
  }

  /** Starts or stops; doing either twice changes nothing. */
  set(wanted) {
    if (!wanted) {
      this.#controller?.abort();
      this.#controller = undefined;
    } else if (this.#url && !this.#controller) {
      this.#controller = new AbortController();
      this.#follow(this.#controller.signal).catch(() => {}); // only an abort ends it
    }
  }

  async #follow(signal) {
    for (;;) {
      if (!document.hidden) {
        // keep the last known block while the node is unreachable
        const block = await blockNumber(this.#url, signal).catch(() => undefined);
        signal.throwIfAborted();
        if (block !== undefined) {
          this.#onBlock(block);
        }
      }
      await pause(2000, signal);
    }
  }
}
