import {
  SignTypedDataVersion,
  recoverTypedSignature,
  signTypedData,
} from "@metamask/eth-sig-util";
import { balanceHash, keyBytes } from "./message.mjs";

const version = SignTypedDataVersion.V1;

const typedData = ({ contract, receiver, openBlock, balance }) => [
  { type: "string", name: "message_id", value: "Sender balance proof signature" },
  { type: "address", name: "receiver", value: receiver },
  { type: "uint32", name: "block_created", value: openBlock },
  { type: "uint192", name: "balance", value: balance.toString() },
  { type: "address", name: "contract", value: contract },
];

export { balanceHash as digest };

export function create(key) {
  const privateKey = keyBytes(key);
  return (payment) => signTypedData({ privateKey, data: typedData(payment), version });
}

export function recover(payment, signature) {
  return recoverTypedSignature({ data: typedData(payment), signature, version });
}
