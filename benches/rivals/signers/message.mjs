// The balance message of generation 0.2, packed and hashed by hand: what a signer of bare hashes
// needs besides itself to pay.
import { keccak_256 } from "@noble/hashes/sha3.js";
import { bytesToHex, hexToBytes, utf8ToBytes } from "@noble/hashes/utils.js";

const ID = "Sender balance proof signature";
const SCHEMA =
  "string message_idaddress receiveruint32 block_createduint192 balanceaddress contract";
const schemaHash = keccak_256(utf8ToBytes(SCHEMA));
const id = utf8ToBytes(ID);

/** @returns {Uint8Array} */
export function balanceHash({ contract, receiver, openBlock, balance }) {
  const packed = new Uint8Array(id.length + 68);
  const view = new DataView(packed.buffer, id.length);
  packed.set(id);
  packed.set(addressBytes(receiver), id.length);
  view.setUint32(20, openBlock);
  view.setBigUint64(24, balance >> 128n);
  view.setBigUint64(32, (balance >> 64n) & 0xffff_ffff_ffff_ffffn);
  view.setBigUint64(40, balance & 0xffff_ffff_ffff_ffffn);
  packed.set(addressBytes(contract), id.length + 48);
  const both = new Uint8Array(64);
  both.set(schemaHash);
  both.set(keccak_256(packed), 32);
  return keccak_256(both);
}

/** @param {Uint8Array} rs the 64 bytes of r and s. */
export function signatureText(rs, recovery) {
  return `0x${bytesToHex(rs)}${recovery === 0 ? "1b" : "1c"}`;
}

/** @returns {[Uint8Array, number]} r and s, and which of the two points it is. */
export function signatureParts(text) {
  const bytes = hexToBytes(text.slice(2));
  return [bytes.subarray(0, 64), bytes[64] - 27];
}

/** @param {Uint8Array} key 65 bytes, uncompressed. */
export function accountOf(key) {
  return `0x${bytesToHex(keccak_256(key.subarray(1)).subarray(12))}`;
}

export const keyBytes = (text) => hexToBytes(text.slice(2));

function addressBytes(text) {
  return hexToBytes(text.slice(2));
}
