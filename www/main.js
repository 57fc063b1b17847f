// Starts the payment for one resource. The list of files needs no script.
import { readConfig } from "./config.js";
import { ErrorBox } from "./error-box.js";
import { PageError } from "./page-error.js";
import { startPaywall } from "./paywall.js";
import { within } from "./waiting.js";

/** For how long the package may take to load, in milliseconds. */
const LOAD_LIMIT = 60_000;

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
  if (config) {
    const late = () => new PageError("library-unavailable", "the package did not load in time");
    await startPaywall(await within(loadLibrary(), LOAD_LIMIT, late), config);
  }
}

start().catch((error) => {
  const errors = new ErrorBox(() => ({}), {
    list: { label: "All files", go: () => location.assign("/") },
    reload: { label: "Reload", go: () => location.reload() },
  });
  errors.show(error);
});
