// webpack 5, by its own interface.
import { createRequire } from "node:module";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { application, payByElements } from "../support/elements.mjs";

export default async function bundle({ folder, serve, paid, pages, stack }) {
  const webpack = createRequire(join(folder, "package.json"))("webpack");
  const out = join(folder, "out");
  const elements = application(stack, "/elements.js");
  writeFileSync(join(folder, "elements.js"), elements.script);
  const entry = { main: "./main.js", elements: "./elements.js" };
  const settings = { mode: "production", context: folder, entry, output: { path: out, filename: "[name].js" } };
  const stats = await new Promise((resolve, reject) => {
    webpack(settings, (error, done) => (error ? reject(error) : resolve(done)));
  });
  if (stats.hasErrors() || stats.compilation.warnings.some(({ message }) => !message.includes("size"))) {
    throw new Error(stats.toString());
  }
  writeFileSync(join(out, "index.html"), '<!DOCTYPE html><title>waiting</title><script src="/main.js"></script>');
  writeFileSync(join(out, "elements.html"), elements.html);
  const url = await serve(out);
  await paid(url);
  const [page] = await pages(1);
  await page.goto(`${url}elements.html`);
  await payByElements(page, stack);
}
