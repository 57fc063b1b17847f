// Payments with numbers: many of one channel at once, nothing paid twice, and credit that comes back.
import { charged, openings, receiverBalance, stored } from "./support/books.mjs";
import { core } from "./support/core.mjs";
import { PRICE, expect } from "./support/fixtures.mjs";
import { paid, test as base } from "./support/lines.mjs";
import { payMany } from "./support/pay-many.mjs";
import { startWorker } from "./support/worker-page.mjs";

const test = base;

test.beforeEach(async ({ stack }) => stack.paywall.restart({ credit: true, prices: {} }));
test.afterAll(async ({ stack }) => stack.paywall.restart({ credit: true, prices: {} }));

const open = async ({ client, receiver, argument: deposit }) => {
  const { sender, openBlock } = await client.open({ receiver, deposit });
  return { sender, openBlock };
};

/** Asks for the price, which is remembered by the path: what is asked for from here on is paid at once. */
const pay = async ({ client, url, argument: [maxPrice, name] }) => {
  const fetch = client.payingFetch({ maxPrice, origins: [url] });
  const answer = await fetch(`${url}/doggo.jpg?${name}`);
  return { status: answer.status, bytes: (await answer.arrayBuffer()).byteLength };
};

/** Opens a channel and pays in it, so that price and server are known. */
async function begin(library, deposit = 100n * PRICE) {
  const channel = await library.value(open, deposit);
  expect(await library.value(pay, [PRICE, "first"])).toMatchObject({ status: 200 });
  return channel;
}

test("six pictures of one channel are paid for at once", core, async ({ first, stack, line }) => {
  const channel = await begin(first);
  // None of the answers comes before all six requests are under way.
  const held = Array.from({ length: 6 }, () => line.hold(paid));
  const all = first.value(payMany, ["/doggo.jpg?at-once", 6, PRICE]);
  await Promise.all(held.map(({ arrived }) => arrived));
  const waiting = await first.value(async ({ client }) => {
    const [{ inFlight, balance, exposure, remaining }] = await client.channels();
    return { inFlight, balance, exposure, remaining };
  });
  expect(waiting).toEqual({ inFlight: 6, balance: PRICE, exposure: 7n * PRICE, remaining: 93n * PRICE });
  // The last one first.
  for (const { release } of held.toReversed()) await release();
  expect(await all).toBe(6);
  expect(await charged(stack, channel)).toBe(7n * PRICE);
  const { channels, ledger, ends } = await stored(first);
  expect(channels).toMatchObject([{ balance: 7n * PRICE, exposure: 7n * PRICE, pending: undefined }]);
  expect(ledger.map(({ outcome }) => outcome)).toEqual(Array(7).fill("paid"));
  expect(ends).toEqual([]);
});

test("the policy's credit bounds how many are under way", core, async ({ first, stack, line }) => {
  const channel = await first.value(open, 100n * PRICE);
  await first.value(({ client, argument: maxCredit }) => client.setPolicy({ maxCredit }), 2n * PRICE);
  await first.value(pay, [PRICE, "first"]);
  const held = [line.hold(paid), line.hold(paid)];
  const all = first.value(payMany, ["/doggo.jpg?two", 6, PRICE]);
  await Promise.all(held.map(({ arrived }) => arrived));
  const before = line.seen.filter(paid).length;
  const { channels } = await stored(first);
  expect(channels).toMatchObject([{ exposure: 3n * PRICE, balance: PRICE }]);
  // Four more wait for an answer.
  expect(before).toBe(3);
  for (const { release } of held) await release();
  expect(await all).toBe(6);
  expect(await charged(stack, channel)).toBe(7n * PRICE);
});

test("what was under way when its page died is served again for nothing", core, async ({
  first,
  nextPage,
  stack,
  line,
}) => {
  const channel = await begin(first);
  const answer = line.holdAnswer(paid);
  const lost = first.value(pay, [PRICE, "lost"]).catch(() => "died");
  await answer.arrived;
  expect(await charged(stack, channel)).toBe(2n * PRICE);
  const next = await nextPage();
  await first.page.close();
  expect(await lost).toBe("died");
  answer.drop();
  const { channels, ledger, ends } = await stored(next);
  expect(channels).toMatchObject([{ balance: PRICE, exposure: 2n * PRICE }]);
  expect(ledger.map(({ outcome }) => outcome)).toEqual(["paid", "unknown"]);
  expect(ends).toMatchObject([{ kind: "payment" }]);
  // A reload.
  expect(await next.value(pay, [PRICE, "lost"])).toMatchObject({ status: 200 });
  expect(await charged(stack, channel)).toBe(2n * PRICE);
  const after = await stored(next);
  expect(after.channels).toMatchObject([{ balance: 2n * PRICE, exposure: 2n * PRICE }]);
  expect(after.ledger.map(({ outcome }) => outcome)).toEqual(["paid", "paid"]);
  expect(after.ends).toEqual([]);
});

