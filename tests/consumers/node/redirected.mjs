// Pays twice for what is redirected: node redirected.mjs QUERY
import assert from "node:assert/strict";
import init, { LocalKey, MicroRaiden } from "microraiden";
import { fileStorage } from "microraiden/files";

const { key, contract, rpcUrl, path } = Object.fromEntries(new URLSearchParams(process.argv[2]));
await init();
const storage = fileStorage("redirected");
const client = await MicroRaiden.connect({ wallet: LocalKey.fromHex(key), contract, rpc: rpcUrl, storage });
const pay = client.payingFetch({ maxPrice: 10n ** 18n, deposit: 10n ** 18n });
for (const count of [1n, 2n]) {
  const response = await pay(path);
  assert.equal(await response.text(), "goods");
  const [channel] = await client.channels();
  const [entry] = await client.ledger();
  assert.equal(channel.balance, count * entry.amount);
  assert.equal(channel.pending, undefined);
  assert.equal(entry.outcome, "paid");
}
