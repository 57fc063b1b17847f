// Reads the terms, loads the package and starts the page; what fails before it runs is told here.
import { readConfig } from "./model/config.js";
import { ErrorBox } from "./view/error-box.js";
import { PageError } from "./model/page-error.js";
import { startPaywall } from "./view/paywall.js";
import { within } from "./model/waiting.js";

/** For how long the package may take to load, in milliseconds. */
const LOAD_LIMIT = 60_000;

async function loadLibrary() {
  try {
    const library = await import("../index.js");
    await library.default();
    return library;
  } catch (cause) {
    throw new PageError("library-unavailable", String(cause?.message ?? cause), {}, cause);
  }
}

async function run() {
  const config = readConfig();
  const late = () => new PageError("library-unavailable", "the package did not load in time");
  await startPaywall(await within(loadLibrary(), LOAD_LIMIT, late), config);
}

/** Starts the page; a failure becomes a sentence with a way out. */
export function start() {
  return run().catch((error) => {
    const errors = new ErrorBox(() => ({}), {
      list: { label: "All files", go: () => location.assign("/") },
      reload: { label: "Reload", go: () => location.reload() },
    });
    errors.show(error);
  });
}
