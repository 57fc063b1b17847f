// A small HTTP server on the loopback interface, for what tests put in the browser's way.
import { createServer } from "node:http";

export class Loopback {
  url;
  #server;
  #failure;

  /**
   * @param {(request: import("node:http").IncomingMessage, response:
   *   import("node:http").ServerResponse, body: Buffer) => Promise<void>} handle
   */
  static async start(handle) {
    const loopback = new Loopback();
    loopback.#server = createServer((request, response) =>
      loopback.#serve(request, response, handle),
    );
    await new Promise((resolve, reject) => {
      loopback.#server.once("error", reject).listen(0, "127.0.0.1", resolve);
    });
    loopback.url = `http://127.0.0.1:${loopback.#server.address().port}`;
    return loopback;
  }

  /** Fails if the handler failed for another reason than a lost connection. */
  async stop() {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.#server.closeAllConnections();
    await closed;
    if (this.#failure) {
      throw this.#failure;
    }
  }

  async #serve(request, response, handle) {
    response.on("error", () => {});
    try {
      await handle(request, response, await contents(request));
    } catch (error) {
      if (!/^E[A-Z]+$/.test(error.code)) {
        this.#failure ??= error;
      }
      request.socket.destroy();
    }
  }
}

/** All bytes of a stream. */
export async function contents(stream) {
  const pieces = [];
  for await (const piece of stream) {
    pieces.push(piece);
  }
  return Buffer.concat(pieces);
}
