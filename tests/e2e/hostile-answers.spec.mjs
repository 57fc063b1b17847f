// Answers to a payment that are wrong, unhelpful, or made up by a server that wants more.
import { getAddress } from "viem";
import { generatePrivateKey, privateKeyToAccount } from "viem/accounts";
import { core, coreIf } from "./support/core.mjs";
import { ScriptedServer } from "./support/hostile-server.mjs";
import { PRICE, ask, charge, expect, isPaid, proofsIn, sumOf, test } from "./support/payer.mjs";

const SOMEBODY = getAddress("0x00000000000000000000000000000000000000aa");

/** An answer that says of the payment what it says. */
const answered = (stack, refusal, values) => ask(stack, { refusal, ...values });

/** What an answer shows as the receiver's balance. */
const shown = ({ balance, signature }) => ({ senderBalance: balance, balanceSignature: signature });

/** Serves, and shows a proof, as the original does with the one before. */
const servedShowing = ({ balance, signature }) => ({
  headers: { "RDN-Sender-Balance": String(balance), "RDN-Balance-Signature": signature },
});

for (const status of [409, 404, 500]) {
  test(`status ${status} after a payment: handed on, and the proof goes again`, async ({
    server,
    victim,
    stack,
  }) => {
    const body = "something else";
    server.answer = charge(stack, (_, count) => (count === 1 ? { status, body } : { body: "ok" }));
    expect(await victim.pay("/")).toMatchObject({ status, body });
    expect(await victim.channel()).toMatchObject({ balance: 0n, pending: PRICE });
    expect(await victim.outcomes()).toEqual(["unknown"]);

    expect(await victim.pay("/")).toMatchObject({ status: 200, body: "ok" });
    expect(proofsIn(server.requests)).toHaveLength(1);
    expect(await victim.channel()).toMatchObject({ balance: PRICE, pending: undefined });
    expect(await victim.outcomes()).toEqual(["paid"]);
  });
}

test("a server that ignores the payment gets one proof", async ({ server, victim, stack }) => {
  server.answer = () => ask(stack);
  const { code, details } = await victim.pay("/");
  expect({ code, details }).toEqual({ code: "payment-refused", details: { reason: "ignored" } });
  expect(server.requests.filter(isPaid)).toHaveLength(1);
  expect(await victim.channel()).toMatchObject({ balance: 0n, pending: PRICE });
});

test("an invalid balance proof: nothing more is signed", core, async ({ server, victim, stack }) => {
  server.answer = charge(stack, () => answered(stack, "Invalid-Balance-Proof"));
  const { code, details } = await victim.pay("/");
  expect(code).toBe("payment-refused");
  expect(details).toEqual({ reason: "invalid-balance-proof" });
  expect(server.requests.filter(isPaid)).toHaveLength(1);
  expect(await victim.channel()).toMatchObject({ balance: 0n, pending: PRICE, exposure: PRICE });
});

for (const [kind, sign] of /** @type {Table} */ ([
  ["without a signature", () => undefined],
  ["with a foreign signature", (hash) => privateKeyToAccount(generatePrivateKey()).sign({ hash })],
])) {
  test(`a higher balance ${kind} is not believed`, async ({ server, victim, stack }) => {
    const balanceSignature = await sign(`0x${"11".repeat(32)}`);
    const values = { senderBalance: 5n * PRICE, balanceSignature };
    server.answer = charge(stack, () => answered(stack, "Invalid-Amount", values));
    const { code, details } = await victim.pay("/");
    expect(code).toBe("payment-refused");
    expect(details).toEqual({ reason: "unproved-balance" });
    expect(server.requests.filter(isPaid)).toHaveLength(1);
    expect(await victim.channel()).toMatchObject({ balance: 0n, pending: PRICE, exposure: PRICE });
  });
}

test("our own signature does not prove another balance", core, async ({ server, victim, stack }) => {
  server.answer = charge(stack, ({ signature }) =>
    answered(stack, "Invalid-Amount", shown({ balance: 5n * PRICE, signature })),
  );
  const { details } = await victim.pay("/");
  expect(details).toEqual({ reason: "unproved-balance" });
  expect(await victim.channel()).toMatchObject({ balance: 0n, exposure: PRICE });
});

