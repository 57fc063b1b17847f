// How many requests a payment takes.
import { receiverBalance } from "./support/books.mjs";
import { asksFor } from "./support/broken-line.mjs";
import { PRICE, expect } from "./support/fixtures.mjs";
import { PATH, books, isPaid, payOnce, test } from "./support/with-line.mjs";

/** What a payment adds to the requests for the file: `p` paid, `-` unpaid. */
async function requestsOf(payer, line, work, argument) {
  const before = line.seen.length;
  const { value, error } = await payer.run(work, argument);
  const asked = line.seen.slice(before).filter(asksFor(PATH));
  return { value, code: error?.code, requests: asked.map((a) => (isPaid(a) ? "p" : "-")).join("") };
}

test("two for the first payment, one for each after it", async ({ payer, line, stack }) => {
  const first = await requestsOf(payer, line, payOnce, PRICE);
  expect(first.value).toBe(200);
  // The receiver may have to see the new channel first.
  expect(first.requests).toMatch(/^-p+$/);
  for (let payment = 2n; payment <= 6n; payment++) {
    const next = await requestsOf(payer, line, payOnce, PRICE);
    expect(next).toEqual({ value: 200, code: undefined, requests: "p" });
    const { balance, ...channel } = await payer.value(books);
    expect(balance).toBe(payment * PRICE);
    expect(await receiverBalance(stack, channel)).toBe(balance);
  }
});

test("asked each time where that is wished", async ({ payer, line }) => {
  await payer.value(payOnce, PRICE);
  const asking = async ({ client, url, argument: price }) =>
    (await client.fetch({ maxPrice: price, priceAge: 0 })(`${url}/doggo.jpg`)).status;
  const next = await requestsOf(payer, line, asking, PRICE);
  expect(next).toEqual({ value: 200, code: undefined, requests: "-p" });
});

for (const [name, price] of Object.entries({ lower: PRICE - 2n, higher: PRICE + 2n })) {
  test(`a ${name} price costs one more, and nothing else`, async ({ payer, line, stack }) => {
    await payer.value(payOnce, PRICE);
    const signature = line.seen.filter(isPaid).at(-1).headers["rdn-balance-signature"];
    // The receiver's own answer, with another price; the payment is judged by it.
    const seen = [];
    await payer.page.route(
      (url) => url.pathname === PATH,
      async (route) => {
        const headers = await route.request().allHeaders();
        const balance = headers["rdn-balance"];
        seen.push(balance);
        const shown = seen.length === 1;
        await route.fulfill({
          status: shown ? 402 : 200,
          headers: {
            "access-control-allow-origin": "*",
            "access-control-expose-headers": "*",
            "RDN-Contract-Address": stack.contract,
            "RDN-Receiver-Address": stack.receiver,
            "RDN-Price": String(price),
            "RDN-Sender-Balance": String(PRICE),
            "RDN-Balance-Signature": signature,
            ...(shown ? { "RDN-Invalid-Amount": "1" } : {}),
          },
        });
      },
    );
    const { value } = await payer.run(payOnce, PRICE + 2n);
    expect(value).toBe(200);
    expect(seen).toEqual([String(2n * PRICE), String(PRICE + price)]);
    const { balance, exposure, outcomes } = await payer.value(books);
    const highest = price > PRICE ? PRICE + price : 2n * PRICE;
    expect({ balance, exposure, outcomes }).toEqual({
      balance: PRICE + price,
      exposure: highest,
      outcomes: ["paid", "refused", "paid"],
    });
  });
}

test("a price above the limit is not signed, whatever was remembered", async ({
  payer,
  line,
  stack,
}) => {
  await payer.value(payOnce, PRICE);
  await stack.paywall.restart({ price: String(PRICE + 1n) });
  try {
    // The receiver keeps nothing over a restart, so it is asked for a fresh file.
    const asking = async ({ client, url, argument: price }) =>
      (await client.fetch({ maxPrice: price, priceAge: 0 })(`${url}/doggo.jpg`)).status;
    const { code, requests } = await requestsOf(payer, line, asking, PRICE);
    expect({ code, requests }).toEqual({ code: "price-above-limit", requests: "-" });
    expect((await payer.value(books)).exposure).toBe(PRICE);
  } finally {
    await stack.paywall.restart({ price: String(PRICE) });
  }
});
