// What a local key offers for gas to a node that asks for too much.
import { parseTransaction } from "viem";
import { core, coreIf } from "./support/core.mjs";
import { PRICE, expect, test } from "./support/fixtures.mjs";

const GWEI = 10n ** 9n;
const hex = (number) => `0x${number.toString(16)}`;

/** Answers of the node are changed on their way to the page. Returns what the page hands in. */
async function meddle(library, stack, changes) {
  const raw = [];
  await library.page.route(
    (url) => url.href.startsWith(stack.rpcUrl),
    async (route) => {
      const { id, method, params } = route.request().postDataJSON();
      const change = changes[method];
      if (method === "eth_sendRawTransaction") raw.push(params[0]);
      const answer = await route.fetch();
      if (!change) {
        await route.fulfill({ response: answer });
        return;
      }
      const { result } = await answer.json();
      await route.fulfill({ response: answer, json: { jsonrpc: "2.0", id, result: change(result) } });
    },
  );
  return raw;
}

const open = ({ client, receiver, argument: deposit }) => client.open({ receiver, deposit });

const faults = {
  "a base fee of an ether": {
    eth_getBlockByNumber: (block) => ({ ...block, baseFeePerGas: hex(10n ** 18n) }),
  },
  "a gas price of an ether": {
    eth_getBlockByNumber: (block) => ({ ...block, baseFeePerGas: undefined }),
    eth_gasPrice: () => hex(10n ** 18n),
  },
  "gas for a whole block": { eth_estimateGas: () => hex(1_000_000_000n) },
};

for (const [name, changes] of Object.entries(faults)) {
  test(`${name}: nothing is signed`, coreIf(name === "a base fee of an ether"), async ({ library, stack }) => {
    const sender = await library.value(({ client }) => client.sender);
    // So that it could be paid.
    await stack.setEther(sender, 10n ** 30n);
    const raw = await meddle(library, stack, changes);
    const { error } = await library.run(open, PRICE);
    expect(error).toMatchObject({ code: "fee-above-limit", isError: true });
    expect(error.details.asked > error.details.limit).toBe(true);
    expect(raw).toEqual([]);
  });
}

test("a tip of an ether: what is offered stays below the limit", async ({ library, stack }) => {
  const sender = await library.value(({ client }) => client.sender);
  await stack.setEther(sender, 10n ** 30n);
  const raw = await meddle(library, stack, { eth_maxPriorityFeePerGas: () => hex(10n ** 18n) });
  await library.value(open, PRICE);
  expect(raw.length).toBeGreaterThan(0);
  for (const transaction of raw) {
    expect(parseTransaction(transaction).maxFeePerGas).toBeLessThanOrEqual(500n * GWEI);
  }
});

test("the caller's limit counts", core, async ({ library, stack }) => {
  const raw = await meddle(library, stack, {});
  const { error } = await library.with({ maxFeePerGas: 1n }).run(open, PRICE);
  expect(error).toMatchObject({ code: "fee-above-limit" });
  expect(error.details.limit).toBe(1n);
  expect(raw).toEqual([]);
});
