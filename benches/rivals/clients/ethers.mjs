// What a paying page needs of ethers: a provider, a wallet, a contract, typed data.
import { Contract, JsonRpcProvider, Wallet } from "ethers";
import { domain, message, types } from "../signers/voucher.mjs";

export function connect(key, rpcUrl, address, abi) {
  const wallet = new Wallet(key, new JsonRpcProvider(rpcUrl));
  return { wallet, contract: new Contract(address, abi, wallet) };
}

export function create(key) {
  const wallet = new Wallet(key);
  return (payment) => wallet.signTypedData(domain(payment.contract), types, message(payment));
}
