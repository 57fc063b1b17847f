import { instantiateSecp256k1 } from "@bitauth/libauth";
import { accountOf, balanceHash, keyBytes, signatureParts, signatureText } from "./message.mjs";

const secp256k1 = await instantiateSecp256k1();

export { balanceHash as digest };

export function create(key) {
  const secret = keyBytes(key);
  return (payment) => {
    const hash = balanceHash(payment);
    const { signature, recoveryId } = secp256k1.signMessageHashRecoverableCompact(secret, hash);
    return signatureText(signature, recoveryId);
  };
}

export function recover(payment, text) {
  const [rs, recovery] = signatureParts(text);
  const hash = balanceHash(payment);
  return accountOf(secp256k1.recoverPublicKeyUncompressed(rs, recovery, hash));
}
