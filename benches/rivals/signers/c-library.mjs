// libsecp256k1, compiled to WebAssembly from the sources of the crate `secp256k1-sys`.
import { accountOf, balanceHash, keyBytes, signatureParts, signatureText } from "./message.mjs";

const file = new URL("./c-library.wasm", import.meta.url);
const { instance } = await WebAssembly.instantiateStreaming(fetch(file));
const { memory, area, setUp, sign, recover: recoverKey } = instance.exports;
if (setUp() !== 1) {
  throw new Error("libsecp256k1 cannot make its context.");
}
const start = area.value ?? area;
const bytes = new Uint8Array(memory.buffer);
const view = (from, length) => bytes.subarray(start + from, start + from + length);
/** As `area` of sign.c is divided. */
const [key, hash, compact, recoveryId, publicKey] = [
  view(0, 32),
  view(32, 32),
  view(64, 64),
  view(128, 1),
  view(129, 65),
];

export { balanceHash as digest };

export function create(text) {
  const signHash = createForHashes(text);
  return (payment) => signHash(balanceHash(payment));
}

/** Without packing and hashing the message. */
export function createForHashes(text) {
  key.set(keyBytes(text));
  return (message) => {
    hash.set(message);
    if (sign() !== 1) {
      throw new Error("libsecp256k1 does not sign.");
    }
    return signatureText(compact, recoveryId[0]);
  };
}

export function recover(payment, text) {
  const [rs, recovery] = signatureParts(text);
  compact.set(rs);
  recoveryId[0] = recovery;
  hash.set(balanceHash(payment));
  if (recoverKey() !== 1) {
    throw new Error("libsecp256k1 recovers nothing.");
  }
  return accountOf(publicKey);
}
