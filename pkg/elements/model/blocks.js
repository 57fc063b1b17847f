// How fast blocks come.
import { rpc } from "./rpc.js";

/** How many blocks the block time is measured over. */
const SAMPLE = 200n;

/** A block's number and its time, in seconds; `name` is `latest` or a number in hex. */
export async function readBlock(url, name) {
  const { number, timestamp } = await rpc(url, "eth_getBlockByNumber", [name, false]);
  return { number: BigInt(number), timestamp: BigInt(timestamp) };
}

/** The newest block, and the recent block time in seconds, if there is one. */
export async function measurePace(url) {
  const newest = await readBlock(url, "latest");
  const back = newest.number < SAMPLE ? newest.number : SAMPLE;
  if (back === 0n) {
    return { newest, pace: undefined };
  }
  const older = await readBlock(url, hex(newest.number - back));
  const seconds = Number(newest.timestamp - older.timestamp) / Number(back);
  return { newest, pace: seconds > 0 ? seconds : undefined };
}

function hex(block) {
  return `0x${block.toString(16)}`;
}