test("our own proof below what was acknowledged is refused", core, async ({ server, victim, stack }) => {
  const proofs = [];
  server.answer = charge(stack, (proof) => {
    proofs.push(proof);
    return proofs.length < 3
      ? servedShowing(proof)
      : answered(stack, "Invalid-Amount", shown(proofs[0]));
  });
  const asking = { priceAge: 0 };
  await victim.served("/", asking);
  await victim.served("/", asking);
  const { code, details } = await victim.pay("/", asking);
  expect({ code, ...details }).toEqual({
    code: "payment-refused",
    reason: "below-acknowledged",
    acknowledged: 2n * PRICE,
    shown: PRICE,
  });
  expect(proofs).toHaveLength(3);
  expect(await victim.channel()).toMatchObject({ balance: 2n * PRICE, pending: 3n * PRICE });
});

for (const [kind, headers] of /** @type {Table} */ ([
  ["a plain 200", () => ({})],
  ["headers without a proof", ({ balance }) => ({ "RDN-Sender-Balance": String(balance) })],
  [
    "a signature of somebody else",
    async ({ balance }) => ({
      "RDN-Sender-Balance": String(balance),
      "RDN-Balance-Signature": await privateKeyToAccount(generatePrivateKey()).sign({
        hash: `0x${"11".repeat(32)}`,
      }),
    }),
  ],
])) {
  test(`${kind} acknowledges nothing: the receiver's older proof is believed`, coreIf(kind === "a plain 200"), async ({
    server,
    victim,
    stack,
  }) => {
    const proofs = [];
    server.answer = charge(stack, async (proof, count) => {
      proofs.push(proof);
      return count === 3
        ? answered(stack, "Invalid-Amount", shown(proofs[0]))
        : { headers: await headers(proof) };
    });
    for (const balance of [PRICE, 2n * PRICE, 2n * PRICE]) {
      await victim.served("/", { priceAge: 0 });
      expect(await victim.channel()).toMatchObject({ balance, pending: undefined });
    }
    expect(await victim.outcomes()).toContain("uncounted");
    expect(await victim.channel()).toMatchObject({ exposure: 3n * PRICE });
    expect(sumOf(await victim.ledger())).toBe(2n * PRICE);
  });
}

for (const [kind, senderBalance, expected] of /** @type {Table} */ ([
  ["nothing", 0n, { code: "payment-refused", reason: "unproved-balance" }],
  ["less, without a proof", 7n, { code: "payment-refused", reason: "unproved-balance" }],
  ["no number", "many", { code: "malformed-header" }],
])) {
  test(`after a payment that it acknowledged the receiver has ${kind}: nothing more is signed`, async ({
    server,
    victim,
    stack,
  }) => {
    const wrong = answered(stack, "Invalid-Amount", { senderBalance });
    server.answer = charge(stack, (proof, count) => (count === 1 ? servedShowing(proof) : wrong));
    await victim.served("/", { priceAge: 0 });
    const { code, details } = await victim.pay("/", { priceAge: 0 });
    expect({ code, ...details }).toMatchObject(expected);
    expect(server.requests.filter(isPaid)).toHaveLength(2);
    const left = { balance: PRICE, pending: 2n * PRICE, exposure: 2n * PRICE };
    expect(await victim.channel()).toMatchObject(left);
  });
}

test("a server that counts each payment and asks again is paid once", core, async ({
  server,
  victim,
  stack,
}) => {
  server.answer = charge(stack, (proof) => ask(stack, shown(proof)));
  const { code, details } = await victim.pay("/");
  expect({ code, details }).toEqual({ code: "payment-taken", details: { balance: PRICE } });
  expect(proofsIn(server.requests)).toHaveLength(1);
  expect(await victim.channel()).toMatchObject({ balance: PRICE, exposure: PRICE });
  expect(await victim.outcomes()).toEqual(["taken"]);
});

