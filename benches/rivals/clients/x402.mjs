// A paying `fetch` of x402, with the scheme that has channels, and its vouchers.
import { x402Client } from "@x402/core/client";
import { BatchSettlementEvmScheme } from "@x402/evm/batch-settlement/client";
import { wrapFetchWithPayment } from "@x402/fetch";
import { privateKeyToAccount } from "viem/accounts";

export { create } from "../signers/x402.mjs";

export function connect(key) {
  const scheme = new BatchSettlementEvmScheme(privateKeyToAccount(key));
  return wrapFetchWithPayment(fetch, new x402Client().register("eip155:*", scheme));
}
