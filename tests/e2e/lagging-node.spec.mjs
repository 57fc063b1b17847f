// Nodes that lag behind their own receipts, and chains whose contracts count other blocks: one call escrows
// once, whatever a read says.
import { AlteredNode, REVERTED, aboveAnotherChain, isReceipt } from "./support/altered-node.mjs";
import { coreIf } from "./support/core.mjs";
import { PRICE, expect, test as base } from "./support/fixtures.mjs";
import { Library } from "./support/library.mjs";

/** @type {import("../types/fixtures.d.ts").LaggingTest} */
const test = base.extend({
  node: async ({ stack }, use) => {
    const node = await AlteredNode.to(stack.rpcUrl);
    await use(node);
    await node.stop();
  },

  /** The package behind that node. */
  payer: async ({ library, stack, wallet, node }, use) => {
    await use(await Library.on(library.page, { stack, wallet, rpcUrl: node.url }));
  },

  /** How many channels the account has opened, as the chain itself tells. */
  opened: async ({ library, stack }, use) => {
    const sender = await library.value(({ client }) => client.sender);
    const from = `0x${"0".repeat(24)}${sender.slice(2).toLowerCase()}`;
    await use(async () => {
      const [tokens, logs] = await Promise.all([
        stack.tokensOf(sender),
        stack.publicClient.getLogs({ address: stack.contract, fromBlock: 0n, toBlock: "latest" }),
      ]);
      const created = logs.filter(({ topics }) => topics.length === 3 && topics[1] === from);
      return { channels: created.length, escrowed: 100n * PRICE - tokens };
    });
  },
});

/** In the page: pays, opening with five prices and topping up by five. */
const pay = async ({ client, url, argument: price }) => {
  const paying = client.payingFetch({ maxPrice: price, deposit: 5n * price, topUp: 5n * price });
  return (await paying(`${url}/doggo.jpg`)).status;
};

/** Whether a call asks for a channel: it has three arguments. */
const asksForChannel = ({ method, params }) =>
  method === "eth_call" && params[0].data.length === 2 + 8 + 3 * 64;

/** Lets reads of channels fail, and lists be empty, so many times after each receipt with events. */
function lag(node, times) {
  let reads = 0;
  let lists = 0;
  node.tell = (call, answer) => {
    if (isReceipt(call, answer)) {
      reads = times;
      lists = times;
    } else if (asksForChannel(call) && reads > 0) {
      reads -= 1;
      return reads % 2 === 0 ? REVERTED : { result: "0x" };
    } else if (call.method === "eth_getLogs" && lists > 0) {
      lists -= 1;
      return { result: [] };
    }
    return answer;
  };
}

for (const times of [1, 3, 6]) {
  test(`reads that lag ${times} times behind the receipt: one channel, and it pays`, coreIf(times === 3), async ({
    payer,
    node,
    opened,
  }) => {
    lag(node, times);
    expect(await payer.value(pay, PRICE)).toBe(200);
    expect(await opened()).toEqual({ channels: 1, escrowed: 5n * PRICE });
    for (let paid = 0; paid < 5; paid += 1) {
      expect(await payer.value(pay, PRICE)).toBe(200);
    }
    expect(await opened()).toEqual({ channels: 1, escrowed: 10n * PRICE });
  });
}

test("an opening that no read shows is looked for again, and nothing more is opened", async ({
  payer,
  node,
  opened,
}) => {
  lag(node, 1_000_000);
  for (let call = 0; call < 2; call += 1) {
    const { error } = await payer.run(pay, PRICE);
    expect(error).toMatchObject({ code: "channel-unseen", isError: true });
    expect(await opened()).toEqual({ channels: 1, escrowed: 5n * PRICE });
  }
  const ends = await payer.value(({ client }) => client.openEnds());
  expect(ends).toMatchObject([{ kind: "transaction", action: "open", state: "waiting" }]);
  node.tell = (_, answer) => answer;
  expect(await payer.value(pay, PRICE)).toBe(200);
  expect(await opened()).toEqual({ channels: 1, escrowed: 5n * PRICE });
});

for (const tells of [true, false]) {
  const known = tells ? "that the node tells" : "that nobody tells";
  test(`a chain whose contracts count by another one's blocks, ${known}`, async ({
    payer,
    node,
    opened,
  }) => {
    aboveAnotherChain(node, 224_000n, { tells });
    if (tells) {
      expect(await payer.value(pay, PRICE)).toBe(200);
      expect(await payer.value(pay, PRICE)).toBe(200);
    } else {
      for (let call = 0; call < 2; call += 1) {
        const { error } = await payer.run(pay, PRICE);
        expect(error).toMatchObject({ code: "channel-unseen" });
      }
    }
    expect(await opened()).toEqual({ channels: 1, escrowed: 5n * PRICE });
  });
}

test("one fault at each question of the node ends neither connect nor tokenInfo", async ({
  node,
  payer,
}) => {
  const asked = new Set();
  node.tell = ({ method, params }, answer) => {
    const question = JSON.stringify([method, params]);
    if (asked.has(question)) {
      return answer;
    }
    asked.add(question);
    return { error: { code: -32005, message: "daily request count exceeded" } };
  };
  const info = await payer.value(({ client }) => client.tokenInfo());
  expect(info).toMatchObject({ symbol: "TKN", decimals: 18 });
});
