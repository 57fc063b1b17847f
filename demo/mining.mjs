// When anvil mines, and how it takes blocks back.
//
// What anvil 1.7.1 was seen to do:
//
// `anvil_reorg [depth, []]` replaces the last `depth` blocks by as many empty ones with the same
// numbers and times and other hashes. It needs the state before them: with `--prune-history 128` it
// takes back 127 blocks at most (more when it mines by interval), with `--prune-history` none, else
// it fails with "Required data unavailable", as it does for 0. The removed transactions are gone:
// no receipt, not in the pool, unknown by hash, and the sender's nonce counts as before them. anvil
// does not mine them again; the same raw transaction is accepted again, and `[depth, [[raw, n]]]`
// puts one into the nth new block, counted from 0. Pending transactions stay in the pool, unmined.
// One whose predecessor was removed stays too, and `eth_getTransactionCount` still counts it as
// pending, until the next block throws it out. `anvil_rollback [depth]` removes blocks without
// replacing them: the chain gets shorter.
//
// Pending transactions, which there are only `without` mining: `anvil_dropTransaction [hash]`
// answers the hash and removes it, and the same sender's later ones with it; null if there is none.
// Another transaction of the same nonce replaces it if its fee is higher, where one wei of
// `maxFeePerGas` is enough (real nodes ask for 10 %); with the same fee it is refused as
// "replacement transaction underpriced". The replaced one is then unknown by hash.
//
// `evm_setAutomine [false]` alone changes nothing while anvil mines by interval too, and
// `evm_setIntervalMining [0]` ends both. `evm_setAutomine [true]` mines what is pending, and ends
// mining by interval, as `evm_setIntervalMining [n]` ends automining: there is no call for both.
//
// A block that is being mined ends by writing back the settings that it began with: the id of an
// `anvil_setChainId` that was answered meanwhile is undone, in 31 of 2000 tries beside an `evm_mine`.

export class Mining {
  #url;
  #blockTime;
  #timer;
  #mined;
  #pauses = 0;

  /** `blockTime` is in seconds; 0 if only transactions make blocks. */
  constructor(url, blockTime) {
    this.#url = url;
    this.#blockTime = blockTime;
  }

  /** Replaces the last `depth` blocks by empty ones; their transactions are gone. */
  async reorg(depth) {
    await this.#ask("anvil_reorg", [depth, []]);
  }

  /**
   * Runs `work` while transactions stay pending and no block comes except by `mine`; mines as
   * before afterwards, first what is pending.
   */
  async without(work) {
    await this.#pause();
    try {
      return await work();
    } finally {
      await this.#resume();
    }
  }

  stop() {
    clearInterval(this.#timer);
  }

  async #pause() {
    this.#pauses += 1;
    clearInterval(this.#timer);
    await this.#mined;
    await this.#ask("evm_setAutomine", [false]);
    await this.#ask("evm_setIntervalMining", [0]);
  }

  async #resume() {
    this.#pauses -= 1;
    if (this.#pauses > 0) {
      return;
    }
    await this.#ask("evm_setAutomine", [true]);
    if (this.#blockTime > 0) {
      // anvil cannot be told to mine by interval too, so the blocks come from here.
      const mine = () => {
        this.#mined = this.#ask("evm_mine", []).catch(() => {});
      };
      this.#timer = setInterval(mine, this.#blockTime * 1_000).unref();
    }
  }

  async #ask(method, params) {
    const response = await fetch(this.#url, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ jsonrpc: "2.0", id: 1, method, params }),
    });
    const { result, error } = await response.json();
    if (error) {
      throw new Error(`The chain refuses ${method} ${JSON.stringify(params)}: ${error.message}`);
    }
    return result;
  }
}
