// Our side of the measurements, by the public API as a user calls it.
import { KEY } from "./payment.mjs";

/** The package, loaded as a page does. */
export async function load() {
  const library = await import("/pkg/index.js");
  await library.default();
  return library;
}

/** A signer of balance proofs that keeps nothing. */
export function pureSigner({ LocalKey }) {
  const key = LocalKey.fromHex(KEY);
  return (payment) => key.signBalanceProof(payment).signature;
}
