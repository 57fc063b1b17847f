// Pays for the pictures of pages, which know nothing of it.
import init, { LocalKey, MicroRaiden } from "microraiden";
import { storageOfPage } from "./storage-of-page.js";

const { key, contract, rpcUrl, url } = Object.fromEntries(new URL(self.location.href).searchParams);
let connecting;

async function connect() {
  await init();
  return MicroRaiden.connect({ wallet: LocalKey.fromHex(key), contract, rpc: rpcUrl });
}

async function paid(request) {
  await storageOfPage();
  connecting ??= connect();
  const client = await connecting;
  return client.payingFetch({ maxPrice: 10n ** 18n, deposit: 10n ** 18n })(request);
}

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));
self.addEventListener("fetch", (event) => {
  if (event.request.url.startsWith(new URL(url).origin)) event.respondWith(paid(event.request));
});
// For the test.
Object.assign(self, { paid });
