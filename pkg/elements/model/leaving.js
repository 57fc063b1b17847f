// What leaving a channel without the receiver's agreement takes: time and fees.
import { measurePace } from "./blocks.js";
import { LEAVING, readGasPrice, rounded } from "./fees.js";
import { within } from "./waiting.js";

/** Timeout for the numbers, in milliseconds: the question works without them. */
const PATIENCE = 5000;

/**
 * `{ blocks, seconds, fees }`: the challenge period, how long it takes, and the fees in wei, rounded up to two digits.
 * What the node does not tell is undefined.
 * @param {import("./session.js").Session} session
 */
export async function lookUpLeaving({ client, config }) {
  const blocks = client.challengePeriod;
  const asked = (look) =>
    config.rpcUrl
      ? within(look(config.rpcUrl), PATIENCE, () => new Error("late")).catch(() => undefined)
      : undefined;
  const [measured, gasPrice] = await Promise.all([asked(measurePace), asked(readGasPrice)]);
  const fee = (/** @type {bigint} */ gas) => rounded(gas * gasPrice);
  return {
    blocks,
    seconds: measured?.pace === undefined ? undefined : blocks * measured.pace,
    fees: gasPrice === undefined ? undefined : { together: fee(LEAVING.together), alone: fee(LEAVING.alone) },
  };
}
