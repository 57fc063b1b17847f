// In a page: gives its storage to the service worker, which asks whenever it starts anew.
import init, { shareStorage } from "microraiden";

navigator.serviceWorker.addEventListener("message", async ({ data: { storageTo } }) => {
  if (!storageTo) return;
  try {
    await init();
    const port = shareStorage();
    storageTo.postMessage({ port }, [port]);
  } catch ({ code, message }) {
    storageTo.postMessage({ code, message });
  }
});
navigator.serviceWorker.startMessages();
