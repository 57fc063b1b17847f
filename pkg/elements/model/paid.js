// What an account paid for, by the package's ledger and the copies that are kept.
import { isTaken } from "./outcomes.js";
import { KEPT, findCopy } from "./shelf.js";

/**
 * What this account paid for at this URL in the time that copies are kept: `paid`, as `{ at, copy? }`; else when it did
 * so `before`; and what it paid by channel, as far as it is `listed` for what.
 */
export async function readPaid(client, { url, receiver }) {
  const [copy, payments] = await Promise.all([
    findCopy(client.sender, url),
    // an unreadable list fails when something is paid
    client.ledger().catch(() => []),
  ]);
  const taken = payments.filter(isTaken);
  const times = taken.filter((entry) => entry.url === url).map(({ time }) => time);
  const last = times.reduce((newest, time) => Math.max(newest, time), copy?.at ?? 0);
  const lately = last > Date.now() - KEPT;
  const listed = new Map();
  const named = taken.filter((entry) => entry.url !== "" && isTo(entry, receiver));
  for (const { openBlock, amount } of named) {
    listed.set(openBlock, (listed.get(openBlock) ?? 0n) + amount);
  }
  const paid = lately ? { at: last, copy } : undefined;
  return { paid, before: lately || last === 0 ? undefined : last, listed };
}

function isTo(entry, receiver) {
  return entry.receiver.toLowerCase() === receiver.toLowerCase();
}
