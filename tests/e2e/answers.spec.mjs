// Answers that never come, and answers that say something else.
import { receiverBalance } from "./support/books.mjs";
import { PRICE, expect } from "./support/fixtures.mjs";
import { ScriptedServer } from "./support/hostile-server.mjs";
import { PATH, books, paid, payOnce, test } from "./support/with-line.mjs";

/** Everything agrees: the receiver, the channel, the list of payments. */
async function expectBooks(payer, stack, expected) {
  const { sender, openBlock, ...known } = await payer.value(books);
  expect(known).toEqual(expected);
  return receiverBalance(stack, { sender, openBlock });
}

test("an answer that is lost once: paid once, and said so", async ({ payer, line, stack }) => {
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

test("a request that is lost once is sent again and served", async ({ payer, line, stack }) => {
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

test("an earlier payment that is counted now, and whose answer is lost, is not paid on top of", async ({
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

/** Lets a test answer what the receiver has to say after a true first payment. */
async function afterOnePayment(payer, line, answer) {
  expect(await payer.value(payOnce, PRICE)).toBe(200);
  const headers = line.seen.filter(paid).at(-1).headers;
  const first = { balance: PRICE, signature: headers["rdn-balance-signature"] };
  const { sender } = await payer.value(books);
  const scripted = await ScriptedServer.start((asked) => answer(asked, first));
  await payer.page.evaluate((url) => (window.hostile = url), scripted.url);
  return { scripted, sender };
}

const payHostile = async ({ client, argument: price }) => {
  const pay = client.fetch({ maxPrice: price, priceAge: 0 });
  return (await pay(`${window.hostile}/thing`)).status;
};

function terms(stack, more) {
  const headers = {
    "RDN-Contract-Address": stack.contract,
    "RDN-Receiver-Address": stack.receiver,
    "RDN-Price": String(PRICE),
    ...more,
  };
  return { status: 402, headers };
}

const isPayment = (asked) => asked.headers["rdn-balance-signature"] !== undefined;

test.describe("after a payment", () => {
  for (const status of [404, 409, 500]) {
    test(`${status} is handed on, and the payment is not known`, async ({ payer, line, stack }) => {
      const { scripted } = await afterOnePayment(payer, line, (asked) =>
        isPayment(asked) ? { status } : terms(stack),
      );
      expect(await payer.value(payHostile, PRICE)).toBe(status);
      const { pending, balance, outcomes } = await payer.value(books);
      expect({ pending, balance, outcomes }).toEqual({
        pending: 2n * PRICE,
        balance: PRICE,
        outcomes: ["paid", "unknown"],
      });
      await scripted.stop();
    });
  }

  const balance = "RDN-Sender-Balance";
  const signature = "RDN-Balance-Signature";
  const wrongAmount = { "RDN-Invalid-Amount": "1" };
  const cases = {
    "a 402 without a word about it": ["payment-refused", "ignored", () => ({})],
    "another balance without a proof": [
      "payment-refused",
      "unproved-balance",
      () => ({ ...wrongAmount, [balance]: "7" }),
    ],
    "another balance with a proof of another one": [
      "payment-refused",
      "unproved-balance",
      (first) => ({ ...wrongAmount, [balance]: "7", [signature]: first.signature }),
    ],
    "nothing, though it had acknowledged a payment": [
      "payment-refused",
      "unproved-balance",
      () => ({ ...wrongAmount, [balance]: "0" }),
    ],
    "an invalid proof": [
      "payment-refused",
      "invalid-balance-proof",
      () => ({ "RDN-Invalid-Balance-Proof": "1" }),
    ],
    "another contract": [
      "wrong-contract",
      undefined,
      () => ({ "RDN-Contract-Address": `0x${"22".repeat(20)}` }),
    ],
    "another receiver": [
      "wrong-receiver",
      undefined,
      () => ({ "RDN-Receiver-Address": `0x${"22".repeat(20)}` }),
    ],
    "a header that is none": ["malformed-header", undefined, () => ({ [balance]: "many" })],
  };
  for (const [name, [code, reason, say]] of Object.entries(cases)) {
    test(`the receiver shows ${name}: nothing more is signed`, async ({ payer, line, stack }) => {
      const { scripted } = await afterOnePayment(payer, line, (asked, first) =>
        terms(stack, isPayment(asked) ? say(first) : {}),
      );
      const { error } = await payer.run(payHostile, PRICE);
      expect(error).toMatchObject({ code, isError: true });
      expect(error.details.reason).toBe(reason);
      expect(scripted.requests.filter(isPayment)).toHaveLength(1);
      expect((await payer.value(books)).exposure).toBe(2n * PRICE);
      await scripted.stop();
    });
  }

  test("a server that proves each time that it has not counted gets three proofs, no more", async ({
    payer,
    line,
    stack,
  }) => {
    // Our own proof, a true one, of the balance before.
    const { scripted } = await afterOnePayment(payer, line, (asked, first) => {
      const old = { [balance]: String(first.balance), [signature]: first.signature };
      return terms(stack, isPayment(asked) ? { ...wrongAmount, ...old } : {});
    });
    const { error } = await payer.run(payHostile, PRICE);
    expect(error).toMatchObject({ code: "payment-refused", details: { reason: "changing" } });
    expect(scripted.requests.filter(isPayment)).toHaveLength(3);
    expect((await payer.value(books)).exposure).toBe(2n * PRICE);
    await scripted.stop();
  });

  test("a receiver that knows no such channel is asked again, until the caller gives up", async ({
    payer,
    line,
    stack,
  }) => {
    const { scripted } = await afterOnePayment(payer, line, (asked) =>
      terms(stack, isPayment(asked) ? { "RDN-Nonexisting-Channel": "1" } : {}),
    );
    const { error } = await payer.run(async ({ client, argument: price }) => {
      const stop = new AbortController();
      const onProgress = ({ type, reason, attempt }) => {
        if (type === "waiting-for-receiver" && reason === "channel" && attempt === 2) {
          stop.abort();
        }
      };
      const options = { maxPrice: price, priceAge: 0, signal: stop.signal, onProgress };
      await client.fetch(options)(`${window.hostile}/thing`);
    }, PRICE);
    expect(error).toMatchObject({ code: "aborted", isError: true });
    const proofs = scripted.requests.filter(isPayment).map((asked) => asked.headers["rdn-balance"]);
    expect(new Set(proofs).size).toBe(1);
    await scripted.stop();
  });
});

test("a redirect carries no payment to another origin", async ({ payer, line, stack }) => {
  const elsewhere = await ScriptedServer.start(() => ({ status: 200, body: "stolen" }));
  const { scripted } = await afterOnePayment(payer, line, (asked) =>
    isPayment(asked)
      ? { status: 302, headers: { location: `${elsewhere.url}/trap` } }
      : terms(stack),
  );
  // The payment is answered by the redirect, which only the unpaid request follows.
  const { error } = await payer.run(payHostile, PRICE);
  expect(error).toMatchObject({ code: "payment-unknown" });
  expect(elsewhere.requests.filter(isPayment)).toEqual([]);
  await scripted.stop();
  await elsewhere.stop();
});

test("a request with a body is repeated with it; a stream is refused before anything is sent", async ({
  payer,
  line,
}) => {
  const post = async ({ client, url, argument: price }) => {
    const pay = client.fetch({ maxPrice: price, deposit: 2n * price });
    const headers = { "x-note": "kept" };
    return (await pay(`${url}/doggo.jpg`, { method: "POST", body: "a=1", headers })).status;
  };
  expect(await payer.value(post, PRICE)).toBe(200);
  const posts = line.seen.filter(({ method, path }) => method === "POST" && path === PATH);
  // Asked, paid, and paid again while the receiver had not seen the channel.
  expect(posts.length).toBeGreaterThanOrEqual(2);
  expect(new Set(posts.map(({ body }) => body))).toEqual(new Set(["a=1"]));
  expect(new Set(posts.map(({ headers }) => headers["x-note"]))).toEqual(new Set(["kept"]));
  const before = line.seen.length;
  const { error } = await payer.run(async ({ client, url, argument: price }) => {
    const body = new Blob(["a=1"]).stream();
    const init = { method: "POST", body, duplex: "half" };
    await client.fetch({ maxPrice: price })(`${url}/doggo.jpg`, init);
  }, PRICE);
  expect(error).toMatchObject({ code: "invalid-argument", details: { argument: "body" } });
  expect(line.seen).toHaveLength(before);
});
