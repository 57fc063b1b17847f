// A person's rules: set in one tab, they hold in every tab, before anything is signed or sent.
import { getAddress } from "viem";
import { core, coreIf } from "./support/core.mjs";
import { Library } from "./support/library.mjs";
import { DEPOSIT, PRICE, Payer, expect, isPaid, test as base } from "./support/payer.mjs";

const FILE = "/doggo.jpg";
const DEAR = "/poem.txt";
/** Just above ten percent more. */
const RISEN = PRICE + PRICE / 10n + 1n;
const SOMEBODY = getAddress("0x00000000000000000000000000000000000000aa");

/** @type {import("../types/fixtures.d.ts").PolicyTest} */
const test = base.extend({
  /** Sets the policy in the first tab. */
  setPolicy: async ({ library }, use) => {
    const work = ({ client, argument }) => client.setPolicy(argument);
    await use((policy) => library.value(work, policy));
  },

  otherPage: async ({ library, context }, use) => {
    // The first tab has made the key by now, which the second one loads.
    await library.value(() => {});
    await use(await context.newPage());
  },

  /** A second tab of the same browser. */
  other: async ({ otherPage, stack, line }, use) => {
    await use(new Payer(await Library.alone(otherPage, { stack }), stack, line.url));
  },
});

test.beforeAll(({ stack }) => stack.paywall.restart({ prices: { [DEAR]: String(RISEN) } }));
test.afterAll(({ stack }) => stack.paywall.restart({ prices: {} }));

/** Expects a payment to be refused before it is signed, and before it leaves. */
async function expectRefused(payer, line, expected, options) {
  const before = await payer.channels();
  line.seen.splice(0);
  const { code, details, events } = await payer.pay(FILE, options);
  expect({ code, ...details }).toEqual(expected);
  expect(line.seen.filter(isPaid)).toEqual([]);
  expect(events.filter(({ type }) => type === "sent")).toEqual([]);
  expect(await payer.channels()).toEqual(before);
}

/** A policy as it is stored, which allows everything but for what is changed. */
function policyText(change) {
  return JSON.stringify({ version: 1, stopped: false, pauseWhenHidden: false, ...change });
}

/** @type {{ policy: object, expected: (place: any) => object, wider: (place: any) => object }[]} */
const RULES = [
  {
    policy: { receivers: [SOMEBODY] },
    expected: ({ stack }) => ({ code: "wrong-receiver", asked: getAddress(stack.receiver) }),
    wider: ({ stack }) => ({ receivers: [SOMEBODY, stack.receiver] }),
  },
  {
    policy: { contracts: [] },
    expected: ({ stack }) => ({ code: "wrong-contract", asked: getAddress(stack.contract) }),
    wider: ({ stack }) => ({ contracts: [stack.contract] }),
  },
  {
    policy: { maxPrice: PRICE - 1n },
    expected: () => ({ code: "price-above-limit", price: PRICE, limit: PRICE - 1n }),
    wider: () => ({ maxPrice: PRICE }),
  },
  {
    policy: { dailyBudget: 2n * PRICE - 1n },
    expected: ({ line }) => ({
      code: "budget-exceeded",
      origin: line.url,
      budget: 2n * PRICE - 1n,
      left: PRICE - 1n,
    }),
    wider: () => ({ dailyBudget: 2n * PRICE }),
  },
  {
    policy: { maxRate: { payments: 1, seconds: 3_600 } },
    expected: () => ({ code: "rate-exceeded", payments: 1, seconds: 3_600 }),
    wider: () => ({ maxRate: { payments: 2, seconds: 3_600 } }),
  },
  {
    policy: { stopped: true },
    expected: () => ({ code: "payments-stopped" }),
    wider: () => ({ stopped: false }),
  },
];

for (const { policy, expected, wider } of RULES) {
  const [rule] = Object.keys(policy);
  test(`${rule} holds in the other tab, until the rule is wider`, coreIf(rule === "maxPrice"), async ({
    setPolicy,
    other,
    line,
    stack,
  }) => {
    await other.open();
    await other.served(FILE);
    await setPolicy(policy);
    expect(await other.policy()).toEqual({ stopped: false, pauseWhenHidden: false, ...policy });
    await expectRefused(other, line, expected({ stack, line }));
    await expectRefused(other, line, expected({ stack, line }), { priceAge: 0 });

    await setPolicy(wider({ stack }));
    await other.served(FILE);
    await other.expectPaid(2n * PRICE);
  });
}

