import { hashTypedData, hexToBytes, recoverTypedDataAddress } from "viem";
import { privateKeyToAccount } from "viem/accounts";
import { domain, message, types } from "./voucher.mjs";

const typedData = (payment) => ({
  domain: domain(payment.contract),
  types,
  primaryType: "Voucher",
  message: message(payment),
});

export const digest = (payment) => hexToBytes(hashTypedData(typedData(payment)));

export function create(key) {
  const account = privateKeyToAccount(key);
  return (payment) => account.signTypedData(typedData(payment));
}

export async function recover(payment, signature) {
  const account = await recoverTypedDataAddress({ ...typedData(payment), signature });
  return account.toLowerCase();
}
