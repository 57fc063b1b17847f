// Vite: its server, whose optimizer moves the package, a build, and a worker and the custom elements in both.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { application, payByElements } from "../support/elements.mjs";

export async function vite({ folder, run, start, serve, paid, pages, port, stack }) {
  const html = '<!DOCTYPE html><title>waiting</title><script type="module" src="/in-worker.js"></script>';
  writeFileSync(join(folder, "worker.html"), html);
  const { html: page, script } = application(stack, "/elements.js");
  writeFileSync(join(folder, "elements.html"), page);
  writeFileSync(join(folder, "elements.js"), script);
  const config = `export default {
    worker: { format: "es" },
    build: { target: "es2022", rollupOptions: { input: ["index.html", "worker.html", "elements.html"] } },
  };`;
  writeFileSync(join(folder, "vite.config.js"), config);
  const url = await start("node_modules/.bin/vite", ["--port", String(await port()), "--host", "127.0.0.1"]);
  await paid(url);
  await paid(`${url}worker.html`);
  const [first, second] = await pages(2);
  await first.goto(`${url}elements.html`);
  await payByElements(first, stack);
  await run("node_modules/.bin/vite", ["build"]);
  const built = await serve(join(folder, "dist"));
  await paid(built);
  await paid(`${built}worker.html`);
  await second.goto(`${built}elements.html`);
  await payByElements(second, stack);
}