test("the stop switch: nothing is signed, opened or topped up in any tab", core, async ({
  library,
  payer,
  other,
  line,
}) => {
  const stopped = { code: "payments-stopped" };
  await library.value(({ client }) => client.stop());
  await expectRefused(other, line, stopped);
  await library.value(({ client }) => client.stop(false));
  await other.open();
  await library.value(({ client }) => client.stop());
  await expectRefused(other, line, stopped);
  await expectRefused(payer, line, stopped);
  const codes = await library.value(async ({ client, argument }) => {
    const [channel] = await client.channels();
    const code = (work) => work.then(() => "none", (error) => error.code);
    return [await code(channel.sign(argument)), await code(channel.topUp(argument))];
  }, PRICE);
  expect(codes).toEqual(["payments-stopped", "payments-stopped"]);
  expect(await payer.channel()).toMatchObject({ deposit: DEPOSIT, exposure: 0n });

  await library.value(({ client }) => client.stop(false));
  await other.served(FILE);
  await other.expectPaid(PRICE);
});

test("the stop switch holds back a payment without an answer, too", async ({
  library,
  payer,
  other,
  line,
}) => {
  await payer.open();
  line.dropRequests(isPaid, 3);
  expect(await payer.pay(FILE)).toMatchObject({ code: "payment-unknown" });
  await library.value(({ client }) => client.stop());
  await expectRefused(other, line, { code: "payments-stopped" });
  await library.value(({ client }) => client.stop(false));
  await other.served(FILE);
  await other.expectPaid(PRICE);
});

test("a budget is one for all tabs, and one for each origin", core, async ({
  setPolicy,
  library,
  payer,
  other,
  line,
  stack,
}) => {
  await payer.open();
  await setPolicy({ dailyBudget: 2n * PRICE });
  await payer.served(FILE);
  await other.served(FILE);
  const spent = { code: "budget-exceeded", origin: line.url, budget: 2n * PRICE, left: 0n };
  await expectRefused(payer, line, spent);
  await expectRefused(other, line, spent);
  await new Payer(library, stack, stack.url).served(FILE, { origins: [stack.url] });
  await payer.expectPaid(3n * PRICE);
});

test("a rate lets the next payment pass when its time is over", async ({
  setPolicy,
  payer,
  other,
  line,
}) => {
  await payer.open();
  await setPolicy({ maxRate: { payments: 1, seconds: 3 } });
  await payer.served(FILE);
  await expectRefused(other, line, { code: "rate-exceeded", payments: 1, seconds: 3 });
  await expect.poll(() => other.pay(FILE).then(({ status }) => status)).toBe(200);
  await payer.expectPaid(2n * PRICE);
});

test("a price that rises more than allowed is not paid", async ({ setPolicy, other, line }) => {
  await other.open();
  await other.served(FILE);
  await setPolicy({ maxPriceRise: 10 });
  line.detour(FILE, DEAR);
  const expected = { code: "price-rise", before: PRICE, price: RISEN };
  await expectRefused(other, line, expected, { maxPrice: RISEN, priceAge: 0 });
  // The price that was paid before goes unasked, and is all that does.
  expect(await other.pay(FILE, { maxPrice: RISEN })).toMatchObject({ code: "price-rise" });
  expect(await other.channel()).toMatchObject({ balance: PRICE, exposure: 2n * PRICE });
  await setPolicy({ maxPriceRise: 11 });
  await other.served(FILE, { maxPrice: RISEN, priceAge: 0 });
  await other.expectPaid(PRICE + RISEN);
});

test("a hidden page does not pay, and one that is seen does", async ({
  setPolicy,
  payer,
  other,
  otherPage,
  line,
}) => {
  await other.open();
  await setPolicy({ pauseWhenHidden: true });
  const show = (visibilityState) =>
    otherPage.evaluate((value) => {
      Object.defineProperty(document, "visibilityState", { value, configurable: true });
    }, visibilityState);
  await show("hidden");
  await expectRefused(other, line, { code: "page-hidden" });
  await payer.served(FILE);
  await show("visible");
  await other.served(FILE);
  await other.expectPaid(2n * PRICE);
});

