// Pays for a URL from Node, and writes what it got to the standard output:
//
//   export MICRORAIDEN_CONTRACT=0x…               the channel manager
//   export MICRORAIDEN_RPC_URL=https://…          a node of its chain
//   export MICRORAIDEN_KEYSTORE=key.json          an encrypted key, and
//   export MICRORAIDEN_PASSWORD=…                 its password; or MICRORAIDEN_KEY=0x…
//   node pay.mjs https://example.org/report.json > report.json
//
// What is signed and paid is kept in MICRORAIDEN_STATE ("microraiden-state" here). Run it as often as you like, also at the same
// time: all runs pay from one channel, one after the other. If one is killed half-way, the next one goes on.
import { readFile } from "node:fs/promises";
import process from "node:process";
import init, { LocalKey, MicroRaiden, MicroRaidenError } from "microraiden";
import { fileStorage } from "microraiden/files";

/** The most for one request, and what a new channel holds, in the token's base units. */
const MAX_PRICE = 10n ** 18n;
const DEPOSIT = 10n ** 19n;

/** A text of the environment. */
function setting(name, otherwise) {
  const text = process.env[`MICRORAIDEN_${name}`] ?? otherwise;
  if (!text) throw new Error(`Set MICRORAIDEN_${name}; the beginning of pay.mjs says to what.`);
  return text;
}

/** The key that pays: of a file, or of the environment. */
async function account() {
  if (process.env.MICRORAIDEN_KEY) return LocalKey.fromHex(setting("KEY"));
  const file = await readFile(setting("KEYSTORE"), "utf8");
  return LocalKey.fromBackup(setting("PASSWORD"), file);
}

async function main(url) {
  if (!url) throw new Error("Which URL is to be paid? node pay.mjs URL");
  await init();
  const client = await MicroRaiden.connect({
    wallet: await account(),
    contract: /** @type {`0x${string}`} */ (setting("CONTRACT")),
    rpc: setting("RPC_URL"),
    storage: fileStorage(setting("STATE", "microraiden-state")),
  });
  // Transactions that an earlier run did not see the end of.
  const ends = await client.resume({ signal: AbortSignal.timeout(120_000) });
  for (const { kind, state } of ends) console.error(`From an earlier run: ${kind}, ${state}.`);

  const pay = client.payingFetch({ maxPrice: MAX_PRICE, deposit: DEPOSIT, topUp: DEPOSIT });
  const response = await pay(url, { signal: AbortSignal.timeout(300_000) });
  if (!response.ok) throw new Error(`${url} was answered by status ${response.status}.`);
  process.stdout.write(new Uint8Array(await response.arrayBuffer()));
  for (const channel of await client.channels()) {
    console.error(`${channel.receiver}: ${channel.balance} of ${channel.deposit} spent.`);
  }
}

try {
  await main(process.argv[2]);
} catch (error) {
  const known = error instanceof MicroRaidenError;
  console.error(known ? `${error.code}: ${error.message}` : error.message);
  process.exitCode = 1;
}
