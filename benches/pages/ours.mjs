// Our side of the measurements, by the public API as a user calls it.
import { KEY } from "./payment.mjs";

/** The package, loaded as a page does. */
export async function load() {
  const library = await import("/pkg/index.js");
  await library.default();
  return library;
}

/** A signer of balance proofs that keeps nothing, or `undefined` where the API has none. */
export function pureSigner({ LocalKey }) {
  const key = LocalKey.fromHex(KEY);
  if (typeof key.signBalanceProof !== "function") {
    return undefined;
  }
  return ({ contract, receiver, openBlock, balance }) =>
    key.signBalanceProof({ contract, generation: "0.2", receiver, openBlock, balance }).signature;
}

/** Who signed a balance proof, or `undefined` where the API does not say. */
export function pureRecover({ recoverBalanceProof }) {
  if (typeof recoverBalanceProof !== "function") {
    return undefined;
  }
  return ({ contract, receiver, openBlock, balance }, signature) =>
    recoverBalanceProof({ contract, generation: "0.2", receiver, openBlock, balance, signature });
}
