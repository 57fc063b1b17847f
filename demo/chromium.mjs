// How Chromium is started for the demo and the tests.
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";

/** Quiet in a closed network, and at home in containers. */
const flags = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--disable-dev-shm-usage",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** Of Playwright's own flags those that make hidden tabs faster than people's are. */
const unlike = [
  "--disable-background-timer-throttling",
  "--disable-backgrounding-occluded-windows",
  "--disable-renderer-backgrounding",
];

/** Launch options for Playwright; the browser is the system's, or the one CHROMIUM names. */
export function chromiumOptions() {
  return { executablePath: chromiumPath(), args: flags, ignoreDefaultArgs: unlike, headless: true };
}

function chromiumPath() {
  const folders = (process.env.PATH ?? "").split(delimiter);
  const found =
    process.env.CHROMIUM ||
    folders.map((folder) => join(folder, "chromium")).find((file) => existsSync(file));
  if (!found) {
    throw new Error("Chromium is missing; run: cargo xtask setup");
  }
  return found;
}
