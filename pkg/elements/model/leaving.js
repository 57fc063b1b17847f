// What leaving a channel without the receiver's agreement takes: time, fees, and what is paid out.
import { ETHER, formatUnits, withSymbol } from "./amount.js";
import { rpc } from "./rpc.js";
import { within } from "./waiting.js";

/** Gas of a close request and of settling it, at most, as measured on both generations. */
const GAS = 160_000n;
/** How many blocks the block time is measured over. */
const SAMPLE = 200n;
/** Timeout for the numbers, in milliseconds: the question works without them. */
const PATIENCE = 5000;

/** The text of the question whether to close without the receiver. */
export async function leavingQuestion(/** @type {import("./session.js").Session} */ session) {
  const { client, channel, token, config } = session;
  const { deposit, balance } = channel;
  const blocks = client.challengePeriod;
  const asked = (look) =>
    config.rpcUrl
      ? within(look(config.rpcUrl), PATIENCE, () => new Error("late")).catch(() => undefined)
      : undefined;
  const [pace, gasPrice] = await Promise.all([asked(measurePace), asked(readGasPrice)]);
  const time = pace === undefined ? "" : `, ${duration(blocks * pace)} at this chain’s pace`;
  const fee =
    gasPrice === undefined
      ? "two transactions, whose network fees you pay"
      : `two transactions, together about ${roughly(gasPrice * GAS)} of network fees`;
  return [
    "The receiver did not sign the closing; its server may be down. Nothing was sent.",
    "Try later: when it signs, the channel closes at once, with one transaction.",
    `Leave alone: that takes ${fee}. It begins a challenge period of ${blocks} blocks${time}, in which ` +
      "the receiver can still show a newer balance; after it you settle.",
    `Either way ${withSymbol(balance, token)} goes to the receiver, and ` +
      `${withSymbol(deposit - balance, token)} comes back to you.`,
  ].join("\n");
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

/** "about 2 hours 5 minutes" */
export function duration(seconds) {
  const minutes = Math.ceil(seconds / 60);
  if (minutes <= 1) {
    return "about a minute";
  }
  const [days, hours] = [Math.floor(minutes / 1440), Math.floor(minutes / 60) % 24];
  /** @type {[number, string][]} */
  const parts = [
    [days, "day"],
    [hours, "hour"],
    [days > 0 ? 0 : minutes % 60, "minute"],
  ];
  const words = parts
    .filter(([count]) => count > 0)
    .map(([count, unit]) => `${count} ${unit}${count === 1 ? "" : "s"}`);
  return `about ${words.join(" ")}`;
}

/** Wei as ether, rounded up to two significant digits. */
function roughly(wei) {
  const digits = String(wei).length;
  const unit = 10n ** BigInt(Math.max(0, digits - 2));
  const rounded = ((wei + unit - 1n) / unit) * unit;
  return `${formatUnits(rounded, ETHER.decimals)} ${ETHER.symbol}`;
}
