// The list of payments that a person can read, and take along as text.
import { core } from "./support/core.mjs";
import { PRICE, expect, isPaid, sumOf, test } from "./support/payer.mjs";

/** Rows of comma-separated values (RFC 4180). */
function parseCsv(text) {
  const cell = /("(?:[^"]|"")*"|[^",\r\n]*)(,|\r\n)/y;
  const rows = [[]];
  while (cell.lastIndex < text.length) {
    const at = cell.lastIndex;
    const match = cell.exec(text);
    if (!match) {
      throw new Error(`This is no CSV: ${text.slice(at)}`);
    }
    const [, value, end] = match;
    rows.at(-1).push(value.startsWith('"') ? value.slice(1, -1).replaceAll('""', '"') : value);
    if (end !== ",") {
      rows.push([]);
    }
  }
  return rows.slice(0, -1);
}

test("three payments are listed, and exported as CSV and as JSON", core, async ({
  payer,
  library,
  line,
  stack,
}) => {
  const paths = ["/doggo.jpg", "/doggo.jpg?list=a,b&quote=%22", "/poem.txt"];
  await payer.open();
  const begin = Date.now();
  for (const path of paths) {
    await payer.served(path);
  }
  const end = Date.now();

  const ledger = await payer.ledger();
  const { openBlock, balance } = await payer.channel();
  const receiver = expect.stringMatching(new RegExp(`^${stack.receiver}$`, "i"));
  expect(ledger).toEqual(
    paths.map((path, index) => ({
      time: expect.any(Number),
      url: line.url + path,
      receiver,
      openBlock,
      amount: PRICE,
      balance: BigInt(index + 1) * PRICE,
      outcome: "paid",
    })),
  );
  const times = ledger.map(({ time }) => time);
  expect(times).toEqual([begin, ...times, end].sort((a, b) => a - b).slice(1, -1));
  expect(sumOf(ledger)).toBe(balance);

  const exported = await library.value(async ({ client }) => ({
    csv: await client.exportLedger("csv"),
    json: await client.exportLedger("json"),
    plain: await client.exportLedger(),
  }));
  expect(exported.plain).toBe(exported.csv);
  const texts = ledger.map((entry) => ({
    ...entry,
    amount: String(entry.amount),
    balance: String(entry.balance),
  }));
  expect(JSON.parse(exported.json)).toEqual(texts);
  const [headings, ...rows] = parseCsv(exported.csv);
  expect(headings).toEqual(Object.keys(ledger[0]));
  expect(rows).toEqual(texts.map((entry) => headings.map((name) => String(entry[name]))));

  const { error } = await library.run(({ client }) => client.exportLedger("xml"));
  expect(error).toMatchObject({ code: "invalid-argument", details: { argument: "format" } });
});

test("an account that never paid has an empty list", async ({ payer, library }) => {
  expect(await payer.ledger()).toEqual([]);
  const exported = await library.value(async ({ client }) => ({
    csv: await client.exportLedger("csv"),
    json: await client.exportLedger("json"),
  }));
  expect(JSON.parse(exported.json)).toEqual([]);
  expect(parseCsv(exported.csv)).toHaveLength(1);
});

test("a payment is listed as unknown while it is on its way", core, async ({ payer, line }) => {
  await payer.open();
  const held = line.hold(isPaid);
  const paying = payer.pay("/doggo.jpg");
  await held.arrived;
  const ledger = await payer.ledger();
  expect(ledger).toMatchObject([{ amount: PRICE, balance: PRICE, outcome: "unknown" }]);
  expect(sumOf(ledger)).toBe(0n);
  await held.release();
  expect(await paying).toMatchObject({ status: 200 });
  expect(await payer.outcomes()).toEqual(["paid"]);
  await payer.expectPaid(PRICE);
});

test("a payment without an outcome stays listed when its channel is forgotten", async ({
  payer,
  library,
}) => {
  await payer.open();
  await payer.served("/doggo.jpg");
  await library.value(async ({ client, argument: price }) => {
    const [channel] = await client.channels();
    await channel.sign(price);
    await channel.forget({ force: true });
  }, PRICE);
  expect(await payer.channels()).toEqual([]);
  expect(await payer.outcomes()).toEqual(["paid", "unknown"]);
});

test("payments by hand are listed as the caller says", async ({ payer, library }) => {
  await payer.open();
  await library.value(async ({ client, argument: price }) => {
    const [channel] = await client.channels();
    await channel.rollback(await channel.sign(price));
    await channel.confirm(await channel.sign(2n * price));
    await channel.sign(3n * price);
  }, PRICE);
  expect(await payer.ledger()).toMatchObject([
    { url: "", amount: PRICE, balance: PRICE, outcome: "refused" },
    { url: "", amount: 2n * PRICE, balance: 2n * PRICE, outcome: "paid" },
    { url: "", amount: 3n * PRICE, balance: 5n * PRICE, outcome: "unknown" },
  ]);
  const { balance, pending, exposure } = await payer.channel();
  expect({ balance, pending, exposure }).toEqual({
    balance: 2n * PRICE,
    pending: 5n * PRICE,
    exposure: 5n * PRICE,
  });
  expect(sumOf(await payer.ledger())).toBe(balance);
});
