// Who has how many tokens on the chain, before and after.
import { expect } from "@playwright/test";

export class Ledger {
  #stack;
  #parties;
  #before;

  static async of(stack, sender) {
    const ledger = new Ledger();
    ledger.#stack = stack;
    ledger.#parties = { sender, receiver: stack.receiver, contract: stack.contract };
    ledger.#before = await ledger.#read();
    return ledger;
  }

  /** Expects exactly these changes since the beginning; who is not named must not have changed. */
  async expectChanges(changes) {
    const now = await this.#read();
    const found = Object.fromEntries(
      Object.keys(now).map((name) => [name, now[name] - this.#before[name]]),
    );
    expect(found).toEqual({ sender: 0n, receiver: 0n, contract: 0n, ...changes });
  }

  async #read() {
    const entries = Object.entries(this.#parties).map(async ([name, address]) => [
      name,
      await this.#stack.tokensOf(address),
    ]);
    return Object.fromEntries(await Promise.all(entries));
  }
}
