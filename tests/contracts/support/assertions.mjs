// What a case says about receipts, calls and the encoder.
import assert from "node:assert/strict";
import { BaseError } from "viem";

/** The transaction must succeed. Returns its receipt. */
export async function accepted(sending) {
  const receipt = await sending;
  assert.equal(receipt.status, "0x1", "the transaction was reverted");
  return receipt;
}

/** The transaction must be mined and reverted. */
export async function refused(sending) {
  const receipt = await sending;
  assert.equal(receipt.status, "0x0", "the transaction was not reverted");
  assert.equal(receipt.logs.length, 0);
}

/** The call of a view function must revert. */
export async function reverts(call) {
  await assert.rejects(call, ({ code, message }) => code === 3 || /revert/i.test(message));
}

/** The ABI encoder must refuse the arguments before anything is sent. */
export function encoderRefuses(encode) {
  assert.throws(encode, (error) => error instanceof BaseError);
}

/** The balances of accounts must have changed by exactly this much while `run` ran. */
export async function moved(stage, changes, run) {
  const read = () => Promise.all(changes.map(([account]) => stage.tokensOf(account)));
  const before = await read();
  const result = await run();
  const after = await read();
  assert.deepEqual(
    after.map((amount, at) => amount - before[at]),
    changes.map(([, by]) => by),
  );
  return result;
}
