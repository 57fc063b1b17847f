import { secp256k1 } from "@noble/curves/secp256k1.js";
import { accountOf, balanceHash, keyBytes, signatureParts, signatureText } from "./message.mjs";

const options = { prehash: false, format: "recovered" };

export { balanceHash as digest };

export function create(key) {
  const secret = keyBytes(key);
  return (payment) => signHash(balanceHash(payment), secret);
}

/** The reference that other signers are checked by. */
export function signHash(hash, secret) {
  // The recovery byte comes first here.
  const signed = secp256k1.sign(hash, secret, options);
  return signatureText(signed.subarray(1), signed[0]);
}

export function recover(payment, text) {
  const [rs, recovery] = signatureParts(text);
  const signature = secp256k1.Signature.fromBytes(rs, "compact").addRecoveryBit(recovery);
  return accountOf(signature.recoverPublicKey(balanceHash(payment)).toBytes(false));
}
