// localStorage that is full or forbidden.
import { core } from "./support/core.mjs";
import { fill } from "./support/full-storage.mjs";
import { PRICE, expect, isPaid, sumOf, test } from "./support/payer.mjs";

const FILE = "/doggo.jpg";
/** Another price is not remembered for it, and what is kept for FILE does for it. */
const LONG = `${FILE}?${"\\".repeat(3)}`;

function makeRoom(page) {
  return page.evaluate(() => localStorage.removeItem("filler"));
}

/** As some browsers' settings do, until the page is loaded again. */
function forbidWriting(page) {
  return page.evaluate(() => {
    Storage.prototype.setItem = () => {
      throw new DOMException("This page may not store anything.", "SecurityError");
    };
  });
}

test("a full storage: what is kept suffices once, then nothing is signed until there is room again", async ({
  payer,
  line,
  page,
}) => {
  await payer.open();
  await payer.served(FILE);
  await fill(page);
  await payer.served(LONG);
  expect(await payer.ledger()).toMatchObject([
    { url: line.url + FILE, outcome: "paid" },
    { url: line.url + LONG, outcome: "paid" },
  ]);

  line.seen.splice(0);
  await fill(page);
  const { code, message } = await payer.pay(FILE);
  expect(code).toBe("storage-full");
  expect(message).toContain("nothing was signed");
  expect(line.seen.filter(isPaid)).toEqual([]);
  await payer.expectPaid(2n * PRICE);

  await makeRoom(page);
  await payer.served(FILE);
  await payer.expectPaid(3n * PRICE);
});

test("a full storage: no longer URL than there is room for", async ({ payer, line, page }) => {
  await payer.open();
  await payer.served(FILE);
  line.seen.splice(0);
  await fill(page, 100);
  const { code } = await payer.pay(`${LONG}${"x".repeat(300)}`);
  expect(code).toBe("storage-full");
  expect(line.seen.filter(isPaid)).toEqual([]);
  await payer.expectPaid(PRICE);
});

test("a full storage: no channel is opened", core, async ({ payer, line, page, stack }) => {
  // The key is stored by now, and the price is not known.
  expect(await payer.channels()).toEqual([]);
  const locked = await stack.tokensOf(stack.contract);
  await fill(page);
  const { code, events } = await payer.pay(FILE);
  expect(code).toBe("storage-full");
  expect(events.filter(({ type }) => type === "sent")).toEqual([]);
  expect(line.seen.filter(isPaid)).toEqual([]);
  expect(await stack.tokensOf(stack.contract)).toBe(locked);
});

test("however little room there is: not paid, or paid and told", async ({ payer, line, page }) => {
  await payer.open();
  await payer.served(FILE);
  line.seen.splice(0);
  const outcomes = new Set();
  let paid = PRICE;
  for (const spare of [300, 900, 1_200, 1_500, 2_100]) {
    await fill(page, spare);
    const { status, code } = await payer.pay(FILE);
    expect(line.seen.splice(0).some(isPaid), `with ${spare} to spare`).toBe(status === 200);
    outcomes.add(status ?? code);
    paid += status === 200 ? PRICE : 0n;
    expect(await payer.channel()).toMatchObject({ balance: paid, pending: undefined });
    expect(await payer.counted()).toBe(paid);
  }
  expect(outcomes).toEqual(new Set(["storage-full", 200]));
});

test("with just the room that is kept: the payment is listed", async ({ payer, page }) => {
  await payer.open();
  await payer.served(FILE);
  await fill(page, 1_100);
  await payer.served(FILE);
  expect(await payer.outcomes()).toEqual(["paid", "paid"]);
  expect(sumOf(await payer.ledger())).toBe(2n * PRICE);
});

test("a payment that cannot be listed is not signed", core, async ({ payer, line, page }) => {
  await payer.open();
  await payer.served(FILE);
  line.seen.splice(0);
  await page.evaluate(() => {
    const kept = Object.keys(localStorage).filter((name) => name.startsWith("microraiden:room:"));
    kept.forEach((name) => localStorage.removeItem(name));
  });
  // Enough for a count that grows by some digits, and not for an entry of the list.
  await fill(page, 100);
  expect(await payer.pay(FILE)).toMatchObject({ code: "storage-full" });
  expect(line.seen.filter(isPaid)).toEqual([]);
  await payer.expectPaid(PRICE);
});

test("a storage that cannot be written: nothing is paid", async ({ payer, line, page }) => {
  await payer.open();
  await payer.served(FILE);
  line.seen.splice(0);
  await forbidWriting(page);
  expect(await payer.pay(FILE)).toMatchObject({ code: expect.stringMatching(/^storage-/) });
  expect(line.seen.filter(isPaid)).toEqual([]);
  await page.reload();
  await payer.served(FILE);
  await payer.expectPaid(2n * PRICE);
});

test("a storage that cannot be written is not called full", async ({ payer, page }) => {
  await payer.open();
  await forbidWriting(page);
  expect(await payer.pay(FILE)).toMatchObject({ code: "storage-unavailable" });
});

for (const [kind, take] of [
  ["missing", () => Object.defineProperty(window, "localStorage", { value: undefined })],
  [
    "forbidden",
    () =>
      Object.defineProperty(window, "localStorage", {
        get() {
          throw new DOMException("Access is denied for this document.", "SecurityError");
        },
      }),
  ],
]) {
  test(`a storage that is ${kind} from the beginning`, core, async ({ library, line, page, stack }) => {
    await page.addInitScript(take);
    await page.reload();
    const loading = await library.run(() => {});
    expect(loading.error).toMatchObject({ code: "storage-unavailable", isError: true });
    const { contract, rpcUrl } = stack;
    const codes = await page.evaluate(tryAll, [contract, rpcUrl, line.url + FILE, PRICE]);
    const expected = "storage-unavailable";
    expect(codes).toEqual({ save: expected, pay: expected, policy: expected, ledger: expected });
    expect(line.seen.filter(isPaid)).toEqual([]);
  });
}

/** With what codes things fail for a key that is not stored. */
async function tryAll([contract, rpcUrl, input, price]) {
  const { LocalKey, MicroRaiden, default: init } = await import("/js/microraiden/index.js");
  await init();
  const wallet = LocalKey.create();
  const client = await MicroRaiden.connect({ wallet, contract, rpc: rpcUrl });
  const code = (work) => work.then(String, (error) => error.code);
  return {
    save: await code(wallet.save()),
    pay: await code(client.payingFetch({ maxPrice: price, deposit: price })(input)),
    policy: await code(client.policy()),
    ledger: await code(client.ledger()),
  };
}

test("a storage that is taken away later: nothing is signed", async ({
  payer,
  line,
  page,
  stack,
}) => {
  await payer.open();
  await payer.served(FILE);
  line.seen.splice(0);
  const locked = await stack.tokensOf(stack.contract);
  const { code, events } = await payer.payWithout(FILE, "localStorage");
  expect(code).toBe("storage-unavailable");
  expect(line.seen.filter(isPaid)).toEqual([]);
  expect(events.filter(({ type }) => type === "sent")).toEqual([]);
  expect(await stack.tokensOf(stack.contract)).toBe(locked);
  await page.reload();
  await payer.expectPaid(PRICE);
});
