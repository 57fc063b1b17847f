// Loads the package's module, once for all elements, when it is needed or the browser is idle.
import { PageError } from "./page-error.js";
import { within } from "./waiting.js";

/** For how long the package may take to load, in milliseconds. */
const LOAD_LIMIT = 60_000;
/** The longest wait for the browser to be idle, in milliseconds. */
const IDLE_LIMIT = 2000;

/** @type {Promise<typeof import("../../index.js")> | undefined} */
let loading;
/** @type {() => Promise<any>} */
let source = () => import("../../index.js");

/**
 * Takes the package from elsewhere, as from `microraiden/inline`. Call it before an element starts.
 * @param {() => Promise<any>} load
 */
export function useLibrary(load) {
  source = load;
  loading = undefined;
}

/** The package, ready for use. A failure is not kept: the next call tries again. */
export function loadLibrary() {
  loading ??= load().catch((cause) => {
    loading = undefined;
    throw cause instanceof PageError
      ? cause
      : new PageError("library-unavailable", String(cause?.message ?? cause), {}, cause);
  });
  return loading;
}

async function load() {
  const late = () => new PageError("library-unavailable", "the package did not load in time");
  const whole = async () => {
    const library = await source();
    await library.default();
    return library;
  };
  return within(whole(), LOAD_LIMIT, late);
}

/** Resolves when the browser has nothing else to do, or after two seconds. */
export function idle() {
  return new Promise((resolve) => {
    if (typeof requestIdleCallback === "function") {
      requestIdleCallback(() => resolve(undefined), { timeout: IDLE_LIMIT });
    } else {
      setTimeout(resolve, 200); // WebKit
    }
  });
}

/** Whether a key is kept in this browser. */
export function hasStoredKey() {
  try {
    return Object.keys(localStorage).some((name) => name.startsWith("microraiden:key:"));
  } catch {
    return false; // storage is forbidden
  }
}
