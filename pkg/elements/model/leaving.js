// What leaving a channel without the receiver's agreement takes: time and fees.
import { LEAVING_GAS, readFee } from "./fees.js";
import { rpc } from "./rpc.js";
import { within } from "./waiting.js";

/** How many blocks the block time is measured over. */
const SAMPLE = 200n;
/** Timeout for the numbers, in milliseconds: the question works without them. */
const PATIENCE = 5000;

/**
 * `{ blocks, seconds, fee }`: the challenge period, how long it takes, and the fee in wei, rounded up to two digits.
 * What the node does not tell is undefined.
 * @param {import("./session.js").Session} session
 */
export async function lookUpLeaving({ client, config }) {
  const blocks = client.challengePeriod;
  const asked = (look) =>
    config.rpcUrl
      ? within(look(config.rpcUrl), PATIENCE, () => new Error("late")).catch(() => undefined)
      : undefined;
  const [pace, fee] = await Promise.all([
    asked(measurePace),
    asked((url) => readFee(url, LEAVING_GAS)),
  ]);
  return { blocks, seconds: pace === undefined ? undefined : blocks * pace, fee };
}

/** The recent block time, in seconds. */
async function measurePace(url) {
  const newest = await readBlock(url, "latest");
  const back = newest.number < SAMPLE ? newest.number : SAMPLE;
  if (back === 0n) {
    return undefined;
  }
  const older = await readBlock(url, `0x${(newest.number - back).toString(16)}`);
  const seconds = Number(newest.timestamp - older.timestamp) / Number(back);
  return seconds > 0 ? seconds : undefined;
}

async function readBlock(url, name) {
  const { number, timestamp } = await rpc(url, "eth_getBlockByNumber", [name, false]);
  return { number: BigInt(number), timestamp: BigInt(timestamp) };
}
