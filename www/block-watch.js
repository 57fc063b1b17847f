// Follows the chain's newest block while somebody waits for one.
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
      this.#follow(this.#controller.signal).catch(() => {}); // ends by abort only
    }
  }

  async #follow(signal) {
    for (;;) {
      if (!document.hidden) {
        // an unreachable node leaves the last known block standing
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
