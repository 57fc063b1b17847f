// The wallet changes, or has a window open already, in the middle of a work.
import { openings, receiverBalance, resumed, stored } from "./support/books.mjs";
import { core, coreIf } from "./support/core.mjs";
import { PRICE, expect } from "./support/fixtures.mjs";
import { Library } from "./support/library.mjs";
import { paid, test as base } from "./support/lines.mjs";
import { expectWaiting } from "./support/turns.mjs";

const SIGN = "eth_signTypedData";
const SEND = "eth_sendTransaction";
const DEPOSIT = 5n * PRICE;

/** @type {import("../types/fixtures.d.ts").WalletTest} */
const test = base.extend({
  /** A page behind the line to the server, with one client for all works. */
  payer: async ({ library, stack, wallet, line }, use) => {
    await use(await Library.on(library.page, { stack, wallet, url: line.url, keep: true }));
  },
});

const open = async ({ client, receiver, argument: deposit }) => {
  const channel = await client.open({ receiver, deposit });
  return channel.deposit;
};

const pay = async ({ client, url, argument: price }) => {
  const { status } = await client.payingFetch({ maxPrice: price, deposit: 5n * price })(
    `${url}/doggo.jpg`,
  );
  return status;
};

/** Signs in one of the channels, in the order of their opening. */
const sign = async ({ client, argument: [index, price] }) => {
  const channels = await client.channels();
  channels.sort((one, other) => one.openBlock - other.openBlock);
  const { balance } = await channels[index].sign(price);
  return balance;
};

/** Notes in the page whenever the client freezes or is free again. */
const listen = ({ client }) => {
  globalThis.heard = [];
  client.on("frozen", () => globalThis.heard.push(client.frozen ?? "free"));
  return client.frozen;
};
const heard = (library) => library.page.evaluate(() => globalThis.heard);

/** How wallets answer an open window when they show another account by now. */
const answers = {
  "the wallet refuses": false,
  "a careless wallet signs with the other": true,
};

for (const [name, careless] of Object.entries(answers)) {
  test(`another account while a proof is signed, and ${name}: nothing is stored`, coreIf(careless), async ({
    payer,
    stack,
    wallet,
    line,
  }) => {
    const prompt = await askedForProof(payer, wallet);
    await wallet.switchAccount();
    await expect.poll(() => heard(payer)).toEqual(["no-account"]);
    wallet.careless = careless;
    prompt.release();
    expect((await prompt.paying).error).toMatchObject({ code: "no-account", isError: true });
    wallet.careless = false;

    expect((await payer.run(pay, PRICE)).error).toMatchObject({ code: "no-account" });
    expect((await payer.run(open, PRICE)).error).toMatchObject({ code: "no-account" });
    expect(await payer.value(({ client }) => client.frozen)).toBe("no-account");
    // One of them was the trial before the first deposit.
    expect(wallet.times(SIGN)).toBe(3);
    expect(wallet.times(SEND)).toBe(1);
    const sent = new Set(line.seen.filter(paid).map(({ headers }) => headers["rdn-balance"]));
    expect([...sent]).toEqual([String(PRICE)]);
    const { channels, ledger } = await stored(payer);
    expect(channels).toMatchObject([{ balance: PRICE, exposure: PRICE, pending: undefined }]);
    expect(ledger).toEqual([{ outcome: "paid", balance: PRICE }]);

    await wallet.switchBack();
    await expect.poll(() => heard(payer)).toEqual(["no-account", "free"]);
    expect(await payer.value(pay, PRICE)).toBe(200);
    expect(await receiverBalance(stack, channels[0])).toBe(2n * PRICE);
  });
}

/** Pays once, and pays again until the person is asked; what comes of that is `paying`. */
async function askedForProof(payer, wallet) {
  expect(await payer.value(pay, PRICE)).toBe(200);
  expect(await payer.value(listen)).toBeUndefined();
  const prompt = wallet.hold(SIGN);
  const paying = payer.run(pay, PRICE);
  await prompt.asked;
  return { ...prompt, paying };
}

const changes = {
  "another network": {
    code: "wrong-network",
    change: (wallet) => wallet.switchChain(1),
    back: (wallet, { chainId }) => wallet.switchChain(chainId),
  },
  "no connection": {
    code: "wallet-disconnected",
    change: (wallet) => wallet.disconnect(),
    back: (wallet) => wallet.reconnect(),
  },
};

for (const [name, { code, change, back }] of Object.entries(changes)) {
  test(`${name} while a proof is signed: what was agreed to is paid, no more is signed`, async ({
    payer,
    stack,
    wallet,
  }) => {
    const prompt = await askedForProof(payer, wallet);
    await change(wallet);
    await expect.poll(() => heard(payer)).toEqual([code]);
    prompt.release();
    expect(await prompt.paying).toEqual({ value: 200 });
    expect((await payer.run(pay, PRICE)).error).toMatchObject({ code, isError: true });
    expect((await payer.run(open, PRICE)).error).toMatchObject({ code, isError: true });
    expect(await payer.value(({ client }) => client.frozen)).toBe(code);
    // One of them was the trial before the first deposit.
    expect(wallet.times(SIGN)).toBe(3);
    expect(wallet.times(SEND)).toBe(1);

    await back(wallet, stack);
    await expect.poll(() => heard(payer)).toEqual([code, "free"]);
    expect(await payer.value(pay, PRICE)).toBe(200);
    const { channels, ledger } = await stored(payer);
    expect(channels).toMatchObject([{ balance: 3n * PRICE, pending: undefined }]);
    expect(ledger.map(({ outcome }) => outcome)).toEqual(["paid", "paid", "paid"]);
    expect(await receiverBalance(stack, channels[0])).toBe(3n * PRICE);
  });
}

