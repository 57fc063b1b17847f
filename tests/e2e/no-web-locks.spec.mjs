// A page without a secure connection has no Web Locks: the library says so and keeps to one page.
import { core } from "./support/core.mjs";
import { PRICE, expect, test } from "./support/fixtures.mjs";
import { Library } from "./support/library.mjs";

test("one page pays, a second one is refused", core, async ({ context, library, stack }) => {
  const withLocks = await library.value(({ client }) => client.turns);
  expect(withLocks).toBe("all-tabs");
  await context.addInitScript(() => {
    Object.defineProperty(Navigator.prototype, "locks", { value: undefined });
  });
  const open = async () => Library.alone(await context.newPage(), { stack });
  const [first, second] = [await open(), await open()];
  const pay = async ({ client, url, argument: price }) => {
    const pay = client.payingFetch({ maxPrice: price, deposit: 5n * price });
    const [one, two] = await Promise.all([pay(`${url}/doggo.jpg`), pay(`${url}/doggo.jpg`)]);
    return { turns: client.turns, statuses: [one.status, two.status] };
  };
  // Two calls at once in one page take turns all the same.
  expect(await first.value(pay, PRICE)).toEqual({ turns: "this-page", statuses: [200, 200] });
  const refused = await second.run(pay, PRICE);
  expect(refused.error).toMatchObject({ code: "no-turns", isError: true });
  const balances = await first.value(async ({ client }) =>
    (await client.channels()).map((channel) => channel.balance),
  );
  expect(balances).toEqual([2n * PRICE]);
});
