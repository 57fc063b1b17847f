// What was paid follows by itself, whichever tab pays: React's useSyncExternalStore takes the client's pair as it is.
// `npm install && npm install ../../pkg && npx vite`, then open the page with ?contract=0x…&rpcUrl=https://…&url=https://…
import { useState, useSyncExternalStore } from "react";
import { createRoot } from "react-dom/client";
import { LocalKey, MicroRaiden, type Address, type PayingFetch } from "microraiden";

const query = new URLSearchParams(location.search);
const contract = query.get("contract") as Address;
const rpcUrl = query.get("rpcUrl") ?? undefined;
const url = query.get("url") ?? "/";

function useClient(client: MicroRaiden) {
  return useSyncExternalStore(client.subscribe, client.getSnapshot);
}

function Payments({ client, pay }: { client: MicroRaiden; pay: PayingFetch }) {
  const { sender, channels } = useClient(client);
  const [failure, setFailure] = useState("");
  const paid = channels.reduce((sum, { balance }) => sum + balance, 0n);
  const left = channels.reduce((sum, { remaining }) => sum + remaining, 0n);
  const buy = () => pay(url).then(() => setFailure(""), ({ message }) => setFailure(message));
  return (
    <main>
      <p>Account: <code>{sender}</code></p>
      <p>Paid: <output>{String(paid)}</output>, left: {String(left)}</p>
      <button onClick={buy}>Pay</button>
      <p role="alert">{failure}</p>
    </main>
  );
}

let wallet = await LocalKey.load();
if (!wallet) {
  wallet = LocalKey.create();
  await wallet.save();
}
const client = await MicroRaiden.connect({ wallet, contract, rpc: rpcUrl });
const pay = client.payingFetch({ maxPrice: 10n ** 18n, deposit: 5n * 10n ** 18n });
createRoot(document.getElementById("root")!).render(<Payments client={client} pay={pay} />);
