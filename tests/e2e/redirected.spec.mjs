// A paid request that the upstream redirects: what it leads to is covered, and its answer shows what was counted.
import { openings } from "./support/books.mjs";
import { core } from "./support/core.mjs";
import { Loopback } from "./support/loopback.mjs";
import { PRICE, expect, test } from "./support/payer.mjs";

/** Behind the paywall: `/moved` leads to `/goods`. */
let upstream;

test.beforeAll(async ({ stack }) => {
  upstream = await Loopback.start(async ({ url }, response) => {
    const moved = url === "/moved";
    response.writeHead(moved ? 302 : 200, moved ? { location: "/goods" } : {}).end("goods");
  });
  await stack.paywall.restart({ upstream: upstream.url });
});

test.afterAll(async ({ stack }) => {
  await stack.paywall.restart({ upstream: null });
  await upstream.stop();
});

test("one payment is made, and is settled by the answer that it covers", core, async ({
  library,
  stack,
}) => {
  const paid = await library.value(async ({ client, url, argument: price }) => {
    const pay = client.fetch({ maxPrice: price, deposit: 5n * price });
    const read = async () => {
      const response = await pay(`${url}/moved`);
      const [channel] = await client.channels();
      const { balance, pending } = channel;
      const [entry] = await client.ledger();
      return { text: await response.text(), balance, pending, outcome: entry.outcome };
    };
    return [await read(), await read()];
  }, PRICE);
  const settled = (balance) => ({ text: "goods", balance, pending: undefined, outcome: "paid" });
  expect(paid).toEqual([settled(PRICE), settled(2n * PRICE)]);
  const sender = await library.value(({ client }) => client.sender);
  expect(await openings(stack, sender)).toBe(1);
});
