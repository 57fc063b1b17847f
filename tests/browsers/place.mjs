// Where a journey takes place: an origin of its own, and so a storage of its own, in front of the server.
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { parseEther } from "viem";
import { BrokenLine } from "../e2e/support/broken-line.mjs";
import { Ledger } from "../e2e/support/ledger.mjs";
import { Paywall } from "./paywall.mjs";
import { Package } from "./package.mjs";

/** Odd on purpose: an amount that is rounded anywhere comes out wrong. */
export const PRICE = 100_000_000_000_000_003n;

/** Sold by the demo's server. */
export const FILE = "/doggo.jpg";

/** Where the server has the package's entries. */
const ENTRIES = { microraiden: "/js/microraiden/index.js", "microraiden/service-worker": "/js/microraiden/service-worker.js" };

export class Place {
  stack;
  browser;
  /** To the server, and the origin of the pages. */
  line;
  /** To the chain's node; the server's own page has its own. */
  node;

  static async at(stack, browser) {
    const place = new Place();
    place.stack = stack;
    place.browser = browser;
    place.line = await BrokenLine.to(stack.url);
    place.node = await BrokenLine.to(stack.rpcUrl);
    place.#serve("pages", ["plain.html", "plain.js"]);
    return place;
  }

  async leave() {
    // What is held would keep them open.
    this.line.mend();
    this.node.mend();
    await this.browser.closeTabs();
    await this.line.stop();
    await this.node.stop();
  }

  /** A tab with the server's page of the priced picture. */
  async visit() {
    const tab = await this.browser.newTab();
    const paywall = new Paywall(tab);
    await paywall.open(this.line.url + FILE);
    return paywall;
  }

  /** A tab with the package, and no other script, whose account is the origin's. */
  async newPackage(more) {
    return Package.in(await this.browser.newTab(), this, more);
  }

  /** The first of them: its account gets tokens and ether. */
  async firstPackage() {
    const first = await this.newPackage();
    const sender = await first.value(({ client }) => client.sender);
    await this.fund(sender);
    return first;
  }

  async fund(account) {
    await this.stack.sendTokens(account, 100n * PRICE);
    await this.stack.setEther(account, parseEther("1"));
  }

  /** Who has how many tokens from now on. */
  ledger(sender) {
    return Ledger.of(this.stack, sender);
  }

  /** Serves a page and scripts of the consumers' tests, which import the package by its name. */
  serveConsumer(names, script) {
    for (const name of names) {
      const folder = join("../consumers", name);
      const files = readdirSync(join(import.meta.dirname, folder));
      this.#serve(folder, files.filter((file) => file.endsWith(".js")));
    }
    const page = `<!DOCTYPE html><title>waiting</title><body><script type="module" src="/${script}"></script>`;
    this.line.serve("/consumer.html", "text/html", page);
  }

  #serve(folder, files) {
    for (const file of files) {
      const text = readFileSync(join(import.meta.dirname, folder, file), "utf8");
      const type = file.endsWith(".js") ? "text/javascript" : "text/html";
      const placed = Object.entries(ENTRIES).reduce((all, [name, at]) => all.replace(`"${name}"`, `"${at}"`), text);
      this.line.serve(`/${file}`, type, placed);
    }
  }
}
