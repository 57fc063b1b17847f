// webpack 5, by its own interface.
import { createRequire } from "node:module";
import { writeFileSync } from "node:fs";
import { join } from "node:path";

export default async function bundle({ folder, serve, paid }) {
  const webpack = createRequire(join(folder, "package.json"))("webpack");
  const out = join(folder, "out");
  const settings = { mode: "production", context: folder, entry: "./main.js", output: { path: out, filename: "main.js" } };
  const stats = await new Promise((resolve, reject) => {
    webpack(settings, (error, done) => (error ? reject(error) : resolve(done)));
  });
  if (stats.hasErrors() || stats.compilation.warnings.some(({ message }) => !message.includes("size"))) {
    throw new Error(stats.toString());
  }
  writeFileSync(join(out, "index.html"), '<!DOCTYPE html><title>waiting</title><script src="/main.js"></script>');
  await paid(await serve(out));
}
