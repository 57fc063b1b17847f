// In a service worker, which has no localStorage: that of an open page, which gives it by storage-for-worker.js.
import { useStorage } from "microraiden";

/** How long a page may take that is still loading, in milliseconds. */
const PATIENCE = 5000;

/** The id of the page whose storage is in use. */
let source = Promise.resolve();

function answer(page) {
  const { port1, port2 } = new MessageChannel();
  return new Promise((resolve) => {
    port1.onmessage = ({ data }) => resolve(data);
    setTimeout(() => resolve({ message: "the page does not give its storage" }), PATIENCE);
    page.postMessage({ storageTo: port2 }, [port2]);
  });
}

async function choose(known) {
  const pages = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
  if (pages.some(({ id }) => id === known)) return known;
  let why = new Error("no page is open");
  for (const page of pages) {
    const { port, code, message } = await answer(page);
    if (port) {
      await useStorage(port);
      return page.id;
    }
    why = Object.assign(new Error(message), { code });
  }
  throw why;
}

/** Makes sure that an open page gives its storage: before each payment, as pages are closed. */
export function storageOfPage() {
  source = source.catch(() => undefined).then(choose);
  return source;
}
