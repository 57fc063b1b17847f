// What transactions cost, about, before they are made.
import { rpc } from "./rpc.js";

/**
 * Gas that opening a channel is reckoned with: room for allowing the deposit and opening, two transactions. An ERC223
 * token needs one, which took 83,231 in 0.1 and 83,946 in 0.2.
 */
export const OPENING = 220_000n;
/** Gas, at most, as measured on both generations: of closing together, and of a close request and settling it. */
export const LEAVING = { together: 110_000n, alone: 160_000n };

/** The node's present price of gas, in wei. */
export async function readGasPrice(url) {
  return BigInt(await rpc(url, "eth_gasPrice", []));
}

/**
 * What so much gas costs at this price, in wei, rounded up to two significant digits.
 * @param {bigint} gas
 * @param {bigint} gasPrice
 */
export function feeOf(gas, gasPrice) {
  const wei = gas * gasPrice;
  const unit = 10n ** BigInt(Math.max(0, String(wei).length - 2));
  return ((wei + unit - 1n) / unit) * unit;
}
