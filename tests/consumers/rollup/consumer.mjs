// Rollup carries no files: the module is inside, in an ES module and in one plain script.
import { writeFileSync } from "node:fs";
import { join } from "node:path";

export default async function rollup({ folder, run, serve, paid }) {
  for (const format of ["es", "iife"]) {
    const plugins = ["-p", "@rollup/plugin-node-resolve={browser:true}"];
    await run("node_modules/.bin/rollup", ["inline.js", ...plugins, "-f", format, "-o", `out/${format}.js`]);
  }
  const page = (name, script) => writeFileSync(join(folder, "out", name), `<!DOCTYPE html><title>waiting</title>${script}`);
  page("es.html", '<script type="module" src="/es.js"></script>');
  page("iife.html", '<body><script src="/iife.js"></script>');
  const url = await serve(join(folder, "out"));
  await paid(`${url}es.html`);
  await paid(`${url}iife.html`);
}
