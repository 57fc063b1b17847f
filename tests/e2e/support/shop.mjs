// A site with pages and a service worker of its own, in front of the paywall server, whose files it sells.
import { createServer, request as send } from "node:http";

const HTML = "text/html; charset=utf-8";

export class Shop {
  /** The site's own files, by path. */
  pages = {};
  /** What was asked of the paywall: `{ path, range, number, paid, status }`, in the order of its answers. */
  seen = [];
  #server;
  url;

  static async to(target) {
    const shop = new Shop();
    shop.#server = createServer((asked, answer) => shop.#serve(target, asked, answer));
    await new Promise((resolve) => shop.#server.listen(0, "127.0.0.1", () => resolve(undefined)));
    shop.url = `http://127.0.0.1:${shop.#server.address().port}`;
    return shop;
  }

  /** A page of the site. */
  page(path, body) {
    this.pages[path] = [HTML, `<!DOCTYPE html><title>shop</title>${body}`];
  }

  script(path, text) {
    this.pages[path] = ["text/javascript", text];
  }

  /** What was asked with a payment, and answered with the file. */
  paid(path) {
    return this.seen.filter((one) => one.path.startsWith(path) && one.paid && one.status < 300);
  }

  #serve(target, asked, answer) {
    const [path] = asked.url.split("?");
    if (Object.hasOwn(this.pages, path)) {
      const [type, text] = this.pages[path];
      answer.writeHead(200, { "Content-Type": type, "Cache-Control": "no-store" }).end(text);
      return;
    }
    const { headers, method } = asked;
    const { range, "rdn-payment-number": number, "rdn-balance": balance } = headers;
    // The Host stays: it is part of what a payment is for.
    const onward = send(`${target}${asked.url}`, { method, headers }, (answered) => {
      const status = answered.statusCode;
      this.seen.push({ path: asked.url, range, number, paid: balance !== undefined, status });
      answer.writeHead(status, answered.headers);
      answered.on("error", () => answer.destroy());
      answered.pipe(answer);
    });
    onward.on("error", () => answer.destroy());
    answer.on("close", () => onward.destroy());
    asked.pipe(onward);
  }

  async stop() {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
