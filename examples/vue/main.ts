// What was paid follows by itself, whichever tab pays: use-client.ts makes a ref of the client's pair.
// `npm install && npm install ../../pkg && npx vite`, then open the page with ?contract=0x…&rpcUrl=https://…&url=https://…
import { LocalKey, MicroRaiden, type Address } from "microraiden";
import { createApp } from "vue";
import Payments from "./Payments.vue";

const query = new URLSearchParams(location.search);
const contract = query.get("contract") as Address;
const rpcUrl = query.get("rpcUrl") ?? undefined;
const url = query.get("url") ?? "/";

let wallet = await LocalKey.load();
if (!wallet) {
  wallet = LocalKey.create();
  await wallet.save();
}
const client = await MicroRaiden.connect({ wallet, contract, rpc: rpcUrl });
const pay = client.payingFetch({ maxPrice: 10n ** 18n, deposit: 5n * 10n ** 18n });
createApp(Payments, { client, pay, url }).mount("#root");