test("while a proof is signed others wait, and the person is asked once", core, async ({
  payer,
  nextPage,
  wallet,
}) => {
  await payer.value(open, DEPOSIT);
  const prompt = wallet.hold(SIGN);
  const signing = payer.run(sign, [0, PRICE]);
  await prompt.asked;
  const other = await nextPage();
  const later = [payer.run(sign, [0, PRICE]), other.run(sign, [0, PRICE])];
  // Within a page calls stand in line without a lock of their own.
  await expectWaiting(payer.page);
  prompt.release();
  expect(await signing).toEqual({ value: PRICE });
  for (const { error } of await Promise.all(later)) {
    expect(error).toMatchObject({ code: "proof-pending", details: { balance: PRICE } });
  }
  // The other was the trial before the deposit.
  expect(wallet.times(SIGN)).toBe(2);
});

test("a proof in another channel meets the open window: nothing is stored of it", core, async ({
  payer,
  wallet,
}) => {
  await payer.value(open, DEPOSIT);
  await payer.value(open, DEPOSIT);
  const prompt = wallet.hold(SIGN);
  const signing = payer.run(sign, [0, PRICE]);
  await prompt.asked;
  const { error } = await payer.run(sign, [1, PRICE]);
  expect(error).toMatchObject({ code: "wallet-pending", isError: true });
  prompt.release();
  expect(await signing).toEqual({ value: PRICE });

  const { channels } = await stored(payer);
  channels.sort((one, other) => one.openBlock - other.openBlock);
  expect(channels).toMatchObject([
    { pending: PRICE, exposure: PRICE },
    { pending: undefined, exposure: 0n },
  ]);
  expect(await payer.value(sign, [1, PRICE])).toBe(PRICE);
});

test("a second opening waits for the first, and asks when that was refused", async ({
  payer,
  nextPage,
  stack,
  wallet,
}) => {
  const prompt = wallet.hold(SEND);
  const first = payer.run(open, DEPOSIT);
  await prompt.asked;
  const second = (await nextPage()).run(open, DEPOSIT);
  await expectWaiting(payer.page, 1, "open");
  expect(wallet.times(SEND)).toBe(1);
  prompt.refuse();
  expect((await first).error).toMatchObject({ code: "wallet-rejected" });
  expect(await second).toEqual({ value: DEPOSIT });
  expect(wallet.times(SEND)).toBe(2);
  expect(await openings(stack, wallet.address)).toBe(1);
});

test("connecting while the wallet asks another page for its accounts", async ({
  payer,
  nextPage,
  wallet,
}) => {
  const prompt = wallet.hold("eth_requestAccounts");
  const sender = ({ client }) => client.sender;
  const first = payer.run(sender);
  await prompt.asked;
  const { error } = await (await nextPage()).run(sender);
  expect(error).toMatchObject({ code: "wallet-pending", isError: true });
  prompt.release();
  expect(await first).toEqual({ value: wallet.address });
});

test.describe("a transaction's window that is open when its page is closed", () => {
  let prompt;

  /** The page after the closed one, which finds the opening unfinished. */
  async function leave({ payer, nextPage, wallet }) {
    prompt = wallet.hold(SEND);
    payer.begin(open, DEPOSIT);
    await prompt.asked;
    await payer.page.close();
    const next = await nextPage();
    const { channels, ends } = await stored(next);
    expect(channels).toEqual([]);
    expect(ends).toMatchObject([{ action: "open", hash: undefined, state: "waiting" }]);
    return next;
  }

  test("and is refused then: nothing is left after resuming", async ({
    payer,
    nextPage,
    stack,
    wallet,
  }) => {
    const next = await leave({ payer, nextPage, wallet });
    prompt.refuse();
    expect(await resumed(next)).toMatchObject([
      { action: "open", state: "failed", error: "transaction-dropped" },
    ]);
    expect(await stored(next)).toEqual({ channels: [], ledger: [], ends: [] });
    expect(await next.value(pay, PRICE)).toBe(200);
    expect(await openings(stack, wallet.address)).toBe(1);
  });

  test("and is agreed to then: resuming finds the channel", async ({
    payer,
    nextPage,
    stack,
    wallet,
  }) => {
    const next = await leave({ payer, nextPage, wallet });
    prompt.release();
    await expect.poll(() => openings(stack, wallet.address)).toBe(1);
    expect(await resumed(next)).toMatchObject([{ action: "open", state: "done" }]);
    const { channels, ends } = await stored(next);
    expect(channels).toMatchObject([{ deposit: DEPOSIT, balance: 0n }]);
    expect(ends).toEqual([]);
    expect(await next.value(pay, PRICE)).toBe(200);
    expect(await openings(stack, wallet.address)).toBe(1);
  });
});
