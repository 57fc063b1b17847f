// A page is closed in the middle of its work, and the next one finishes it.
import { openings, receiverBalance, resumed, stored } from "./support/books.mjs";
import { calls } from "./support/broken-line.mjs";
import { coreIf } from "./support/core.mjs";
import { PRICE, expect, withoutNumbers } from "./support/fixtures.mjs";
import { Ledger } from "./support/ledger.mjs";
import { paid, test } from "./support/lines.mjs";

const DEPOSIT = 5n * PRICE;

const pay = async ({ client, url, argument: price }) => {
  const { status } = await client.payingFetch({ maxPrice: price, deposit: 5n * price })(
    `${url}/doggo.jpg`,
  );
  return status;
};

const open = async ({ client, receiver, argument: deposit }) => {
  const channel = await client.open({ receiver, deposit });
  return channel.deposit;
};

const topUp = async ({ client, argument: amount }) => {
  const [channel] = await client.channels();
  await channel.topUp(amount);
};

const close = async ({ client }) => {
  const [channel] = await client.channels();
  await channel.close({ cooperative: false });
};

const agree = async ({ client }) => {
  const [channel] = await client.channels();
  const { cooperative } = await channel.close();
  return cooperative;
};

/** Begins work in a page, closes the page where the line holds it, and loses what is held. */
async function kill(library, held, work, argument) {
  library.begin(work, argument);
  const exchange = await held.arrived;
  await library.page.close();
  held.drop();
  return exchange;
}

for (const before of [0, 1]) {
  test.describe(before === 0 ? "the first payment" : "a later payment", () => {
    withoutNumbers();

    const known = BigInt(before) * PRICE;
    const earlier = Array(before).fill({ outcome: "paid", balance: PRICE });

    test.beforeEach(async ({ first }) => {
      for (let count = 0; count < before; count++) {
        expect(await first.value(pay, PRICE)).toBe(200);
      }
    });

    test("closed before the server has it: it is paid once", coreIf(before === 1), async ({
      first,
      nextPage,
      stack,
      line,
    }) => {
      await kill(first, line.hold(paid), pay, PRICE);
      const next = await nextPage();
      const { channels, ends } = await stored(next);
      expect(channels).toMatchObject([{ balance: known, pending: known + PRICE }]);
      expect(ends).toMatchObject([{ kind: "payment", balance: known + PRICE, state: "waiting" }]);
      expect(await receiverBalance(stack, channels[0])).toBe(known);

      expect(await next.value(pay, PRICE)).toBe(200);
      const after = await stored(next);
      expect(after.channels).toMatchObject([{ balance: known + PRICE, pending: undefined }]);
      expect(after.ledger).toEqual([...earlier, { outcome: "paid", balance: known + PRICE }]);
      expect(after.ends).toEqual([]);
      expect(await receiverBalance(stack, channels[0])).toBe(known + PRICE);
    });

    test("closed when the server has counted it: it is listed as taken, the next is paid", coreIf(before === 1), async ({
      first,
      nextPage,
      stack,
      line,
    }) => {
      // A receiver that has not seen the channel yet refuses what it counts a moment later.
      const counted = (exchange) => paid(exchange) && exchange.status === 200;
      await kill(first, line.holdAnswer(counted), pay, PRICE);
      const next = await nextPage();
      const { channels, ends } = await stored(next);
      expect(ends).toMatchObject([{ kind: "payment", balance: known + PRICE, state: "waiting" }]);
      expect(await receiverBalance(stack, channels[0])).toBe(known + PRICE);

      expect(await next.value(pay, PRICE)).toBe(200);
      const after = await stored(next);
      expect(after.channels).toMatchObject([{ balance: known + 2n * PRICE, pending: undefined }]);
      expect(after.ledger).toEqual([
        ...earlier,
        { outcome: "taken", balance: known + PRICE },
        { outcome: "paid", balance: known + 2n * PRICE },
      ]);
      expect(after.ends).toEqual([]);
      expect(await receiverBalance(stack, channels[0])).toBe(known + 2n * PRICE);
    });
  });
}

