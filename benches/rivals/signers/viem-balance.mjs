// The balance message by viem's own means: what a loop that pays our server by viem does.
import { concat, encodePacked, keccak256 } from "viem";
import { privateKeyToAccount } from "viem/accounts";

const FIELDS = [
  ["string", "message_id"],
  ["address", "receiver"],
  ["uint32", "block_created"],
  ["uint192", "balance"],
  ["address", "contract"],
];
const TYPES = FIELDS.map(([type]) => type);
const schemaHash = keccak256(
  encodePacked(["string"], [FIELDS.map(([type, name]) => `${type} ${name}`).join("")]),
);

export function create(key) {
  const account = privateKeyToAccount(key);
  return ({ contract, receiver, openBlock, balance }) => {
    const values = ["Sender balance proof signature", receiver, openBlock, balance, contract];
    const packed = keccak256(encodePacked(TYPES, values));
    return account.sign({ hash: keccak256(concat([schemaHash, packed])) });
  };
}