test("what a dead page left is asked about, and never charged for that", async ({
  first,
  nextPage,
  stack,
  line,
}) => {
  const channel = await begin(first);
  // One was served, and the answer lost; the other never reached the server.
  const served = line.holdAnswer(paid);
  const one = first.value(pay, [PRICE, "served"]).catch(() => {});
  await served.arrived;
  const vain = line.hold(paid);
  const other = first.value(pay, [PRICE, "vain"]).catch(() => {});
  await vain.arrived;
  const next = await nextPage();
  await first.page.close();
  await Promise.all([one, other]);
  served.drop();
  vain.drop();
  await next.value(({ client }) => client.resume());
  const { channels, ledger, ends } = await stored(next);
  expect(channels).toMatchObject([{ balance: 2n * PRICE, exposure: 3n * PRICE }]);
  expect(ledger.map(({ outcome }) => outcome)).toEqual(["paid", "taken", "refused"]);
  expect(ends).toEqual([]);
  expect(await charged(stack, channel)).toBe(2n * PRICE);
  // Whoever wants it after all gets what was paid for.
  expect(await next.value(pay, [PRICE, "served"])).toMatchObject({ status: 200 });
  expect(await charged(stack, channel)).toBe(2n * PRICE);
  const after = await stored(next);
  expect(after.channels).toMatchObject([{ balance: 2n * PRICE }]);
  expect(after.ledger.map(({ outcome }) => outcome)).toEqual(["paid", "paid", "refused"]);
});

test("a body that breaks off is fetched again for nothing, also by another page", core, async ({ first, nextPage, stack, line }) => {
  const channel = await begin(first);
  const broken = async ({ client, url, argument: maxPrice }) => {
    const fetch = client.payingFetch({ maxPrice, origins: [url] });
    const answer = await fetch(`${url}/doggo.jpg?broken`);
    const { status, type, redirected } = answer;
    const read = await answer.arrayBuffer().then(({ byteLength }) => byteLength, ({ name }) => name);
    return { status, type, redirected, place: answer.url === `${url}/doggo.jpg?broken`, read };
  };
  line.cutAnswers(paid, 2);
  const cut = { status: 200, type: "cors", redirected: false, place: true, read: "TypeError" };
  expect(await first.value(broken, PRICE)).toEqual(cut);
  expect(await first.value(broken, PRICE)).toEqual(cut);
  await first.page.close();
  const next = await nextPage();
  expect(await next.value(pay, [PRICE, "broken"])).toMatchObject({ status: 200, bytes: 41_494 });
  expect(await charged(stack, channel)).toBe(2n * PRICE);
  // Once it is there it is bought anew, unless the call repeats.
  expect(await next.value(pay, [PRICE, "broken"])).toMatchObject({ status: 200 });
  expect(await charged(stack, channel)).toBe(3n * PRICE);
  const repeats = async ({ client, url, argument: [maxPrice, times] }) => {
    const fetch = client.payingFetch({ maxPrice, origins: [url], repeat: true });
    for (let time = 0; time < times; time += 1) await (await fetch(`${url}/doggo.jpg?again`)).arrayBuffer();
  };
  await next.value(repeats, [PRICE, 3]);
  expect(await charged(stack, channel)).toBe(4n * PRICE);
  const { ledger } = await stored(next);
  expect(ledger.map(({ outcome }) => outcome)).toEqual(Array(4).fill("paid"));
});

test("what nobody reads is read ahead, and a page that dies before it has read a file gets it for nothing", async ({ first, nextPage, stack, line }) => {
  const channel = await begin(first);
  const unread = async ({ client, url, argument: maxPrice }) => {
    const fetch = client.payingFetch({ maxPrice, origins: [url] });
    const answers = [];
    for (let time = 0; time < 20; time += 1) answers.push(await fetch(`${url}/doggo.jpg?unread-${time}`));
    globalThis.unread = answers;
    return answers.length;
  };
  expect(await first.value(unread, PRICE)).toBe(20);
  expect(await charged(stack, channel)).toBe(21n * PRICE);
  const half = line.holdBody(paid);
  const lost = first.value(pay, [PRICE, "half"]).catch(() => "died");
  await half.arrived;
  expect(await charged(stack, channel)).toBe(22n * PRICE);
  await first.page.close();
  expect(await lost).toBe("died");
  const next = await nextPage();
  expect(await next.value(pay, [PRICE, "half"])).toMatchObject({ status: 200 });
  expect(await charged(stack, channel)).toBe(22n * PRICE);
});

