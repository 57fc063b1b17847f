// What transactions cost, about, before they are made.
import { rpc } from "./rpc.js";

/** Gas, at most, as measured on both generations: of closing together, and of a close request and settling it. */
export const LEAVING = { together: 110_000n, alone: 160_000n };

/** The node's present price of gas, in wei. */
export async function readGasPrice(url) {
  return BigInt(await rpc(url, "eth_gasPrice", []));
}

/**
 * An amount rounded up to two significant digits, as more of a fee that changes with each block says nothing.
 * @param {bigint} wei
 */
export function rounded(wei) {
  const unit = 10n ** BigInt(Math.max(0, String(wei).length - 2));
  return ((wei + unit - 1n) / unit) * unit;
}
