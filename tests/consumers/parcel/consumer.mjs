// Parcel, with `exports` of packages respected, as it is in new projects.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { application, payByElements } from "../support/elements.mjs";

export default async function parcel({ folder, run, serve, paid, pages, stack }) {
  const file = join(folder, "package.json");
  const settings = JSON.parse(readFileSync(file, "utf8"));
  writeFileSync(file, JSON.stringify({ ...settings, "@parcel/resolver-default": { packageExports: true } }));
  writeFileSync(join(folder, "index.html"), readFileSync(join(folder, "index.html"), "utf8").replace("/main.js", "main.js"));
  const elements = application(stack, "elements.js");
  writeFileSync(join(folder, "elements.html"), elements.html);
  writeFileSync(join(folder, "elements.js"), elements.script);
  await run("node_modules/.bin/parcel", ["build", "index.html", "elements.html", "--dist-dir", "out", "--no-cache"]);
  const url = await serve(join(folder, "out"));
  await paid(url);
  const [page] = await pages(1);
  await page.goto(`${url}elements.html`);
  await payByElements(page, stack);
}
