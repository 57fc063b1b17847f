import { recover as recoverKey, signRecoverable } from "tiny-secp256k1";
import { accountOf, balanceHash, keyBytes, signatureParts, signatureText } from "./message.mjs";

export { balanceHash as digest };

export function create(key) {
  const secret = keyBytes(key);
  return (payment) => {
    const { signature, recoveryId } = signRecoverable(balanceHash(payment), secret);
    return signatureText(signature, recoveryId);
  };
}

export function recover(payment, text) {
  const [rs, recovery] = signatureParts(text);
  return accountOf(recoverKey(balanceHash(payment), rs, recovery, false));
}
