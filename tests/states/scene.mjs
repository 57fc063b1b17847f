// Where the page's states are reached: a chain, a server, a line to the node that can be held, and one person's
// browser after another.
import { join } from "node:path";
import { root } from "../../demo/root.mjs";
import { BrokenLine } from "../e2e/support/broken-line.mjs";
import { PaywallVisitor, inTokens } from "../e2e/support/fixtures.mjs";
import { TestWallet } from "../e2e/support/wallet.mjs";
import { someGoods } from "./goods.mjs";

/** How long a state may take to be reached step by step, in milliseconds. */
const PATIENCE = 20_000;
/** How large the window is while a state is reached. */
export const WINDOW = { width: 1280, height: 800 };
/** What is free. */
export const FREE = "/poem.txt";

/**
 * @typedef {object} Journey states that are reached one after the other, in one browser.
 * @property {string} title
 * @property {boolean} [wallet] whether the browser has one.
 * @property {boolean} [scripts] `false` forbids them.
 * @property {Record<string, (scene: Scene) => Promise<unknown>>} states what reaches each from the one before.
 */
export class Scene {
  stack;
  /** The line from pages to the chain's node. @type {BrokenLine} */
  node;
  /** @type {PaywallVisitor} */
  visitor;
  /** @type {TestWallet | undefined} */
  wallet;
  #browser;
  #language;
  #context;
  #undone = [];
  #goods = someGoods();
  /** The page's folder, if it is another than `www`. */
  #folder;

  /** `language` is the browser's, as in "de-DE"; `folder` the page's, instead of `www`. */
  static async on({ stack, browser, language = "en-GB", folder = null }) {
    const scene = new Scene();
    scene.#folder = folder;
    scene.stack = stack;
    scene.#browser = browser;
    scene.#language = language;
    scene.node = await BrokenLine.to(stack.rpcUrl);
    await stack.paywall.restart(scene.#usual);
    return scene;
  }

  get page() {
    return this.visitor.page;
  }

  get context() {
    return this.#context;
  }

  /** So many times the price, as a person writes it. */
  times = (/** @type {bigint} */ count) => inTokens(count * this.stack.price);

  /** A new person comes, with a new browser. */
  async enter(/** @type {Partial<Journey>} */ { wallet = false, scripts = true }) {
    this.#context = await this.#browser.newContext({
      locale: this.#language,
      viewport: WINDOW,
      javaScriptEnabled: scripts,
      // Moving things are looked at where they stand.
      reducedMotion: "reduce",
    });
    this.wallet = wallet ? new TestWallet(this.stack.rpcUrl) : undefined;
    await this.wallet?.inject(this.#context);
    this.visitor = new PaywallVisitor(await this.#context.newPage(), this.stack, this.wallet);
    this.page.setDefaultTimeout(PATIENCE);
  }

  /** Has this done when the person leaves, also if a state can't be reached. */
  later(work) {
    this.#undone.push(work);
  }

  async leave() {
    for (const work of this.#undone.splice(0).reverse()) {
      await work();
    }
    this.node.mend();
    await this.#context.close();
  }

  /** The server starts again with these changes, until the person leaves. */
  async serve(changes) {
    const usual = { ...this.#usual, price: String(this.stack.price), faucet: this.stack.owner };
    this.later(() => this.stack.paywall.restart(usual));
    await this.stack.paywall.restart(changes);
  }

  /** What the server serves. */
  get #usual() {
    return { publicRpcUrl: this.node.url, files: this.#goods, prices: { [FREE]: "0" }, page: this.#folder };
  }

  async stop() {
    this.node.mend();
    const files = join(root, "demo/content");
    await this.stack.paywall.restart({ publicRpcUrl: this.stack.rpcUrl, files, prices: {}, page: null });
    await this.node.stop();
  }
}

/**
 * Walks through journeys and calls `see(journey, name, scene)` in each state. What can't be reached is told to
 * `missed(journey, name, error)`; what follows it on that journey is left out and told, too.
 * @param {Scene} scene
 * @param {Journey[]} journeys
 */
export async function walk(scene, journeys, { see, missed }) {
  for (const journey of journeys) {
    let lost;
    await scene.enter(journey);
    for (const [name, reach] of Object.entries(journey.states)) {
      try {
        if (lost) throw new Error(`it follows "${lost}"`);
        await reach(scene);
      } catch (error) {
        lost ??= name;
        missed(journey, name, error);
        continue;
      }
      await see(journey, name, scene);
    }
    await scene.leave();
  }
}