test.describe("a transaction", () => {
  test.skip(({ signer }) => signer !== "local key", "a wallet sends by a line of its own");

  const send = calls("eth_sendRawTransaction");
  const moments = {
    "before the node has it": (node) => node.hold(send),
    "before the node's answer came": (node) => node.holdAnswer(send),
    "before its receipt is there": (node) => node.hold(calls("eth_getTransactionReceipt")),
  };
  /** How the next page finishes an opening, and what was paid then. */
  const finishes = {
    "by resuming": async (next) => {
      const ends = await resumed(next);
      expect(ends).toMatchObject([{ kind: "transaction", action: "open", state: "done" }]);
      expect(ends[0].openBlock).toEqual(expect.any(Number));
      return 0n;
    },
    "by a payment that may open a channel": async (next) => {
      expect(await next.value(pay, PRICE)).toBe(200);
      return PRICE;
    },
    "by opening with the same deposit": async (next) => {
      expect(await next.value(open, DEPOSIT)).toBe(DEPOSIT);
      return 0n;
    },
  };

  for (const [moment, hold] of Object.entries(moments)) {
    for (const [how, finish] of Object.entries(finishes)) {
      test(`opening, closed ${moment}: finished ${how}`, coreIf(how === Object.keys(finishes)[0] && moment === Object.keys(moments)[1]), async ({
        first,
        nextPage,
        stack,
        node,
      }) => {
        const [next, finished] = await stack.withoutMining(async () => {
          await kill(first, hold(node), open, DEPOSIT);
          const next = await nextPage();
          const { channels, ends } = await stored(next);
          expect(channels).toEqual([]);
          expect(ends).toMatchObject([{ kind: "transaction", action: "open", state: "waiting" }]);
          expect(ends[0].hash).toMatch(/^0x[0-9a-f]{64}$/);
          // Mining goes on while this waits.
          return [next, finish(next)];
        });
        await expectOpened(stack, next, await finished);
      });
    }
  }

  test("opening, closed before the answer and mined since: connecting finds it", async ({
    first,
    nextPage,
    stack,
    node,
  }) => {
    await kill(first, node.holdAnswer(send), open, DEPOSIT);
    const next = await nextPage();
    await expect.poll(async () => (await stored(next)).channels.length).toBe(1);
    await expectOpened(stack, next, 0n);
    expect(await next.value(pay, PRICE)).toBe(200);
    await expectOpened(stack, next, PRICE);
  });

  /** Expects one channel from one transaction. */
  async function expectOpened(stack, library, balance) {
    const { channels, ends } = await stored(library);
    expect(channels).toMatchObject([{ deposit: DEPOSIT, balance, pending: undefined }]);
    expect(ends).toEqual([]);
    const { sender } = channels[0];
    expect(await openings(stack, sender)).toBe(1);
    expect(await stack.publicClient.getTransactionCount({ address: sender })).toBe(1);
  }

  test("closing, closed when the receiver has agreed: it is not asked again", async ({
    first,
    nextPage,
    line,
    node,
  }) => {
    await first.value(pay, PRICE);
    const asked = () => line.seen.filter(({ method }) => method === "DELETE").length;
    await kill(first, node.hold(calls("eth_estimateGas")), agree);
    // Once without the sender's signature, and with it once the receiver wants it.
    expect(asked()).toBe(2);
    const next = await nextPage();
    expect((await stored(next)).channels).toMatchObject([{ state: "open", balance: PRICE }]);
    expect(await next.value(agree)).toBe(true);
    expect(asked()).toBe(2);
    expect((await stored(next)).channels).toMatchObject([{ state: "settled" }]);
  });

  for (const mined of [true, false]) {
    const when = mined ? "mined since" : "mined later";

    test(`topping up, closed before the answer and ${when}`, coreIf(mined), async ({
      first,
      nextPage,
      stack,
      node,
    }) => {
      await first.value(pay, PRICE);
      const next = await killed({ first, nextPage, stack, node }, topUp, 2n * PRICE, "top-up");
      const deposit = DEPOSIT + 2n * PRICE;
      await expect.poll(async () => (await stored(next)).channels[0].deposit).toBe(deposit);
      const { channels, ends } = await stored(next);
      expect(channels).toMatchObject([{ deposit, balance: PRICE }]);
      expect(ends).toEqual([]);
    });

    test(`closing, closed before the answer and ${when}: settles by itself`, async ({
      first,
      nextPage,
      stack,
      node,
    }) => {
      await first.value(pay, PRICE);
      const sender = await first.value(({ client }) => client.sender);
      const ledger = await Ledger.of(stack, sender);
      const next = await killed({ first, nextPage, stack, node }, close, undefined, "close");
      await expect.poll(async () => (await stored(next)).channels[0].state).toBe("closing");
      const { channels, ends } = await stored(next);
      expect(channels[0].settleBlock).toBeGreaterThan(Number(await stack.blockNumber()));
      expect(ends).toMatchObject([{ kind: "closing", state: "waiting" }]);
      const [{ settleBlock, blocksLeft }] = ends;
      expect(settleBlock).toBe(channels[0].settleBlock);
      expect(blocksLeft).toBeGreaterThan(400);
      expect(settleBlock - blocksLeft).toBeLessThanOrEqual(Number(await stack.blockNumber()));
      expect(await resumed(next)).toMatchObject([{ kind: "closing", state: "waiting" }]);
      await ledger.expectChanges({});

      await stack.mine(blocksLeft + 1);
      expect((await stored(next)).ends).toMatchObject([{ state: "due", blocksLeft: 0 }]);
      expect(await resumed(next)).toMatchObject([{ kind: "closing", state: "done" }]);
      expect((await stored(next)).channels).toMatchObject([{ state: "settled" }]);
      await ledger.expectChanges({
        sender: DEPOSIT - PRICE,
        receiver: PRICE,
        contract: -DEPOSIT,
      });
      expect(await resumed(next)).toEqual([]);
    });

    test(`closing with the receiver, closed before the answer and ${when}`, coreIf(mined), async ({
      first,
      nextPage,
      stack,
      node,
    }) => {
      await first.value(pay, PRICE);
      const sender = await first.value(({ client }) => client.sender);
      const ledger = await Ledger.of(stack, sender);
      const action = "cooperative-close";
      const next = await killed({ first, nextPage, stack, node }, agree, undefined, action);
      await expect.poll(async () => (await stored(next)).channels[0].state).toBe("settled");
      expect((await stored(next)).ends).toEqual([]);
      await ledger.expectChanges({
        sender: DEPOSIT - PRICE,
        receiver: PRICE,
        contract: -DEPOSIT,
      });
    });

    /** The page after one that was closed when the node had the transaction. */
    async function killed({ first, nextPage, stack, node }, work, argument, action) {
      const held = node.holdAnswer(send);
      if (mined) {
        await kill(first, held, work, argument);
        return nextPage();
      }
      const [next, ends] = await stack.withoutMining(async () => {
        await kill(first, held, work, argument);
        const next = await nextPage();
        expect((await stored(next)).ends).toMatchObject([{ action, state: "waiting" }]);
        return [next, resumed(next)];
      });
      expect((await ends)[0]).toMatchObject({ action, state: "done" });
      return next;
    }
  }
});
