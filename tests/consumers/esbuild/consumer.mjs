// esbuild carries no files: the module is inside, in an ES module and in one plain script.
import { cpSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { application, examples, payByElements } from "../support/elements.mjs";

export default async function esbuild({ folder, run, serve, paid, pages, stack }) {
  const build = (script, format, name = format) =>
    run("node_modules/.bin/esbuild", [script, "--bundle", "--minify", `--format=${format}`, `--outfile=out/${name}.js`]);
  await build("inline.js", "esm");
  await build("inline.js", "iife");
  const page = (name, html) => writeFileSync(join(folder, "out", name), html);
  page("esm.html", '<!DOCTYPE html><title>waiting</title><script type="module" src="/esm.js"></script>');
  page("iife.html", '<!DOCTYPE html><title>waiting</title><body><script src="/iife.js"></script>');
  const url = await serve(join(folder, "out"));
  await paid(`${url}esm.html`);
  await paid(`${url}iife.html`);
  // The custom elements, as the documentation has them: what shows articles is copied by hand.
  const [script] = examples("## Bundlers", "js");
  writeFileSync(join(folder, "elements.js"), script);
  await build("elements.js", "esm", "elements");
  cpSync(join(folder, "node_modules/microraiden/elements/view/article.html"), join(folder, "out/article.html"));
  page("elements.html", application(stack, "/elements.js").html);
  const [own] = await pages(1);
  await own.goto(`${url}elements.html`);
  await payByElements(own, stack);
}
