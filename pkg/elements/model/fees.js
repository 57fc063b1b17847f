// What transactions cost, about, before they are made.
import { rpc } from "./rpc.js";

/** Gas of allowing a deposit and opening a channel with it, at most, as measured on both generations. */
export const OPENING_GAS = 220_000n;
/** Gas of a close request and of settling it, at most, as measured on both generations. */
export const LEAVING_GAS = 160_000n;

/** The fee in wei for so much gas at the node's present price, rounded up to two digits. */
export async function readFee(url, gas) {
  return roundedUp(BigInt(await rpc(url, "eth_gasPrice", [])) * gas);
}

/** Rounded up to two significant digits. */
function roundedUp(wei) {
  const unit = 10n ** BigInt(Math.max(0, String(wei).length - 2));
  return ((wei + unit - 1n) / unit) * unit;
}
