// Serves the pages of the measurements, isolated from other origins, on the loopback interface.
import { createServer, request as ask } from "node:http";
import { readFileSync } from "node:fs";
import { extname, join, normalize } from "node:path";
import { gzipSync } from "node:zlib";

const TYPES = { ".html": "text/html", ".js": "text/javascript", ".wasm": "application/wasm" };

/** Isolated pages have a clock of five microseconds instead of a hundred. */
const HEADERS = {
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-embedder-policy": "require-corp",
  "cache-control": "max-age=3600",
  "content-encoding": "gzip",
};

/**
 * @param {Record<string, string>} folders by the first part of the path.
 * @param {Record<string, string>} pages HTML by path.
 * @param {Record<string, string>} [sold] the server that sells what is at a path.
 */
export async function serve(folders, pages, sold = {}) {
  const packed = new Map();
  const server = createServer((request, response) => {
    const path = new URL(request.url, "http://localhost").pathname;
    if (path in sold) {
      forward(request, response, sold[path] + path);
      return;
    }
    try {
      const type = path in pages ? TYPES[".html"] : TYPES[extname(path)];
      if (!packed.has(path)) {
        packed.set(path, gzipSync(content(path, folders, pages), { level: 9 }));
      }
      response.writeHead(200, { ...HEADERS, "content-type": type ?? "text/plain" });
      response.end(packed.get(path));
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise((resolve, reject) => {
    server.once("error", reject).listen(0, "127.0.0.1", () => resolve(undefined));
  });
  const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
  return {
    url: `http://127.0.0.1:${port}`,
    async stop() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

/** @param {import("node:http").IncomingMessage} request */
function forward({ method, headers }, response, url) {
  ask(url, { method, headers }, (answer) => {
    response.writeHead(answer.statusCode, answer.headers);
    answer.pipe(response);
  })
    .on("error", () => response.destroy())
    .end();
}

function content(path, folders, pages) {
  if (path in pages) {
    return Buffer.from(pages[path]);
  }
  const [, first, ...rest] = normalize(path).split("/");
  if (!(first in folders)) {
    throw new Error("There is nothing here.");
  }
  return readFileSync(join(folders[first], ...rest));
}
