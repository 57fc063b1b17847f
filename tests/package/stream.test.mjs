// What pays for metered streams, before servers that answer as they like.
import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { payingStream, streamTerms } from "../../pkg/stream.js";

const METER = "https://shop.example/live?rdn-stream=ab";

/** A metered answer of a second at a price of 3, whose pieces are sent by `send`. */
function metered(headers = {}) {
  let controller;
  const body = new ReadableStream({
    start(given) {
      controller = given;
    },
  });
  const all = { "RDN-Price": "3", "RDN-Stream": "?rdn-stream=ab", "RDN-Stream-Interval": "1", "RDN-Stream-Paid": "1" };
  const response = new Response(body, { headers: { ...all, ...headers } });
  Object.defineProperty(response, "url", { value: "https://shop.example/live?topic=rain" });
  return { response, send: (text) => controller.enqueue(new TextEncoder().encode(text)), end: () => controller.close() };
}

/**
 * A client that notes what it is asked for; `answer` is what the meter says to the n-th payment.
 * @param {(count: number) => any} [answer]
 */
function clientOf(stream, answer = () => 204) {
  const asked = [];
  const limits = [];
  return {
    asked,
    limits,
    [Symbol.toStringTag]: "MicroRaiden",
    payingFetch(given) {
      limits.push(given);
      return async (url) => {
        if (url === "/live") return stream.response;
        asked.push(url);
        const status = answer(asked.length);
        if (status instanceof Error) throw status;
        return new Response(null, { status });
      };
    },
  };
}

/** @returns {any} a client as far as it is used. */
const asClient = (client) => client;

const begin = async (client, options = {}) => {
  const response = await payingStream(asClient(client), { maxPrice: 5n, maxTotal: 100n, ...options })("/live");
  if (!response.body) throw new Error("no body");
  return response.body.getReader();
};

test("the terms are those of the same origin, and complete", () => {
  const terms = (headers) => streamTerms(metered(headers).response);
  assert.deepEqual(terms({}), { meter: METER, price: 3n, interval: 1, paid: 1 });
  assert.equal(terms({ "RDN-Stream-Paid": "0" })?.paid, 0);
  for (const headers of [
    { "RDN-Stream": "https://other.example/live?rdn-stream=ab" },
    { "RDN-Stream": "//other.example/live" },
    { "RDN-Stream": "" },
    { "RDN-Price": "-3" },
    { "RDN-Price": "" },
    { "RDN-Stream-Interval": "0" },
    { "RDN-Stream-Interval": "0.001" },
    { "RDN-Stream-Interval": "86401" },
  ]) {
    assert.equal(terms(headers), undefined, JSON.stringify(headers));
  }
});

test("options are checked", () => {
  const client = asClient(clientOf(metered()));
  const wrong = (options, argument) =>
    assert.throws(() => payingStream(client, options), (error) => error.code === "invalid-argument" && error.details.argument === argument);
  wrong({ maxPrice: 5n }, "maxTotal");
  wrong({ maxPrice: 5n, maxTotal: 5 }, "maxTotal");
  wrong({ maxPrice: 5n, maxTotal: 5n, onInterval: 1 }, "onInterval");
  wrong({ maxPrice: 5n, maxTotal: 5n, maxtotal: 5n }, "maxtotal");
});

test("no payment is for more than the first one, or than the limit of all", async () => {
  for (const [options, first, further] of [
    [{ deposit: 9n }, { maxPrice: 5n, deposit: 9n }, { maxPrice: 3n, deposit: 9n }],
    [{ maxTotal: 4n }, { maxPrice: 4n }, { maxPrice: 3n }],
  ]) {
    const client = clientOf(metered());
    await begin(client, options);
    assert.deepEqual(client.limits, [first, further]);
  }
});

test("nothing is paid that nobody reads, and silence is not paid for", async () => {
  const stream = metered();
  const client = clientOf(stream);
  stream.send("one");
  const reader = await begin(client);
  await pause(800);
  assert.deepEqual(client.asked, []);
  await reader.read();
  // A second read waits; the server says nothing any more.
  const waiting = reader.read();
  await pause(3_000);
  assert.deepEqual(client.asked, [`${METER}&interval=2`]);
  await reader.cancel();
  assert.equal((await waiting).done, true);
});

test("a payment that comes too early is repeated, and the end is read in peace", async () => {
  const stream = metered();
  const client = clientOf(stream, (count) => (count === 1 ? 409 : 410));
  stream.send("one");
  const reader = await begin(client);
  await reader.read();
  const waiting = reader.read();
  await pause(2_000);
  assert.deepEqual(client.asked, [`${METER}&interval=2`, `${METER}&interval=2`]);
  stream.send("two");
  assert.equal(new TextDecoder().decode((await waiting).value), "two");
  stream.end();
  assert.equal((await reader.read()).done, true);
});

test("what was paid for is read, then the reading fails as the payment did", async () => {
  for (const [answer, code] of [
    [500, "payment-refused"],
    [Object.assign(new Error("hidden"), { code: "page-hidden" }), "page-hidden"],
  ]) {
    const stream = metered();
    const client = clientOf(stream, () => answer);
    stream.send("one");
    const reader = await begin(client);
    const began = performance.now();
    await reader.read();
    const waiting = reader.read();
    await pause(700);
    stream.send("two");
    assert.equal((await waiting).done, false);
    await assert.rejects(reader.read(), (error) => error.code === code);
    const took = performance.now() - began;
    assert.ok(took > 900 && took < 1_500, `${took}`);
    assert.equal(client.asked.length, 1);
  }
});

test("what comes after that is not read, however late the reader is", async () => {
  const stream = metered();
  const client = clientOf(stream, () => new Error("hidden"));
  stream.send("one");
  const reader = await begin(client);
  await reader.read();
  const waiting = reader.read();
  await pause(700);
  stream.send("two");
  await waiting;
  // Nobody waits while what was paid for ends.
  await pause(600);
  stream.send("three");
  await assert.rejects(reader.read(), /hidden/);
});

test("the limit of all payments ends it", { timeout: 20_000 }, async (t) => {
  const stream = metered();
  const client = clientOf(stream);
  const totals = [];
  const reader = await begin(client, { maxTotal: 8n, onInterval: ({ interval, price, total }) => totals.push([interval, price, total]) });
  const sending = setInterval(() => stream.send("x"), 100);
  t.after(() => clearInterval(sending));
  await assert.rejects(
    async () => {
      for (;;) await reader.read();
    },
    (error) => error.code === "stream-limit" && error.details.total === 9n && error.details.limit === 8n,
  );
  clearInterval(sending);
  assert.deepEqual(totals, [[2, 3n, 6n]]);
});

test("of a repeated request the first interval is paid for at once", async () => {
  const stream = metered({ "RDN-Stream-Paid": "0" });
  const client = clientOf(stream);
  const reader = await begin(client);
  const waiting = reader.read();
  await pause(100);
  assert.deepEqual(client.asked, [`${METER}&interval=1`]);
  stream.send("one");
  assert.equal((await waiting).done, false);
  await reader.cancel();
});
