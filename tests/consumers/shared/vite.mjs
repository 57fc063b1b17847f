// Vite: its server, whose optimizer moves the package, a build, and a worker in both.
import { writeFileSync } from "node:fs";
import { join } from "node:path";

export async function vite({ folder, run, start, serve, paid, port }) {
  const html = '<!DOCTYPE html><title>waiting</title><script type="module" src="/in-worker.js"></script>';
  writeFileSync(join(folder, "worker.html"), html);
  const config = `export default {
    worker: { format: "es" },
    build: { target: "es2022", rollupOptions: { input: ["index.html", "worker.html"] } },
  };`;
  writeFileSync(join(folder, "vite.config.js"), config);
  const url = await start("node_modules/.bin/vite", ["--port", String(await port()), "--host", "127.0.0.1"]);
  await paid(url);
  await paid(`${url}worker.html`);
  await run("node_modules/.bin/vite", ["build"]);
  const built = await serve(join(folder, "dist"));
  await paid(built);
  await paid(`${built}worker.html`);
}
