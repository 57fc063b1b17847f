// What a paying page needs of viem: reading the chain, sending transactions, typed data.
import { createPublicClient, createWalletClient, http } from "viem";
import { privateKeyToAccount } from "viem/accounts";
import { domain, message, types } from "../signers/voucher.mjs";

export function connect(key, rpcUrl) {
  const transport = http(rpcUrl);
  return {
    reader: createPublicClient({ transport }),
    wallet: createWalletClient({ account: privateKeyToAccount(key), transport }),
  };
}

export function create(key) {
  const { wallet } = connect(key, "http://127.0.0.1:8545");
  return (payment) =>
    wallet.signTypedData({
      domain: domain(payment.contract),
      types,
      primaryType: "Voucher",
      message: message(payment),
    });
}
