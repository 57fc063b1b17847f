// Shows pictures, for which the service worker pays.
import init, { LocalKey, MicroRaiden } from "microraiden";
import { registerPayer } from "microraiden/service-worker";

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

/** Shows one more, and tells what all of them have cost. */
async function more() {
  await show(`${url}?${crypto.randomUUID()}`);
  const client = await MicroRaiden.connect({ wallet: await LocalKey.load(), contract, rpc: rpcUrl });
  const channels = await client.channels();
  return { channels: channels.length, spent: channels[0].balance };
}

const refused = [];
Object.assign(globalThis, { more });
try {
  const payer = await registerPayer(`/service-worker.js${location.search}`);
  payer.addEventListener("refused", ({ detail: { code, message } }) => refused.push(`${code}: ${message}`));
  // The account is this site's.
  await init();
  await LocalKey.fromHex(key).save();
  document.title = `paid 200 ${(await show(url)) > 100}`;
} catch (error) {
  document.title = `failed ${error} ${refused}`;
}
