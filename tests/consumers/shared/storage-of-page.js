// In a service worker, which has no localStorage: that of an open page, which gives it by storage-for-worker.js.
import { useStorage } from "microraiden";

/** How long a page may take that is still loading, in milliseconds. */
const PATIENCE = 5000;

/** The id of the page whose storage is in use. */
let source = Promise.resolve();

async function lent(page) {
  const { port1, port2 } = new MessageChannel();
  const { port, code, message } = await new Promise((resolve) => {
    port1.onmessage = ({ data }) => resolve(data);
    setTimeout(() => resolve({ message: "the page does not give its storage" }), PATIENCE);
    page.postMessage({ storageTo: port2 }, [port2]);
  });
  if (!port) throw Object.assign(new Error(message), { code });
  return { port, id: page.id };
}

async function choose(known) {
  const pages = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
  if (pages.length === 0) throw new Error("no page is open");
  if (pages.some(({ id }) => id === known)) return known;
  const { port, id } = await Promise.any(pages.map(lent)).catch(({ errors }) => {
    // Rather a reason that a page knows than its silence.
    throw errors.find(({ code }) => code) ?? errors[0];
  });
  await useStorage(port);
  return id;
}

/** Makes sure that an open page gives its storage: before each payment, as pages are closed. */
export function storageOfPage() {
  source = source.catch(() => undefined).then(choose);
  return source;
}
