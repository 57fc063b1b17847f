// A server of files, as plain as they come.
import { createReadStream, existsSync, statSync } from "node:fs";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";

const TYPES = { ".html": "text/html", ".js": "text/javascript", ".mjs": "text/javascript", ".wasm": "application/wasm" };

async function listening(server) {
  await new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(undefined)));
  const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
  return port;
}

/**
 * Serves a folder.
 * @param {string} folder
 * @param {object} options
 * @param {Record<string, string> | ((file: string) => Record<string, string>)} [options.headers] of every file, or
 *   by its path.
 * @param {string} [options.wasm] the type of modules.
 * @param {import("./processes.mjs").Ends} ends
 */
export async function serve(folder, { headers = {}, wasm = TYPES[".wasm"] } = {}, ends) {
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url, "http://localhost");
    const file = join(folder, normalize(pathname.endsWith("/") ? `${pathname}index.html` : pathname));
    if (!existsSync(file) || !statSync(file).isFile()) {
      response.writeHead(404).end();
      return;
    }
    const type = { ...TYPES, ".wasm": wasm }[extname(file)] ?? "application/octet-stream";
    const own = typeof headers === "function" ? headers(file) : headers;
    response.writeHead(200, { ...own, "Content-Type": type });
    createReadStream(file).pipe(response);
  });
  const port = await listening(server);
  ends.add(() => new Promise((resolve) => { server.closeAllConnections(); server.close(resolve); }));
  return `http://127.0.0.1:${port}/`;
}

/** A port that is free, for servers that can't say which one they took. */
export async function port() {
  const server = createServer();
  const free = await listening(server);
  await new Promise((resolve) => server.close(resolve));
  return free;
}
