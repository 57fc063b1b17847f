import { expect, test as base } from "@playwright/test";
import { startStack } from "../../../demo/stack.mjs";
import { startWorker } from "./worker-page.mjs";

const ANYBODY = "0x00000000000000000000000000000000000000aa";

/** @type {import("../../types/fixtures.d.ts").BaseTest} */
const test = base.extend({
  stack: [
    async ({}, use) => {
      const stack = await startStack({ blockTime: 0, anvilArgs: [] });
      await use(stack);
      await stack.stop();
    },
    { scope: "worker", timeout: 60_000 },
  ],
});

test("blocks are taken back, and their transactions are gone", async ({ stack }) => {
  await stack.mine(200);
  const send = () => stack.walletClient.sendTransaction({ to: ANYBODY, value: 1n });
  const hash = await send();
  const { publicClient } = stack;
  // Anvil answers the sending before it has mined.
  const { blockNumber, blockHash } = await publicClient.waitForTransactionReceipt({ hash });
  await stack.reorg(150);
  expect(await stack.blockNumber()).toBe(blockNumber);
  const block = await publicClient.getBlock({ blockNumber });
  expect(block.transactions).toEqual([]);
  expect(block.hash).not.toBe(blockHash);
  await expect(publicClient.getTransaction({ hash })).rejects.toThrow("could not be found");
  expect(await stack.etherOf(ANYBODY)).toBe(0n);
});

test("without mining transactions wait, can be replaced and dropped", async ({ stack }) => {
  const { publicClient, walletClient, testClient } = stack;
  const send = (options) => walletClient.sendTransaction({ to: ANYBODY, value: 1n, ...options });
  const nonce = await publicClient.getTransactionCount({ address: stack.owner });
  const hash = await stack.withoutMining(async () => {
    const first = await send({ nonce });
    const { maxFeePerGas, blockNumber } = await publicClient.getTransaction({ hash: first });
    expect(blockNumber).toBeNull();
    await expect(send({ nonce, value: 2n, maxFeePerGas })).rejects.toThrow("underpriced");
    const second = await send({ nonce, value: 2n, maxFeePerGas: maxFeePerGas + 1n });
    await expect(publicClient.getTransaction({ hash: first })).rejects.toThrow("not be found");
    await testClient.dropTransaction({ hash: await send({ nonce: nonce + 1 }) });
    return second;
  });
  const { status } = await publicClient.waitForTransactionReceipt({ hash });
  expect(status).toBe("success");
  expect(await publicClient.getTransactionCount({ address: stack.owner })).toBe(nonce + 1);
});

test("a chain keeps the id that it was given while it mined", async ({ stack }) => {
  const { publicClient } = stack;
  const end = new AbortController();
  const mining = (async () => {
    while (!end.signal.aborted) {
      await stack.mine(1);
    }
  })();
  try {
    for (let id = 2000; id < 2200; id++) {
      await stack.setChainId(id);
      expect(await publicClient.getChainId()).toBe(id);
    }
  } finally {
    end.abort();
    await mining;
    await stack.setChainId(stack.chainId);
  }
});

test("the package works in a worker", async ({ page, stack }) => {
  await page.goto(`${stack.url}/cm`);
  const worker = await startWorker(page, { contract: stack.contract, rpcUrl: stack.rpcUrl });
  expect(await worker.value(({ argument }) => argument * 2n, 2n ** 70n)).toBe(2n ** 71n);
  const { error } = await worker.run(({ library }) => library.LocalKey.fromHex("secret"));
  expect(error).toMatchObject({ code: "invalid-argument", isError: true });
  const found = await worker.value(async ({ library, contract, rpcUrl }) => {
    const wallet = library.LocalKey.create();
    const client = await library.MicroRaiden.connect({ wallet, contract, rpc: rpcUrl });
    return client.chainId;
  });
  expect(found).toBe(stack.chainId);
  await worker.stop();
});
