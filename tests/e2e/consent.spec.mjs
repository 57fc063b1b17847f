// A price can be asked for without paying, and a caller can be asked before each payment.
import { core } from "./support/core.mjs";
import { DEPOSIT, PRICE, expect, test } from "./support/payer.mjs";

/** In the page: pays twice, with an `onPaymentRequired` that answers as told; what it was asked, and what came. */
const payAsking = async ({ client, stack, argument: { answers, limits } }) => {
  const asked = [];
  const pay = client.payingFetch({
    ...limits,
    async onPaymentRequired({ channel, ...quote }) {
      asked.push({ ...quote, openBlock: channel?.openBlock });
      await Promise.resolve();
      const answer = answers[asked.length - 1];
      if (answer === "throw") throw new Error("not now");
      return answer;
    },
  });
  const outcomes = [];
  while (outcomes.length < answers.length) {
    const outcome = await pay(`${stack.url}/doggo.jpg`).then(
      ({ status }) => status,
      ({ code, details, cause }) => ({ code, details, cause: cause?.message }),
    );
    outcomes.push(outcome);
  }
  return { asked, outcomes };
};

test("a caller is asked before a channel is opened, and before each payment", core, async ({ library, payer, stack }) => {
  const limits = { maxPrice: PRICE, deposit: DEPOSIT };
  const work = { answers: [false, "throw", "yes", true, true], limits };
  const { asked, outcomes } = await library.with({ stack: { url: stack.url } }).value(payAsking, work);
  const declined = { code: "payment-declined", details: { price: PRICE } };
  expect(outcomes).toEqual([
    { ...declined, cause: undefined },
    { code: "payment-declined", details: {}, cause: "not now" },
    { code: "invalid-argument", details: { argument: "onPaymentRequired" }, cause: undefined },
    200,
    200,
  ]);
  const { openBlock, balance } = await payer.channel();
  expect(balance).toBe(2n * PRICE);
  const { token } = await library.value(({ client: { token } }) => ({ token }));
  const quote = { url: `${stack.url}/doggo.jpg`, price: PRICE, token, receiver: stack.receiver };
  const opening = { ...quote, deposit: DEPOSIT, openBlock: undefined };
  expect(asked).toEqual([opening, opening, opening, opening, { ...quote, openBlock }]);
});

test("a declined payment leaves nothing behind", async ({ library, payer, stack }) => {
  await payer.open();
  const before = await payer.channel();
  const work = { answers: [false], limits: { maxPrice: PRICE } };
  await library.with({ stack: { url: stack.url } }).value(payAsking, work);
  expect(await payer.channel()).toEqual(before);
  expect(await payer.ledger()).toEqual([]);
});

test("a quote tells the price and the channel, and pays nothing", core, async ({ library, payer, stack }) => {
  const quoted = (path) =>
    library.with({ url: stack.url + path }).value(async ({ client, url }) => {
      const quote = await client.quote(url);
      return quote && { ...quote, channel: quote.channel?.openBlock };
    });
  const { token } = await library.value(({ client: { token } }) => ({ token }));
  const quote = { url: `${stack.url}/doggo.jpg`, price: PRICE, token, receiver: stack.receiver };
  expect(await quoted("/doggo.jpg")).toEqual({ ...quote, channel: undefined });
  await payer.open();
  const { openBlock } = await payer.channel();
  expect(await quoted("/doggo.jpg")).toEqual({ ...quote, channel: openBlock });
  expect(await quoted("/js/microraiden/index.js")).toBeUndefined();
  expect((await payer.channel()).balance).toBe(0n);
});

test("limits are what a paying fetch is made of", async ({ library, stack }) => {
  const refused = (how) =>
    library.with({ url: stack.url, how }).value(({ client, url, how }) => {
      const input = { text: url, url: new URL(url), request: new Request(url) }[how];
      try {
        client.payingFetch(input);
        return "made";
      } catch ({ code, message }) {
        return `${code}: ${message}`;
      }
    });
  const alias = await library.value(({ client }) => client.fetch === client.payingFetch);
  expect(alias).toBe(true);
  for (const how of ["text", "url", "request"]) {
    expect(await refused(how)).toMatch(/^invalid-argument: .*client\.payingFetch\(\{ maxPrice \}\)/);
  }
});
