// Scripts without a bundler: the package by its place, as import maps hold in pages only, and not in workers.
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Names that place in all scripts of the folder. */
export function unbundled(folder, place) {
  for (const name of readdirSync(folder).filter((file) => file.endsWith(".js"))) {
    const file = join(folder, name);
    const text = readFileSync(file, "utf8").replace('"microraiden"', `"${place}"`);
    writeFileSync(file, text.replace('"microraiden/service-worker"', `"${place.replace("index.js", "service-worker.js")}"`));
  }
}
