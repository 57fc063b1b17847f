// The balance message by ethers' own means.
import { SigningKey, solidityPackedKeccak256 } from "ethers";

const FIELDS = [
  ["string", "message_id"],
  ["address", "receiver"],
  ["uint32", "block_created"],
  ["uint192", "balance"],
  ["address", "contract"],
];
const TYPES = FIELDS.map(([type]) => type);
const schemaHash = solidityPackedKeccak256(
  ["string"],
  [FIELDS.map(([type, name]) => `${type} ${name}`).join("")],
);

export function create(key) {
  const signer = new SigningKey(key);
  return ({ contract, receiver, openBlock, balance }) => {
    const values = ["Sender balance proof signature", receiver, openBlock, balance, contract];
    const packed = solidityPackedKeccak256(TYPES, values);
    const hash = solidityPackedKeccak256(["bytes32", "bytes32"], [schemaHash, packed]);
    return signer.sign(hash).serialized;
  };
}
