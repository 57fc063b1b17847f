// esbuild carries no files: the module is inside, in an ES module and in one plain script.
import { writeFileSync } from "node:fs";
import { join } from "node:path";

export default async function esbuild({ folder, run, serve, paid }) {
  const build = (format) =>
    run("node_modules/.bin/esbuild", ["inline.js", "--bundle", "--minify", `--format=${format}`, `--outfile=out/${format}.js`]);
  await build("esm");
  await build("iife");
  const page = (name, script) => writeFileSync(join(folder, "out", name), `<!DOCTYPE html><title>waiting</title>${script}`);
  page("esm.html", '<script type="module" src="/esm.js"></script>');
  page("iife.html", '<body><script src="/iife.js"></script>');
  const url = await serve(join(folder, "out"));
  await paid(`${url}esm.html`);
  await paid(`${url}iife.html`);
}
