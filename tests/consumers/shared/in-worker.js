// A page whose worker pays: it has its storage from the page.
import * as library from "microraiden";

const worker = new Worker(new URL("./worker.js", import.meta.url), { type: "module" });
worker.onmessage = ({ data }) => {
  document.title = data;
};
worker.onerror = ({ message }) => {
  document.title = `failed ${message}`;
};
library.default().then(() => {
  const port = library.shareStorage();
  worker.postMessage({ port, query: location.search }, [port]);
});
