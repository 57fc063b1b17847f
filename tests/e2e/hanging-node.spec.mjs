// A node that takes connections and never answers: every wait of the page ends, by Cancel at once and by
// itself after a while, with a sentence on the money.
import { BrokenLine, calls } from "./support/broken-line.mjs";
import { channelBalance, openings } from "./support/books.mjs";
import { core, coreIf } from "./support/core.mjs";
import { PRICE, expect, expectChannel, expectPicture, inTokens, test as base } from "./support/fixtures.mjs";

/** @type {import("../types/fixtures.d.ts").HangingTest} */
const test = base.extend({
  /** The line to the node, which the page is told of instead of the node. */
  node: async ({ stack }, use) => {
    const node = await BrokenLine.to(stack.rpcUrl);
    await stack.paywall.restart({ publicRpcUrl: node.url });
    await use(node);
    await stack.paywall.restart({ publicRpcUrl: stack.rpcUrl });
    node.mend();
    await node.stop();
  },
});

const NOTHING = /^Nothing was paid, and nothing was sent/;
const FOLLOWED = /remembered and followed/;

/** What a person does: how it is prepared, begun, and what is said of the money when it is given up. */
const steps = {
  connect: {
    prepare: (visitor) => visitor.arrive(),
    begin: (visitor, wallet) =>
      visitor.by(wallet ? "account-wallet-0" : "account-local-create").click(),
    money: NOTHING,
  },
  faucet: {
    prepare: async (visitor) => {
      await visitor.arrive();
      await visitor.signIn();
    },
    begin: (visitor) => visitor.by("fund").click(),
    money: /^Nothing of yours was spent/,
  },
  open: {
    prepare: (visitor) => visitor.arriveWith(),
    begin: (visitor) => visitor.by("pay").click(),
    money: NOTHING,
  },
  "top up": {
    prepare: (visitor) => visitor.arriveAndPay(5n * PRICE),
    begin: async (visitor) => {
      await visitor.by("topup-input").fill(inTokens(PRICE));
      await visitor.by("topup").click();
    },
    money: NOTHING,
  },
  close: {
    prepare: (visitor) => visitor.arriveAndPay(5n * PRICE),
    begin: (visitor) => visitor.by("close").click(),
    money: NOTHING,
  },
};

/** Waits until the node has taken a request that it does not answer. */
const hangs = async (node, begin) => {
  const before = node.seen.length;
  node.hang();
  await begin();
  await expect.poll(() => node.seen.length).toBeGreaterThan(before);
};

async function expectEnded(visitor, codes, money) {
  await expect(visitor.by("error-code")).toHaveText(codes);
  await expect(visitor.by("error-money")).toHaveText(money);
  await expect(visitor.by("progress")).toBeHidden();
}

for (const [name, { prepare, begin, money }] of Object.entries(steps)) {
  test(`${name}: Cancel ends it at once, and the next try works`, coreIf(name === "open"), async ({
    visitor,
    node,
    wallet,
  }) => {
    await prepare(visitor);
    await hangs(node, () => begin(visitor, wallet));
    await visitor.by("cancel").click();
    await expect(visitor.by("error-code")).toHaveText("aborted", { timeout: 1500 });
    await expectEnded(visitor, "aborted", money);
    node.mend();
    await begin(visitor, wallet);
    await visitor.succeeded();
  });

  test(`${name}: it ends by itself`, async ({ visitor, node, wallet }) => {
    await visitor.page.clock.install();
    await prepare(visitor);
    await hangs(node, () => begin(visitor, wallet));
    await visitor.page.clock.fastForward(40_000);
    await expectEnded(visitor, /^(rpc-unreachable|timed-out)$/, money);
  });
}

test("a transaction that hangs on its way is remembered, and opens one channel", core, async ({
  visitor,
  stack,
  node,
  wallet,
}) => {
  test.skip(Boolean(wallet), "a wallet has a line of its own");
  await visitor.arriveWith();
  node.hang(calls("eth_sendRawTransaction"));
  await visitor.by("deposit-input").fill(inTokens(5n * PRICE));
  await visitor.by("pay").click();
  const sent = () => node.seen.filter(calls("eth_sendRawTransaction")).length;
  await expect.poll(sent).toBe(1);
  await visitor.by("cancel").click();
  await expectEnded(visitor, "aborted", FOLLOWED);
  node.mend();
  await visitor.act("pay");
  await expectPicture(visitor);
  await expectChannel(visitor, { deposit: 5n * PRICE, spent: PRICE });
  expect(await openings(stack, await visitor.address())).toBe(1);
});

test("with a channel open, paying needs no node", async ({ visitor, stack, node }) => {
  await visitor.arriveAndPay(5n * PRICE);
  node.hang();
  await visitor.pay();
  await expectPicture(visitor);
  await visitor.succeeded();
  await expectChannel(visitor, { deposit: 5n * PRICE, spent: 2n * PRICE });
  expect(await channelBalance(stack, visitor)).toBe(2n * PRICE);
});

test("a reload shows what was paid for while the node hangs", async ({ visitor, node, wallet }) => {
  test.skip(Boolean(wallet), "which account it is, a wallet tells only when it is connected");
  await visitor.arriveAndPay(5n * PRICE);
  node.hang();
  await visitor.page.reload();
  await expectPicture(visitor);
  await visitor.by("cancel").click();
  await expectEnded(visitor, "aborted", NOTHING);
});

test("a server that hangs: Cancel ends the payment, which counts once", async ({
  visitor,
  stack,
}) => {
  await visitor.arriveAndPay(5n * PRICE);
  await visitor.askToPay();
  let hung;
  const arrived = new Promise((resolve) => (hung = resolve));
  await visitor.page.route("**/doggo.jpg", (route) => hung(route));
  await visitor.by("pay").click();
  await arrived;
  await visitor.by("cancel").click();
  await expectEnded(visitor, "aborted", /^(A payment was signed|Nothing was paid)/);
  await visitor.page.unroute("**/doggo.jpg");
  await visitor.pay();
  await expectChannel(visitor, { deposit: 5n * PRICE, spent: 2n * PRICE });
  expect(await channelBalance(stack, visitor)).toBe(2n * PRICE);
});

test("a receiver that hangs when it is asked to close: Cancel, and nothing was sent", async ({
  visitor,
  stack,
}) => {
  await visitor.arriveAndPay(5n * PRICE);
  await visitor.page.route("**/api/1/channels/**", () => {});
  const account = await visitor.address();
  const nonce = await stack.publicClient.getTransactionCount({ address: account });
  await visitor.by("close").click();
  await visitor.by("cancel").click();
  await expectEnded(visitor, "aborted", NOTHING);
  expect(await visitor.question()).toBeUndefined();
  expect(await stack.publicClient.getTransactionCount({ address: account })).toBe(nonce);
  await expectChannel(visitor, { deposit: 5n * PRICE, spent: PRICE });
});
