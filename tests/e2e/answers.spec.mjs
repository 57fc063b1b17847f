// Answers that never come, of a receiver that takes one payment at a time. See parallel.spec.mjs for others.
import { receiverBalance } from "./support/books.mjs";
import { core } from "./support/core.mjs";
import { PRICE, expect, withoutNumbers } from "./support/fixtures.mjs";
import { books, paid, payOnce, test } from "./support/with-line.mjs";

withoutNumbers();

/** Everything agrees: the receiver, the channel, the list of payments. */
async function expectBooks(payer, stack, expected) {
  const { sender, openBlock, ...known } = await payer.value(books);
  expect(known).toEqual(expected);
  return receiverBalance(stack, { sender, openBlock });
}

test("an answer that is lost once: paid once, and said so", core, async ({ payer, line, stack }) => {
  line.dropAnswers((exchange) => paid(exchange) && exchange.status === 200);
  const { error } = await payer.run(payOnce, PRICE);
  expect(error).toMatchObject({ code: "payment-taken", details: { balance: PRICE } });
  const proofs = line.seen.filter(paid).map(({ headers }) => headers["rdn-balance-signature"]);
  expect(proofs.length).toBeGreaterThanOrEqual(2);
  expect(new Set(proofs).size).toBe(1);
  const held = await expectBooks(payer, stack, {
    balance: PRICE,
    exposure: PRICE,
    pending: undefined,
    outcomes: ["taken"],
  });
  expect(held).toBe(PRICE);
});

test("a request that is lost once is sent again and served", core, async ({ payer, line, stack }) => {
  line.dropRequests(paid);
  expect(await payer.value(payOnce, PRICE)).toBe(200);
  const books = { balance: PRICE, exposure: PRICE, pending: undefined, outcomes: ["paid"] };
  expect(await expectBooks(payer, stack, books)).toBe(PRICE);
});

/** Matches the answer to a payment that is counted, and those after it. */
function fromCountedOn() {
  let counted = false;
  return (exchange) => paid(exchange) && (counted ||= exchange.status === 200);
}

for (const [what, drop] of Object.entries({
  answers: (line) => line.dropAnswers(fromCountedOn(), 3),
  requests: (line) => line.dropRequests(paid, 3),
})) {
  test(`${what} that are lost for good: unknown, and settled by the next payment`, async ({
    payer,
    line,
    stack,
  }) => {
    drop(line);
    const { error } = await payer.run(payOnce, PRICE);
    expect(error).toMatchObject({ code: "payment-unknown", details: { balance: PRICE } });
    const unknown = { balance: 0n, exposure: PRICE, pending: PRICE, outcomes: ["unknown"] };
    const counted = what === "answers";
    expect(await expectBooks(payer, stack, unknown)).toBe(counted ? PRICE : 0n);
    expect(await payer.value(payOnce, PRICE)).toBe(200);
    const balance = counted ? 2n * PRICE : PRICE;
    const settled = {
      balance,
      exposure: balance,
      pending: undefined,
      outcomes: counted ? ["taken", "paid"] : ["paid"],
    };
    expect(await expectBooks(payer, stack, settled)).toBe(balance);
  });
}

test("an earlier payment that is counted now, and whose answer is lost, is not paid on top of", core, async ({
  payer,
  line,
  stack,
}) => {
  line.dropRequests(paid, 3);
  expect((await payer.run(payOnce, PRICE)).error.code).toBe("payment-unknown");
  line.dropAnswers((exchange) => paid(exchange) && exchange.status === 200);
  expect((await payer.run(payOnce, PRICE)).error.code).toBe("payment-taken");
  const once = { balance: PRICE, exposure: PRICE, pending: undefined, outcomes: ["taken"] };
  expect(await expectBooks(payer, stack, once)).toBe(PRICE);
});

test("while one channel waits for an answer another one signs", async ({ payer, line }) => {
  expect(await payer.value(payOnce, PRICE)).toBe(200);
  const second = await payer.value(
    async ({ client, receiver }) => (await client.open({ receiver, deposit: 5n })).openBlock,
  );
  const held = line.hold(paid);
  payer.begin(payOnce, PRICE);
  await held.arrived;
  const signed = await payer.value(async ({ client, argument: block }) => {
    const channels = await client.channels();
    const channel = channels.find(({ openBlock }) => openBlock === Number(block));
    return (await channel.sign(2n)).balance;
  }, BigInt(second));
  expect(signed).toBe(2n);
  await held.release();
});
