// Tokens without ERC223: approval and a call, with what such tokens do besides.
import { encodeFunctionData } from "viem";
import { tokenAbi } from "../../contracts/abi.mjs";
import { AlteredNode } from "./support/altered-node.mjs";
import { core } from "./support/core.mjs";
import { expect, test } from "./support/fixtures.mjs";
import { payerOf } from "./support/odd-token.mjs";

/** In the page: opens with a hundred units; the actions sent, and the error if it fails. */
const open = async ({ client, receiver }) => {
  const events = [];
  const onProgress = ({ type, action }) => type === "sent" && events.push(action);
  const error = await client.open({ receiver, deposit: 100n, onProgress }).then(
    () => undefined,
    ({ code, details }) => ({ code, ...details }),
  );
  const channels = (await client.channels()).map(({ deposit, state }) => ({ deposit, state }));
  return { error, events, channels };
};

test("open and top up by approval; an old allowance is reset first", core, async ({
  page,
  stack,
  wallet,
}) => {
  const payer = await payerOf("PlainToken", page, { stack, wallet });
  const { token, contract, library, sender, balanceOf } = payer;
  // An allowance that does not suffice is left from before.
  await stack.testClient.impersonateAccount({ address: sender });
  const data = encodeFunctionData({ abi: tokenAbi, functionName: "approve", args: [contract, 1n] });
  const hash = await stack.publicClient.request({
    method: "eth_sendTransaction",
    params: [{ from: sender, to: token, data }],
  });
  await stack.publicClient.waitForTransactionReceipt({ hash });
  await stack.testClient.stopImpersonatingAccount({ address: sender });

  const { deposit, events } = await library.value(async ({ client, receiver }) => {
    const events = [];
    const onProgress = ({ type, action }) => type === "sent" && events.push(action);
    const channel = await client.open({ receiver, deposit: 100n, onProgress });
    await channel.topUp(50n, { onProgress });
    return { deposit: channel.deposit, events };
  });
  expect(deposit).toBe(150n);
  expect(events).toEqual(["approve-reset", "approve", "open", "approve", "top-up"]);
  expect(await balanceOf(contract)).toBe(150n);
  expect(await balanceOf(sender)).toBe(850n);
});

test("a token that returns nothing is refused by the contract, and nothing is deposited", async ({
  page,
  stack,
  wallet,
}) => {
  const { contract, library, balanceOf } = await payerOf("SilentToken", page, { stack, wallet });
  const { error, channels } = await library.value(open);
  expect(error).toEqual({ code: "rule-violated", rule: "reverted" });
  expect(channels).toEqual([]);
  expect(await balanceOf(contract)).toBe(0n);
});

test("nothing is deposited in a token that charges for transfers", async ({
  page,
  stack,
  wallet,
}) => {
  const payer = await payerOf("TollToken", page, { stack, wallet });
  const { error, events, channels } = await payer.library.value(open);
  expect(error).toEqual({ code: "fee-on-transfer", asked: 100n, arrived: 99n });
  expect([events, channels]).toEqual([[], []]);
  expect(await payer.balanceOf(payer.sender)).toBe(1000n);
});

test("where the node can't try it out, the receipt tells, and nothing more is deposited", async ({
  page,
  stack,
  wallet,
}) => {
  const node = await AlteredNode.to(stack.rpcUrl);
  // Without state overrides.
  node.ask = ({ method, params }) => ({
    method,
    params: method === "eth_call" ? params.slice(0, 2) : params,
  });
  const payer = await payerOf("TollToken", page, { stack, wallet, rpcUrl: node.url });
  const first = await payer.library.value(open);
  const hash = expect.stringMatching(/^0x[0-9a-f]{64}$/);
  const error = { code: "fee-on-transfer", asked: 100n, arrived: 99n, hash };
  const channels = [{ deposit: 100n, state: "open" }];
  expect(first).toEqual({ error, events: ["approve", "open"], channels });
  const second = await payer.library.value(open);
  expect(second).toEqual({ error: first.error, events: [], channels });
  expect(await payer.balanceOf(payer.contract)).toBe(99n);
  await node.stop();
});