for (const [kind, choose, highest] of /** @type {Table} */ ([
  ["the proof before", (proofs) => proofs.at(-2), 3n * PRICE - 2n],
  ["the same old proof", (proofs) => proofs[0], 2n * PRICE],
])) {
  test(`a server that changes its price and shows ${kind} gets three proofs`, async ({
    server,
    victim,
    stack,
  }) => {
    const asking = { priceAge: 0, maxPrice: PRICE + 1n };
    server.answer = charge(stack, () => ({}));
    await victim.served("/", asking);
    const proofs = proofsIn(server.requests);

    const answer = (proof, count) => {
      proofs.push(proof);
      const price = PRICE - 2n + BigInt(count);
      return answered(stack, "Invalid-Amount", { ...shown(choose(proofs)), price });
    };
    server.answer = charge(stack, answer, { price: PRICE - 2n });
    const { code, details } = await victim.pay("/", asking);
    expect({ code, details }).toEqual({ code: "payment-refused", details: { reason: "changing" } });
    expect(proofsIn(server.requests)).toHaveLength(1 + 3);
    expect(proofs.at(-1).balance).toBe(highest);
    const { balance, exposure, pending } = await victim.channel();
    const last = choose(proofs).balance;
    expect({ balance, exposure, pending }).toEqual({ balance: last, exposure: highest });
    expect(sumOf(await victim.ledger())).toBe(last);
  });
}

test("another contract is not paid, neither at first nor in the middle", core, async ({
  server,
  victim,
  stack,
}) => {
  const elsewhere = { contract: SOMEBODY };
  const ours = getAddress(stack.contract);
  const expected = { code: "wrong-contract", asked: SOMEBODY, expected: ours };
  const found = ({ code, details }) => ({ code, ...details });
  server.answer = () => ask(stack, elsewhere);
  expect(found(await victim.pay("/"))).toEqual(expected);
  expect(server.requests).toHaveLength(1);
  expect(await victim.channels()).toEqual([]);

  server.answer = charge(stack, () => ask(stack, elsewhere));
  expect(found(await victim.pay("/"))).toEqual(expected);
  expect(server.requests.filter(isPaid)).toHaveLength(1);
  expect(await victim.channel()).toMatchObject({ balance: 0n, exposure: PRICE });
});

test("another receiver is not paid in the middle", async ({ server, victim, stack }) => {
  server.answer = charge(stack, () =>
    answered(stack, "Insufficient-Confirmations", { receiver: SOMEBODY }),
  );
  const { code, details } = await victim.pay("/");
  expect({ code, ...details }).toEqual({
    code: "wrong-receiver",
    asked: SOMEBODY,
    expected: getAddress(stack.receiver),
  });
  expect(server.requests.filter(isPaid)).toHaveLength(1);
  expect(await victim.channel()).toMatchObject({ balance: 0n, exposure: PRICE });
});

test("a higher price in the middle is judged again", async ({ server, victim, stack }) => {
  const price = PRICE + 1n;
  server.answer = charge(stack, () => answered(stack, "Invalid-Amount", { price }));
  const { code, details } = await victim.pay("/");
  expect({ code, ...details }).toEqual({ code: "price-above-limit", price, limit: PRICE });
  expect(server.requests.filter(isPaid)).toHaveLength(1);
  expect(await victim.channel()).toMatchObject({ balance: 0n, exposure: PRICE });
});

for (const refusal of ["Insufficient-Confirmations", "Nonexisting-Channel"]) {
  test(`${refusal}, twice: the same proof goes again, and is served`, async ({
    server,
    victim,
    stack,
  }) => {
    const answer = (_, count) => (count < 3 ? answered(stack, refusal) : { body: "late" });
    server.answer = charge(stack, answer);
    const { events, ...paid } = await victim.pay("/");
    expect(paid).toEqual({ status: 200, body: "late" });
    const waits = events.filter(({ type }) => type === "waiting-for-receiver");
    expect(waits.map(({ attempt }) => attempt)).toEqual([1, 2]);
    expect(server.requests.filter(isPaid)).toHaveLength(3);
    expect(proofsIn(server.requests)).toHaveLength(1);
    expect(await victim.channel()).toMatchObject({ balance: PRICE, exposure: PRICE });
    expect(await victim.outcomes()).toEqual(["paid"]);
  });
}

