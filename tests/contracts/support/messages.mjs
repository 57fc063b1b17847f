// Balance proofs and closing signatures of both generations, made with a wallet's code.
import { SignTypedDataVersion, signTypedData } from "@metamask/eth-sig-util";
import { concat, hexToBytes, keccak256, slice, toHex } from "viem";
import { sign } from "viem/accounts";

function typed(key, fields) {
  const data = fields.map(([type, name, value]) => ({ type, name, value: String(value) }));
  const privateKey = Buffer.from(hexToBytes(key));
  return signTypedData({ privateKey, data, version: SignTypedDataVersion.V1 });
}

const terms = ({ block, balance, contract }) => [
  ["uint32", "block_created", block],
  ["uint192", "balance", balance],
  ["address", "contract", contract],
];

/** Signs a balance proof. `message` has receiver, block, balance and contract. */
export function signBalanceProof(generation, key, message) {
  const fields = [["address", "receiver", message.receiver], ...terms(message)];
  if (generation === "0.1") return typed(key, fields);
  return typed(key, [["string", "message_id", "Sender balance proof signature"], ...fields]);
}

/**
 * Signs the consent to a close. In 0.1 it covers the bytes of the balance proof's signature, in 0.2
 * a message of sender, block, balance and contract.
 */
export async function signClosing(generation, key, message, balanceProof) {
  if (generation === "0.1") return signHash(key, keccak256(balanceProof));
  return typed(key, [
    ["string", "message_id", "Receiver closing signature"],
    ["address", "sender", message.sender],
    ...terms(message),
  ]);
}

/** @returns {Promise<`0x${string}`>} */
export function signHash(privateKey, hash) {
  return sign({ hash, privateKey, to: "hex" });
}

/**
 * The same signature with v 0/1 instead of 27/28.
 * @param {`0x${string}`} signature
 * @returns {`0x${string}`}
 */
export function lowV(signature) {
  const v = Number(slice(signature, 64));
  return concat([slice(signature, 0, 64), toHex(v - 27, { size: 1 })]);
}

const order = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;

/**
 * The other signature of the same message by the same key.
 * @param {`0x${string}`} signature
 */
export function highS(signature) {
  const s = toHex(order - BigInt(slice(signature, 32, 64)), { size: 32 });
  const v = 55 - Number(slice(signature, 64));
  return concat([slice(signature, 0, 32), s, toHex(v, { size: 1 })]);
}
