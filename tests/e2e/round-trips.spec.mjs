// How many requests a payment takes: a price that was paid before goes with the first one.
import { core } from "./support/core.mjs";
import { withoutNumbers } from "./support/fixtures.mjs";
import { PRICE, expect, isPaid, proofsIn, test } from "./support/payer.mjs";

const CHEAP = "/doggo.jpg";
const DEAR = "/poem.txt";
const RISEN = PRICE + 7n;

test.beforeAll(({ stack }) => stack.paywall.restart({ prices: { [DEAR]: String(RISEN) } }));
test.afterAll(({ stack }) => stack.paywall.restart({ prices: {} }));

/** Whether each request since the last time carried a payment. */
function trips(line) {
  return line.seen.splice(0).map(isPaid);
}

test("the first payment takes two requests, the next ones take one each", core, async ({
  payer,
  line,
  page,
}) => {
  await payer.open();
  await payer.served(CHEAP);
  expect(trips(line)).toEqual([false, true]);
  await payer.expectPaid(PRICE);
  for (const [count, path] of [CHEAP, `${CHEAP}?size=large`].entries()) {
    await payer.served(path);
    expect(trips(line)).toEqual([true]);
    await payer.expectPaid(BigInt(2 + count) * PRICE);
  }
  await page.reload();
  await payer.served(CHEAP);
  expect(trips(line)).toEqual([true]);
  await payer.expectPaid(4n * PRICE);
});

test("each path and each method has its own price", async ({ payer, line }) => {
  const limits = { maxPrice: RISEN };
  await payer.open();
  await payer.served(CHEAP);
  await payer.served(DEAR, limits);
  await payer.pay(CHEAP, limits, { method: "HEAD" });
  expect(trips(line)).toEqual([false, true, false, true, false, true]);
  await payer.served(DEAR, limits);
  await payer.served(CHEAP);
  expect(trips(line)).toEqual([true, true]);
  await payer.expectPaid(3n * PRICE + 2n * RISEN);
});

test("a price that was paid is not sent unasked if it must not have any age", async ({
  payer,
  line,
}) => {
  await payer.open();
  for (const count of [1n, 2n]) {
    await payer.served(CHEAP, { priceAge: 0 });
    expect(trips(line)).toEqual([false, true]);
    await payer.expectPaid(count * PRICE);
  }
  await payer.served(CHEAP);
  expect(trips(line)).toEqual([true]);
});

test("a price above the limit is not sent, although it was paid before", core, async ({
  payer,
  line,
}) => {
  await payer.open();
  await payer.served(CHEAP);
  trips(line);
  const { code, details } = await payer.pay(CHEAP, { maxPrice: PRICE - 1n });
  expect({ code, ...details }).toEqual({
    code: "price-above-limit",
    price: PRICE,
    limit: PRICE - 1n,
  });
  expect(trips(line)).toEqual([false]);
  await payer.expectPaid(PRICE);
});

test.describe("where payments have no numbers", () => {
  // With one a proof for more than the price is credit.
  withoutNumbers();

  for (const [kind, path, instead, before, after] of /** @type {Table} */ ([
    ["rose", CHEAP, DEAR, PRICE, RISEN],
    ["fell", DEAR, CHEAP, RISEN, PRICE],
  ])) {
    test(`a price that ${kind} costs one more request, once`, async ({ payer, line }) => {
      const limits = { maxPrice: RISEN };
      await payer.open();
      await payer.served(path, limits);
      trips(line);

      line.detour(path, instead);
      await payer.served(path, limits);
      expect(proofsIn(line.seen).map(({ balance }) => balance)).toEqual([
        2n * before,
        before + after,
      ]);
      expect(trips(line)).toEqual([true, true]);
      expect(await payer.counted()).toBe(before + after);
      expect(await payer.outcomes()).toEqual(["paid", "refused", "paid"]);

      await payer.served(path, limits);
      expect(trips(line)).toEqual([true]);
      await payer.expectPaid(before + 2n * after);
    });
  }
});

test("a price that rose above the limit is not paid", async ({ payer, line }) => {
  await payer.open();
  await payer.served(CHEAP);
  trips(line);

  line.detour(CHEAP, DEAR);
  for (const attempt of [1, 2]) {
    const { code, details } = await payer.pay(CHEAP);
    expect({ attempt, code, ...details }).toEqual({
      attempt,
      code: "price-above-limit",
      price: RISEN,
      limit: PRICE,
    });
    // The proof of the old price went, and nothing was signed after it.
    expect(proofsIn(line.seen).map(({ balance }) => balance)).toEqual([2n * PRICE]);
    expect(trips(line)).toEqual([true]);
    expect(await payer.counted()).toBe(PRICE);
    const { balance, pending, exposure } = await payer.channel();
    expect({ balance, pending, exposure }).toEqual({ balance: PRICE, exposure: 2n * PRICE });
  }

  await payer.served(CHEAP, { maxPrice: RISEN });
  await payer.expectPaid(PRICE + RISEN);
});
