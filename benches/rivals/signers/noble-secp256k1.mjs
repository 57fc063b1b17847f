import { hmac } from "@noble/hashes/hmac.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { Point, hashes, recoverPublicKey, sign } from "@noble/secp256k1";
import { accountOf, balanceHash, keyBytes, signatureParts, signatureText } from "./message.mjs";

hashes.sha256 = sha256;
hashes.hmacSha256 = (key, message) => hmac(sha256, key, message);

export { balanceHash as digest };

export function create(key) {
  const secret = keyBytes(key);
  return (payment) => {
    // The recovery byte comes first here.
    const signed = sign(balanceHash(payment), secret, { prehash: false, format: "recovered" });
    return signatureText(signed.subarray(1), signed[0]);
  };
}

export function recover(payment, text) {
  const [rs, recovery] = signatureParts(text);
  const signed = new Uint8Array(65);
  signed[0] = recovery;
  signed.set(rs, 1);
  const key = recoverPublicKey(signed, balanceHash(payment), { prehash: false });
  return accountOf(Point.fromBytes(key).toBytes(false));
}
