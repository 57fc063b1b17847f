// Shows pictures, for which the service worker pays.
import { MicroRaiden, LocalKey } from "microraiden";
import "./storage-for-worker.js";

const { key, contract, rpcUrl, url } = Object.fromEntries(new URLSearchParams(location.search));

/** A picture by `<img>`, as any page has it: in the mode `no-cors`. */
function show(address) {
  const picture = document.createElement("img");
  return new Promise((resolve, reject) => {
    picture.onload = () => resolve(picture.naturalWidth);
    picture.onerror = () => reject(new Error("no picture"));
    picture.src = address;
    document.body.append(picture);
  });
}

async function controlled() {
  await navigator.serviceWorker.register(`/service-worker.js${location.search}`, { type: "module" });
  if (navigator.serviceWorker.controller) return;
  await new Promise((resolve) => navigator.serviceWorker.addEventListener("controllerchange", resolve));
}

/** Shows one more, and tells what all of them have cost. */
async function more() {
  await show(`${url}?${crypto.randomUUID()}`);
  const client = await MicroRaiden.connect({ wallet: LocalKey.fromHex(key), contract, rpc: rpcUrl });
  const channels = await client.channels();
  return { channels: channels.length, spent: channels[0].balance };
}

Object.assign(globalThis, { more });
try {
  await controlled();
  document.title = `paid 200 ${(await show(url)) > 100}`;
} catch (error) {
  document.title = `failed ${error}`;
}
