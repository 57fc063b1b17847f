// Starts the page: the list of files, or the payment for one of them.
import { readConfig } from "./config.js";
import { ErrorBox } from "./error-box.js";
import { showFiles } from "./files.js";
import { PageError } from "./page-error.js";
import { startPaywall } from "./paywall.js";

async function loadLibrary() {
  try {
    const library = await import("/js/microraiden/index.js");
    await library.default();
    return library;
  } catch (cause) {
    throw new PageError("library-unavailable", String(cause?.message ?? cause), {}, cause);
  }
}

async function start() {
  const config = readConfig();
  if (config.files) {
    showFiles(config.files);
  } else {
    await startPaywall(await loadLibrary(), config);
  }
}

start().catch((error) => {
  const errors = new ErrorBox(() => ({}), {
    list: { label: "All files", go: () => location.assign("/") },
    reload: { label: "Reload", go: () => location.reload() },
  });
  errors.show(error);
});
