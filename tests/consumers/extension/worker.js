// The extension's service worker: it pays with the storage of an offscreen document, which no person sees.
import init, { LocalKey, MicroRaiden } from "microraiden";
import { storageOfPage } from "./storage-of-page.js";

let opening;

/** One for the extension; it outlives this worker, which browsers end when it is idle. */
async function offscreenDocument() {
  const [open] = await chrome.runtime.getContexts({ contextTypes: ["OFFSCREEN_DOCUMENT"] });
  if (open) return;
  const reasons = ["LOCAL_STORAGE"];
  const justification = "keeps what was paid";
  await chrome.offscreen.createDocument({ url: "offscreen.html", reasons, justification });
}

async function pay(query) {
  const { key, contract, rpcUrl, url } = Object.fromEntries(new URLSearchParams(query));
  opening ??= offscreenDocument().finally(() => (opening = undefined));
  await opening;
  await storageOfPage();
  await init();
  const client = await MicroRaiden.connect({ wallet: LocalKey.fromHex(key), contract, rpc: rpcUrl });
  const response = await client.payingFetch({ maxPrice: 10n ** 18n, deposit: 10n ** 18n })(url);
  const { byteLength } = await response.arrayBuffer();
  const channels = await client.channels();
  return `paid ${response.status} ${byteLength > 1000}: ${channels.length} ${channels[0].balance}`;
}

chrome.runtime.onMessage.addListener((query, sender, answer) => {
  pay(query).then(answer, (error) => answer(`failed ${error?.code} ${error?.message}`));
  return true;
});