test("a channel does not come to hold more than allowed", async ({
  setPolicy,
  library,
  other,
  line,
  stack,
}) => {
  const locked = await stack.tokensOf(stack.contract);
  await setPolicy({ maxDeposit: 2n * PRICE });
  const above = (deposit) => ({ code: "deposit-above-limit", deposit, limit: 2n * PRICE });
  await expectRefused(other, line, above(2n * PRICE + 1n), { deposit: 2n * PRICE + 1n });
  const topUp = PRICE + 1n;
  await other.served(FILE, { deposit: PRICE });
  await expectRefused(other, line, above(2n * PRICE + 1n), { topUp });
  const { error } = await library.run(async ({ client, argument }) => {
    const [channel] = await client.channels();
    await channel.topUp(argument);
  }, topUp);
  expect({ code: error.code, ...error.details }).toEqual(above(2n * PRICE + 1n));
  expect(await stack.tokensOf(stack.contract)).toBe(locked + PRICE);

  await other.served(FILE, { topUp: PRICE });
  await other.expectPaid(2n * PRICE);
  expect(await stack.tokensOf(stack.contract)).toBe(locked + 2n * PRICE);
});

for (const [kind, name, text] of [
  ["policy that is cut off", "policy", '{"version":1,"stopped":fal'],
  ["policy of a later version", "policy", policyText({ version: 2 })],
  ["policy that lacks the stop switch", "policy", policyText({ stopped: undefined })],
  ["policy with a number for an amount", "policy", policyText({ maxPrice: 5 })],
  ["count of what was spent", "spending", "[]"],
]) {
  test(`a damaged ${kind}: nothing is paid by it`, coreIf(kind === "policy that is cut off"), async ({
    setPolicy,
    library,
    other,
    otherPage,
    line,
    stack,
  }) => {
    await other.open();
    await setPolicy({ dailyBudget: DEPOSIT });
    await other.served(FILE);
    const sender = await library.value(({ client }) => client.sender.toLowerCase());
    const key = `microraiden:${name}:${stack.chainId}:${sender}`;
    const store = (value) =>
      otherPage.evaluate(([at, damaged]) => {
        const before = localStorage.getItem(at);
        localStorage.setItem(at, damaged);
        return before;
      }, [key, value]);
    const whole = await store(text);
    expect(whole).not.toBeNull();
    await expectRefused(other, line, { code: "policy-unreadable" });

    await store(whole);
    await other.served(FILE);
    await other.expectPaid(2n * PRICE);
  });
}

for (const rule of [{ dailyBudget: 2n * PRICE }, { maxRate: { payments: 2, seconds: 3_600 } }]) {
  const [name] = Object.keys(rule);
  test(`${name}: a lost count is made anew from the list of payments`, async ({
    setPolicy,
    other,
    otherPage,
    line,
  }) => {
    await other.open();
    await setPolicy(rule);
    await other.served(FILE);
    await other.served(FILE);
    const lost = await otherPage.evaluate(() => {
      const names = Object.keys(localStorage);
      const counts = names.filter((key) => key.startsWith("microraiden:spending:"));
      counts.forEach((count) => localStorage.removeItem(count));
      return counts.length;
    });
    expect(lost).toBe(1);
    const code = name === "maxRate" ? "rate-exceeded" : "budget-exceeded";
    expect(await other.pay(FILE)).toMatchObject({ code });
    expect(line.seen.filter(isPaid)).toHaveLength(2);
    await other.expectPaid(2n * PRICE);
  });
}

test("a payment without an outcome counts when a budget is set", async ({
  payer,
  library,
  setPolicy,
  stack,
}) => {
  await payer.open();
  await library.value(async ({ client, argument }) => {
    const [channel] = await client.channels();
    await client.open({ receiver: argument.elsewhere, deposit: argument.price });
    await channel.sign(argument.price);
  }, { elsewhere: stack.owner, price: PRICE });
  await setPolicy({ dailyBudget: 2n * PRICE - 1n });
  const { error } = await library.run(async ({ client, argument }) => {
    const channels = await client.channels();
    await channels.find(({ pending }) => !pending).sign(argument);
  }, PRICE);
  expect(error).toMatchObject({ code: "budget-exceeded" });
});

test("an unreadable policy is replaced by a new one", async ({ setPolicy, other, otherPage }) => {
  await other.open();
  await setPolicy({ stopped: true });
  // What another tab writes takes its time.
  await otherPage.waitForFunction(() => {
    const names = Object.keys(localStorage);
    const name = names.find((key) => key.startsWith("microraiden:policy:"));
    if (name) localStorage.setItem(name, "");
    return name;
  });
  await expect(other.policy()).rejects.toThrow("policy-unreadable");
  await setPolicy({ maxPrice: PRICE });
  expect(await other.policy()).toEqual({
    stopped: false,
    pauseWhenHidden: false,
    maxPrice: PRICE,
  });
  await other.served(FILE);
});
