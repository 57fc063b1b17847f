// Pays so many times from a folder, and tells what is stored then: node pay.mjs QUERY FOLDER TIMES
import init, { LocalKey, MicroRaiden } from "microraiden";
import { fileStorage } from "microraiden/files";

const [query, folder, times] = process.argv.slice(2);
const { key, contract, rpcUrl, url } = Object.fromEntries(new URLSearchParams(query));
await init();
const wallet = LocalKey.fromHex(key);
const client = await MicroRaiden.connect({ wallet, contract, rpc: rpcUrl, storage: fileStorage(folder) });
const pay = client.payingFetch({ maxPrice: 10n ** 18n, deposit: 4n * 10n ** 18n });
let persisted;
client.on("persisted", (event) => ({ persisted } = event));
process.send?.("connected");
const answers = [];
for (let done = 0; done < Number(times); done += 1) {
  const response = await pay(url);
  answers.push([response.status, (await response.arrayBuffer()).byteLength]);
}
const channels = await client.channels();
const told = {
  answers,
  turns: client.turns,
  persisted,
  ends: await client.openEnds(),
  ledger: (await client.ledger()).map(({ outcome, amount }) => [outcome, amount]),
  channels: channels.map(({ sender, openBlock, balance, exposure }) => ({ sender, openBlock, balance, exposure })),
};
process.send?.(JSON.parse(JSON.stringify(told, (_, value) => (typeof value === "bigint" ? String(value) : value))));
process.disconnect?.();
