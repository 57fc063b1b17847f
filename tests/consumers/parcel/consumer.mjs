// Parcel, with `exports` of packages respected, as it is in new projects.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

export default async function parcel({ folder, run, serve, paid }) {
  const file = join(folder, "package.json");
  const settings = JSON.parse(readFileSync(file, "utf8"));
  writeFileSync(file, JSON.stringify({ ...settings, "@parcel/resolver-default": { packageExports: true } }));
  writeFileSync(join(folder, "index.html"), readFileSync(join(folder, "index.html"), "utf8").replace("/main.js", "main.js"));
  await run("node_modules/.bin/parcel", ["build", "index.html", "--dist-dir", "out", "--no-cache"]);
  await paid(await serve(join(folder, "out")));
}
