// What a person lets pages spend, in all tabs.
import { PRICE, expect } from "./support/fixtures.mjs";
import { Library } from "./support/library.mjs";
import { books, isPaid, payOnce, test } from "./support/with-line.mjs";

const P = PRICE;

/** A policy that forbids the next payment, and what it is then refused with. */
const rules = {
  "payments-stopped": { stopped: true },
  "wrong-receiver": { receivers: [`0x${"22".repeat(20)}`] },
  "wrong-contract": { contracts: [] },
  "price-above-limit": { maxPrice: `${P - 1n}` },
  "budget-exceeded": { dailyBudget: `${2n * P - 1n}` },
  "rate-exceeded": { maxRate: { payments: 1, seconds: 3600 } },
  "page-hidden": { pauseWhenHidden: true },
};

for (const [code, rule] of Object.entries(rules)) {
  test(`${code}: set in one tab, it holds in the other before anything is signed`, async ({
    context,
    payer,
    line,
    stack,
  }) => {
    expect(await payer.value(payOnce, P)).toBe(200);
    const other = await Library.alone(await context.newPage(), { stack });
    await other.page.evaluate((given) => (window.rule = given), rule);
    await other.value(async ({ client }) => {
      const amounts = ["maxPrice", "maxDeposit", "dailyBudget"];
      const read = ([name, value]) => [name, amounts.includes(name) ? BigInt(value) : value];
      await client.setPolicy(Object.fromEntries(Object.entries(window.rule).map(read)));
    });
    await expect
      .poll(() => payer.value(async ({ client }) => Object.keys(await client.policy()).length))
      .toBeGreaterThanOrEqual(2);
    if (code === "page-hidden") {
      await payer.page.evaluate(() =>
        Object.defineProperty(Document.prototype, "visibilityState", { get: () => "hidden" }),
      );
    }
    const before = await payer.value(books);
    const sent = line.seen.filter(isPaid).length;
    const { error } = await payer.run(payOnce, P);
    expect(error).toMatchObject({ code, name: "MicroRaidenError", isError: true });
    if (code === "budget-exceeded") {
      expect(error.details).toMatchObject({ budget: 2n * P - 1n, left: P - 1n, origin: line.url });
    }
    expect(line.seen.filter(isPaid)).toHaveLength(sent);
    expect(await payer.value(books)).toEqual(before);
    // Without the rule it goes on.
    await other.value(({ client }) => client.setPolicy({}));
    await expect
      .poll(() => payer.value(async ({ client }) => Object.keys(await client.policy()).length))
      .toBe(2);
    expect(await payer.value(payOnce, P)).toBe(200);
  });
}

test("a price far above the one last paid is refused", async ({ payer, stack }) => {
  expect(await payer.value(payOnce, P)).toBe(200);
  await payer.value(({ client }) => client.setPolicy({ maxPriceRise: 50 }));
  await stack.paywall.restart({ price: String(2n * P) });
  try {
    const dear = async ({ client, url, argument: price }) =>
      (await client.fetch({ maxPrice: price, priceAge: 0 })(`${url}/doggo.jpg`)).status;
    const { error } = await payer.run(dear, 2n * P);
    expect(error).toMatchObject({ code: "price-rise", details: { before: P, price: 2n * P } });
    expect((await payer.value(books)).exposure).toBe(P);
  } finally {
    await stack.paywall.restart({ price: String(P) });
  }
});

test("no channel holds more than the policy allows, opened or topped up", async ({ payer }) => {
  const refused = await payer.value(async ({ client, receiver, argument: price }) => {
    await client.setPolicy({ maxDeposit: 3n * price });
    const codes = [];
    const note = (error) => codes.push([error.code, error.details.deposit]);
    await client.open({ receiver, deposit: 4n * price }).catch(note);
    const channel = await client.open({ receiver, deposit: 2n * price });
    await channel.topUp(2n * price).catch(note);
    await channel.topUp(price);
    return { codes, deposit: channel.deposit };
  }, P);
  expect(refused).toEqual({
    codes: [
      ["deposit-above-limit", 4n * P],
      ["deposit-above-limit", 4n * P],
    ],
    deposit: 3n * P,
  });
});

test("the stop switch stops signing by hand, too, until it is off", async ({ payer }) => {
  const codes = await payer.value(async ({ client, receiver }) => {
    const channel = await client.open({ receiver, deposit: 10n });
    await client.stop();
    const stopped = await channel.sign(1n).catch((error) => error.code);
    await client.stop(false);
    return [stopped, (await channel.sign(1n)).balance];
  });
  expect(codes).toEqual(["payments-stopped", 1n]);
});

test("the stop switch holds back a payment without an answer, too", async ({ payer, line }) => {
  line.dropRequests((exchange) => isPaid(exchange), 3);
  expect((await payer.run(payOnce, P)).error.code).toBe("payment-unknown");
  await payer.value(({ client }) => client.stop());
  const sent = line.seen.filter(isPaid).length;
  expect((await payer.run(payOnce, P)).error.code).toBe("payments-stopped");
  expect(line.seen.filter(isPaid)).toHaveLength(sent);
  await payer.value(({ client }) => client.stop(false));
  expect(await payer.value(payOnce, P)).toBe(200);
});

test("a policy that can't be read allows nothing", async ({ page, payer, line }) => {
  expect(await payer.value(payOnce, P)).toBe(200);
  await payer.value(({ client }) => client.setPolicy({ maxPrice: 1n }));
  await page.evaluate(() => {
    const names = Object.keys(localStorage);
    const name = names.find((name) => name.startsWith("microraiden:policy:"));
    localStorage.setItem(name, localStorage.getItem(name).slice(0, -5));
  });
  const sent = line.seen.filter(isPaid).length;
  const { error } = await payer.run(payOnce, P);
  expect(error).toMatchObject({ code: "policy-unreadable", isError: true });
  expect(line.seen.filter(isPaid)).toHaveLength(sent);
  await payer.value(({ client }) => client.setPolicy({}));
  expect(await payer.value(payOnce, P)).toBe(200);
});

test("the list of payments adds up, and can be taken along", async ({ payer, line }) => {
  for (let payment = 0; payment < 3; payment++) {
    expect(await payer.value(payOnce, P)).toBe(200);
  }
  const { ledger, balance, csv, json, now } = await payer.value(async ({ client }) => ({
    ledger: await client.ledger(),
    balance: (await client.channels())[0].balance,
    csv: await client.exportLedger("csv"),
    json: await client.exportLedger("json"),
    now: Date.now(),
  }));
  expect(ledger.map(({ amount }) => amount)).toEqual([P, P, P]);
  expect(ledger.map((entry) => entry.balance)).toEqual([P, 2n * P, 3n * P]);
  const url = `${line.url}/doggo.jpg`;
  expect(ledger.filter((e) => e.outcome === "paid" && e.url === url)).toHaveLength(3);
  expect(ledger.reduce((sum, { amount }) => sum + amount, 0n)).toBe(balance);
  expect(Math.abs(now - ledger[2].time)).toBeLessThan(60_000);
  const rows = csv.trim().split("\r\n");
  expect(rows[0]).toBe("time,url,receiver,openBlock,amount,balance,outcome");
  expect(rows).toHaveLength(4);
  const parsed = JSON.parse(json);
  expect(parsed.map((entry) => entry.amount)).toEqual([P, P, P].map(String));
  parsed.forEach((entry, index) => {
    const { time, receiver, openBlock, amount, outcome } = entry;
    const row = `${time},"${url}",${receiver},${openBlock},${amount},${entry.balance},${outcome}`;
    expect(rows[index + 1]).toBe(row);
  });
});
