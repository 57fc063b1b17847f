// Pages that reach the paywall server and the chain's node over lines that can be broken.
import { BrokenLine } from "./broken-line.mjs";
import { test as base } from "./fixtures.mjs";
import { Library } from "./library.mjs";

/** @type {import("../../types/fixtures.d.ts").LinesTest} */
export const test = base.extend({
  /** The line to the paywall server. */
  line: async ({ stack }, use) => {
    const line = await BrokenLine.to(stack.url);
    await use(line);
    await line.stop();
  },

  /** The line to the chain's node. A wallet has its own. */
  node: async ({ stack }, use) => {
    const node = await BrokenLine.to(stack.rpcUrl);
    await use(node);
    await node.stop();
  },

  /** A page with the package whose account has tokens and ether, behind the lines. */
  first: async ({ library, stack, wallet, line, node }, use) => {
    await use(await Library.on(library.page, behind({ stack, wallet, line, node })));
  },

  /** Opens a further page of the same browser, behind the lines too; it connects once. */
  nextPage: async ({ context, stack, wallet, line, node }, use) => {
    const options = { ...behind({ stack, wallet, line, node }), keep: true };
    await use(async () => Library.alone(await context.newPage(), options));
  },
});

function behind({ stack, wallet, line, node }) {
  return { stack, wallet, url: line.url, rpcUrl: node.url };
}

/** Matches requests that carry a payment. */
export function paid({ headers }) {
  return headers["rdn-balance"] !== undefined;
}
