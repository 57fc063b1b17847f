// What leaving a channel without the receiver's agreement takes: time and fees.
import { rpc } from "./rpc.js";
import { within } from "./waiting.js";

/** Gas of a close request and of settling it, at most, as measured on both generations. */
const GAS = 160_000n;
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
  const [pace, gasPrice] = await Promise.all([asked(measurePace), asked(readGasPrice)]);
  return {
    blocks,
    seconds: pace === undefined ? undefined : blocks * pace,
    fee: gasPrice === undefined ? undefined : roundedUp(gasPrice * GAS),
  };
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

async function readGasPrice(url) {
  return BigInt(await rpc(url, "eth_gasPrice", []));
}

/** Rounded up to two significant digits. */
function roundedUp(wei) {
  const unit = 10n ** BigInt(Math.max(0, String(wei).length - 2));
  return ((wei + unit - 1n) / unit) * unit;
}
