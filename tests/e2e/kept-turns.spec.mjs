// A page keeps the lock of a channel over payments that follow each other, and gives it back when
// another page asks.
import { core } from "./support/core.mjs";
import { PRICE, expect, test } from "./support/fixtures.mjs";
import { Library } from "./support/library.mjs";

const open = ({ client, receiver, argument: deposit }) =>
  client.open({ receiver, deposit }).then(({ openBlock }) => openBlock);

const payOnce = ({ client, url, argument: price }) =>
  client.payingFetch({ maxPrice: price })(`${url}/doggo.jpg`).then(({ status }) => status);

test("payments that follow each other ask for a lock less often than they are", core, async ({
  library,
}) => {
  await library.value(open, 20n * PRICE);
  const asked = await library.value(async ({ client, url, argument: price }) => {
    let count = 0;
    const request = LockManager.prototype.request;
    LockManager.prototype.request = function (name, ...rest) {
      count += name.startsWith("microraiden:channel:") ? 1 : 0;
      return request.call(this, name, ...rest);
    };
    const pay = client.payingFetch({ maxPrice: price });
    for (let i = 0; i < 10; i++) {
      await pay(`${url}/doggo.jpg`);
    }
    return count;
  }, PRICE);
  expect(asked).toBeLessThan(10);
});

test("a lock that a page keeps is given back when another page asks", async ({
  context,
  library,
  stack,
  wallet,
}) => {
  const locks = () =>
    library.page.evaluate(async () => {
      const { held } = await navigator.locks.query();
      // That of the channel, not those of its payments and their bodies.
      return held.map(({ name }) => name).filter((name) => /^microraiden:channel:.*:\d+$/.test(name) && !/:(payment|body):/.test(name));
    });
  await library.value(open, 5n * PRICE);
  const other = await Library.alone(await context.newPage(), { stack, wallet });
  // The receiver knows the channel once it took a payment; without a clock nobody waits for it.
  expect(await library.value(payOnce, PRICE)).toBe(200);
  await expect.poll(locks).toEqual([]);
  // From here on the first page has no clock by which it could give a lock back.
  await library.page.evaluate(() => void (window.setTimeout = /** @type {any} */ (() => 0)));
  expect(await library.value(payOnce, PRICE)).toBe(200);
  expect(await locks()).toHaveLength(1);
  expect(await other.value(payOnce, PRICE)).toBe(200);
});
