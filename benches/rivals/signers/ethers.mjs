import { TypedDataEncoder, Wallet, getBytes, verifyTypedData } from "ethers";
import { domain, message, types } from "./voucher.mjs";

export const digest = (payment) =>
  getBytes(TypedDataEncoder.hash(domain(payment.contract), types, message(payment)));

export function create(key) {
  const wallet = new Wallet(key);
  return (payment) => wallet.signTypedData(domain(payment.contract), types, message(payment));
}

export function recover(payment, signature) {
  const { contract } = payment;
  return verifyTypedData(domain(contract), types, message(payment), signature).toLowerCase();
}
