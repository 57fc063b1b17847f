// The package with a line to the paywall server that a test can break and read.
import { BrokenLine, asksFor } from "./broken-line.mjs";
import { test as base } from "./fixtures.mjs";
import { Library } from "./library.mjs";

const PATH = "/doggo.jpg";

/** Whether a request carries a payment. */
const isPaid = ({ headers }) => headers["rdn-balance-signature"] !== undefined;

export const paid = (exchange) => isPaid(exchange) && asksFor(PATH)(exchange);

/** @type {import("../../types/fixtures.d.ts").LineTest} */
export const test = base.extend({
  line: async ({ stack }, use) => {
    const line = await BrokenLine.to(stack.url);
    await use(line);
    await line.stop();
  },

  /** As `library`, with `url` at the line. */
  payer: async ({ library, stack, wallet, line }, use) => {
    await use(await Library.on(library.page, { stack, wallet, url: line.url }));
  },
});

/** In the page: pays once, opening where there is no channel. */
export const payOnce = async ({ client, url, argument: price }) => {
  const pay = client.payingFetch({ maxPrice: price, deposit: 8n * price });
  return (await pay(`${url}/doggo.jpg`)).status;
};

/** In the page: what the only channel and its ledger say. */
export const books = async ({ client }) => {
  const [{ balance, exposure, pending, sender, openBlock }] = await client.channels();
  const outcomes = (await client.ledger()).map(({ outcome }) => outcome);
  return { balance, exposure, pending: pending?.balance, outcomes, sender, openBlock };
};
