// What the ledger's outcomes say of money.

/** Whether a payment was taken. */
export function isTaken({ outcome }) {
  return ["paid", "taken"].includes(outcome);
}

/** Whether a payment was taken or may have been: it got no answer. */
export function mayBeTaken(payment) {
  return isTaken(payment) || payment.outcome === "unknown";
}