test("two calls for one picture take turns, and a lost answer is paid for once", async ({ first, stack, line }) => {
  const channel = await begin(first);
  // More often than one call tries again.
  line.dropAnswers(paid, 3);
  const both = first.value(async ({ client, url, argument: maxPrice }) => {
    const fetch = client.payingFetch({ maxPrice, origins: [url] });
    const one = () => fetch(`${url}/doggo.jpg?both`).then(({ status }) => status, ({ code }) => code);
    return Promise.all([one(), one()]);
  }, PRICE);
  expect(await both).toEqual(["payment-unknown", 200]);
  expect(await charged(stack, channel)).toBe(2n * PRICE);
});

test("two tabs and a worker pay past a line that breaks, and all agree to the unit", async ({
  first,
  nextPage,
  stack,
  line,
}) => {
  await stack.sendTokens(await first.value(({ client }) => client.sender), 100n * PRICE);
  const channel = await begin(first, 200n * PRICE);
  const other = await nextPage();
  const hex = await first.value(async ({ library: { LocalKey } }) => (await LocalKey.load()).toHex());
  const { contract, rpcUrl } = stack;
  const worker = await startWorker(other.page, { contract, rpcUrl, url: line.url, hex }, { storage: true });
  // Every seventh request is lost, and every fifth answer.
  let count = 0;
  const nth = (n) => (exchange) => paid(exchange) && (count += 1) % n === 0;
  line.dropRequests(nth(7), 12);
  line.dropAnswers(nth(5), 16);
  const times = 40;
  const served = await Promise.all([
    first.value(payMany, ["/doggo.jpg?one", times, PRICE]),
    other.value(payMany, ["/doggo.jpg?two", times, PRICE]),
    worker.value(payMany, ["/doggo.jpg?three", times, PRICE]),
  ]);
  expect(served).toEqual([times, times, times]);
  const sum = BigInt(3 * times + 1) * PRICE;
  expect(await charged(stack, channel)).toBe(sum);
  const { channels, ledger } = await stored(first);
  expect(channels).toMatchObject([{ balance: sum, pending: undefined }]);
  expect(ledger.filter(({ outcome }) => outcome === "paid")).toHaveLength(3 * times + 1);
  const [{ inFlight }] = await first.value(async ({ client }) =>
    (await client.channels()).map(({ inFlight: waiting }) => ({ inFlight: waiting })),
  );
  expect(inFlight).toBe(0);
  await worker.stop();
});

test("credit that was not used comes back by closing together", core, async ({ first, stack }) => {
  const channel = await begin(first, 10n * PRICE);
  // It costs less by now: the receiver holds a proof of more than it charges.
  await stack.paywall.restart({ prices: { "/doggo.jpg": "5" } });
  expect(await first.value(pay, [PRICE, "cheaper"])).toMatchObject({ status: 200 });
  const { channels } = await stored(first);
  expect(channels).toMatchObject([{ balance: PRICE + 5n, exposure: 2n * PRICE }]);
  expect(await receiverBalance(stack, channel)).toBe(2n * PRICE);
  expect(await charged(stack, channel)).toBe(PRICE + 5n);
  const before = await stack.tokensOf(stack.receiver);
  const closed = await first.value(async ({ client }) => {
    const [one] = await client.channels();
    const { cooperative, balance } = await one.close({ cooperative: true });
    return { cooperative, balance };
  });
  expect(closed).toEqual({ cooperative: true, balance: PRICE + 5n });
  expect((await stack.tokensOf(stack.receiver)) - before).toBe(PRICE + 5n);
});

test("a server that takes numbers no more is paid as ever", async ({ first, stack }) => {
  const channel = await first.value(open, 100n * PRICE);
  expect(await first.value(payMany, ["/doggo.jpg?numbered", 5, PRICE])).toBe(5);
  await stack.paywall.restart({ credit: false });
  expect(await first.value(payMany, ["/doggo.jpg?plain", 3, PRICE])).toBe(3);
  expect(await receiverBalance(stack, channel)).toBe(8n * PRICE);
  await stack.paywall.restart({ credit: true });
  expect(await first.value(payMany, ["/doggo.jpg?again", 3, PRICE])).toBe(3);
  expect(await charged(stack, channel)).toBe(11n * PRICE);
  const { channels } = await stored(first);
  expect(channels).toMatchObject([{ balance: 11n * PRICE, exposure: 11n * PRICE }]);
  expect(await openings(stack, channel.sender)).toBe(1);
});
