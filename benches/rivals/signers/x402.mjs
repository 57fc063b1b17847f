// The voucher of x402's "batch-settlement" scheme: channel id and cumulative amount, two fields.
import { signVoucher } from "@x402/evm/batch-settlement/client";
import { hashTypedData, hexToBytes } from "viem";
import { privateKeyToAccount } from "viem/accounts";

const CHANNEL = `0x${"c7".repeat(32)}`;

export function create(key) {
  const account = privateKeyToAccount(key);
  return async ({ balance }) => (await voucher(account, balance)).signature;
}

const voucher = (account, balance) =>
  signVoucher(account, CHANNEL, balance.toString(), "eip155:31337");

/** What the library asks its account to sign. */
export async function digest({ balance }) {
  let asked;
  const listener = {
    signTypedData(data) {
      asked = data;
      return "0x";
    },
  };
  await voucher(listener, balance);
  return hexToBytes(hashTypedData(asked));
}