test("a channel that the receiver does not know, but the chain: waits until it is aborted", async ({
  server,
  victim,
  stack,
}) => {
  server.answer = charge(stack, () => answered(stack, "Nonexisting-Channel"));
  const { code, events } = await victim.payUntil("/", { type: "waiting-for-receiver", attempt: 2 });
  expect(code).toBe("aborted");
  const waits = events.filter(({ type }) => type === "waiting-for-receiver");
  expect(waits.map(({ reason, attempt }) => [reason, attempt])).toEqual([
    ["channel", 1],
    ["channel", 2],
  ]);
  expect(proofsIn(server.requests)).toHaveLength(1);
  expect(await victim.channel()).toMatchObject({ state: "open", pending: PRICE });
});

for (const [kind, answer] of /** @type {Table} */ ([
  ["asks for money", (stack) => ask(stack, { receiver: SOMEBODY })],
  ["serves", () => ({ body: "elsewhere" })],
])) {
  test(`a redirect of the payment to another place, which ${kind}: it gets no payment`, async ({
    server,
    victim,
    stack,
  }) => {
    const other = await ScriptedServer.start(() => answer(stack));
    let paid = false;
    server.answer = (asked) => {
      paid ||= isPaid(asked);
      return paid ? { status: 302, headers: { location: `${other.url}/there` } } : ask(stack);
    };
    const found = await victim.pay("/");
    expect(found).toMatchObject(
      kind === "serves"
        ? { status: 200, body: "elsewhere" }
        : { code: "payment-refused", details: { reason: "redirected", url: `${other.url}/there` } },
    );
    expect(other.requests).toHaveLength(1);
    const names = Object.keys(other.requests[0].headers);
    expect(names.filter((name) => name.startsWith("rdn-"))).toEqual([]);
    expect(await victim.channel()).toMatchObject({ balance: 0n, pending: PRICE, exposure: PRICE });
    await other.stop();
  });
}

test("a redirect of the payment alone: it is sent again, and goes nowhere else", core, async ({
  server,
  victim,
  stack,
}) => {
  const other = await ScriptedServer.start(() => ({ body: "elsewhere" }));
  const headers = { location: `${other.url}/there` };
  server.answer = charge(stack, () => ({ status: 307, headers }));
  expect(await victim.pay("/")).toMatchObject({ code: "payment-unknown" });
  expect(other.requests).toEqual([]);
  expect(proofsIn(server.requests)).toHaveLength(1);
  expect(await victim.channel()).toMatchObject({ balance: 0n, pending: PRICE, exposure: PRICE });
  await other.stop();
});

test("a POST is repeated with the same body", async ({ server, victim, stack }) => {
  const lost = undefined;
  server.answer = charge(stack, (_, count) => (count === 1 ? lost : { body: "posted" }));
  const body = "name=µ&more=\u0000\n";
  const init = { method: "POST", body, headers: { "x-mine": "kept" } };
  expect(await victim.pay("/", {}, init)).toMatchObject({ status: 200, body: "posted" });
  const sent = server.requests.map((asked) => [asked.method, asked.body, asked.headers["x-mine"]]);
  expect(sent).toEqual(Array(3).fill(["POST", body, "kept"]));
  expect(server.requests.map(isPaid)).toEqual([false, true, true]);
  expect(proofsIn(server.requests)).toHaveLength(1);
});

test("a caller's own headers replace none of a payment", async ({ server, victim, stack }) => {
  server.answer = charge(stack, () => ({ body: "paid" }));
  const headers = { "RDN-Balance": "5", "RDN-Open-Block": "1", "x-mine": "kept" };
  expect(await victim.pay("/", {}, { headers })).toMatchObject({ status: 200, body: "paid" });
  const { openBlock } = await victim.channel();
  const sent = server.requests.map((asked) =>
    ["rdn-balance", "rdn-open-block", "x-mine"].map((name) => asked.headers[name]),
  );
  expect(sent).toEqual([
    ["5", "1", "kept"],
    [String(PRICE), String(openBlock), "kept"],
  ]);
  // What was sent is what was stored.
  expect(await victim.channel()).toMatchObject({ balance: PRICE, exposure: PRICE });
});

test("a body that can be read once only is refused before anything is sent", async ({
  server,
  victim,
}) => {
  const { code, details } = await victim.payWithStream("/", "text");
  expect({ code, details }).toEqual({ code: "invalid-argument", details: { argument: "body" } });
  expect(server.requests).toEqual([]);
  expect(await victim.channels()).toEqual([]);
});
