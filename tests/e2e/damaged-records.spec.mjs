// Stored records that are damaged or gone: the chain and the receiver make up for them.
import { generatePrivateKey, privateKeyToAccount } from "viem/accounts";
import { core, coreIf } from "./support/core.mjs";
import { DEPOSIT, PRICE, expect, isPaid, proofsIn, sumOf, test } from "./support/payer.mjs";

const FILE = "/doggo.jpg";

/** All stored texts of a name that begins so, in the order of the names. */
function stored(page, prefix) {
  return page.evaluate((start) => {
    const ours = Object.entries(localStorage).filter(([name]) => name.startsWith(start));
    return ours.sort();
  }, prefix);
}

/** Stores a text as if it had always been there. */
async function store(page, name, text) {
  await page.evaluate(([key, value]) => localStorage.setItem(key, value), [name, text]);
  await page.reload();
}

/** The record of the only channel, after one payment. */
async function recordOfPaid(payer, page) {
  await payer.open();
  await payer.served(FILE);
  const [record] = await stored(page, "microraiden:channel:");
  return { name: record[0], text: record[1] };
}

/** Expects exactly this text to be set aside, whole. */
async function expectAside(payer, page, name, text) {
  const names = await payer.setAside();
  expect(names).toEqual([expect.stringMatching(/^microraiden:aside:\d+:microraiden:channel:/)]);
  expect(await stored(page, "microraiden:aside:")).toEqual([[names[0], text]]);
  expect(names[0]).toMatch(new RegExp(`:${name}$`));
}

const changed = (text, change) => JSON.stringify({ ...JSON.parse(text), ...change });

/** @type {Table} */
const DAMAGES = [
  ["is cut off", (text) => text.slice(0, text.length / 2)],
  ["is empty", () => ""],
  ["has a version of the future", (text) => changed(text, { version: 99 })],
  ["promises more than its proof", (text) => changed(text, { balance: String(3n * PRICE) })],
  [
    "has a proof that somebody else signed",
    async (text) => {
      const { proof } = JSON.parse(text);
      const stranger = privateKeyToAccount(generatePrivateKey());
      const signature = await stranger.sign({ hash: `0x${"11".repeat(32)}` });
      return changed(text, { proof: { ...proof, signature } });
    },
  ],
];

for (const [kind, damage] of DAMAGES) {
  test(`a record that ${kind}: set aside, and the receiver tells the balance`, coreIf(kind === DAMAGES[0][0]), async ({
    payer,
    line,
    page,
    stack,
  }) => {
    const { name, text } = await recordOfPaid(payer, page);
    const { openBlock } = await payer.channel();
    const locked = await stack.tokensOf(stack.contract);
    const damaged = await damage(text);
    await store(page, name, damaged);
    await expectAside(payer, page, name, damaged);
    const found = { openBlock, state: "open", deposit: DEPOSIT, balance: 0n, pending: undefined };
    expect(await payer.channel()).toMatchObject(found);

    line.seen.splice(0);
    await payer.served(FILE);
    expect(proofsIn(line.seen).map(({ balance }) => balance)).toEqual([0n, 2n * PRICE]);
    expect(await payer.channel()).toMatchObject({ ...found, balance: 2n * PRICE });
    expect(await payer.counted()).toBe(2n * PRICE);
    expect(await stack.tokensOf(stack.contract)).toBe(locked);
    await expectAside(payer, page, name, damaged);
  });
}

test("what a damaged record knew is not listed twice", async ({ payer, page }) => {
  const { name } = await recordOfPaid(payer, page);
  await store(page, name, "{");
  await payer.served(FILE);
  expect((await payer.channel()).balance).toBe(2n * PRICE);
  expect(sumOf(await payer.ledger())).toBe(2n * PRICE);
});

test("a damaged record with a pending proof: the receiver tells what became of it", core, async ({
  payer,
  line,
  page,
}) => {
  await payer.open();
  line.dropAnswers(isPaid, 3);
  expect(await payer.pay(FILE)).toMatchObject({ code: "payment-unknown" });
  const [[name, text]] = await stored(page, "microraiden:channel:");
  await store(page, name, text.slice(1));
  await expectAside(payer, page, name, text.slice(1));
  await payer.served(FILE);
  expect(await payer.channel()).toMatchObject({ balance: 2n * PRICE, pending: undefined });
  expect(await payer.counted()).toBe(2n * PRICE);
  expect(sumOf(await payer.ledger())).toBe(2n * PRICE);
});

test("a record under another channel's name is not that channel's", async ({ payer, page }) => {
  const { name } = await recordOfPaid(payer, page);
  expect(await payer.channel()).toMatchObject({ deposit: DEPOSIT, balance: PRICE });
  await payer.open(2n * DEPOSIT);
  const second = (await stored(page, "microraiden:channel:")).find(([other]) => other !== name);
  await store(page, name, second[1]);
  await expectAside(payer, page, name, second[1]);
  expect((await payer.channels()).map(({ deposit, balance }) => [deposit, balance])).toEqual([
    [DEPOSIT, 0n],
    [2n * DEPOSIT, 0n],
  ]);
  // The channel that has less left is paid in, as before.
  await payer.served(FILE);
  expect((await payer.channels()).map(({ deposit, balance }) => [deposit, balance])).toEqual([
    [DEPOSIT, 2n * PRICE],
    [2n * DEPOSIT, 0n],
  ]);
});

test("a record under the name of a channel that never was", async ({ payer, page }) => {
  const { name, text } = await recordOfPaid(payer, page);
  const never = name.replace(/:\d+$/, ":1");
  await store(page, never, text);
  await expectAside(payer, page, never, text);
  expect((await payer.channels()).map(({ state }) => state)).toEqual(["removed", "open"]);
});

test("a name that is no channel's is set aside, and no channel is made of it", async ({
  payer,
  page,
}) => {
  const { name, text } = await recordOfPaid(payer, page);
  const odd = name.replace(/\d+$/, "later");
  await store(page, odd, text);
  await expectAside(payer, page, odd, text);
  await payer.expectPaid(PRICE);
});

for (const [kind, deposit] of [
  ["that may be opened", DEPOSIT],
  ["that may not be opened", undefined],
]) {
  test(`a cleared storage: the channel, ${kind}, is found on the chain`, async ({
    payer,
    page,
    stack,
  }) => {
    await recordOfPaid(payer, page);
    const { openBlock } = await payer.channel();
    const locked = await stack.tokensOf(stack.contract);
    const [[name, key]] = await stored(page, "microraiden:key:");
    await page.evaluate(() => localStorage.clear());
    await store(page, name, key);
    expect(await payer.channels()).toEqual([]);

    const { events } = await payer.served(FILE, { deposit });
    expect(events).toContainEqual(expect.objectContaining({ type: "scanning" }));
    expect(events.filter(({ type }) => type === "sent")).toEqual([]);
    expect(await payer.channel()).toMatchObject({ openBlock, deposit: DEPOSIT });
    await payer.expectPaid(2n * PRICE);
    expect(await payer.outcomes()).toEqual(["taken", "paid"]);
    expect(await stack.tokensOf(stack.contract)).toBe(locked);
    expect(await payer.setAside()).toEqual([]);
  });
}
