// A local key gets its money from a wallet in one call.
import { parseEther } from "viem";
import { core } from "./support/core.mjs";
import { expect, test } from "./support/fixtures.mjs";

test("a local key is funded from the wallet, step by step", core, async ({ library, stack, wallet }) => {
  const funded = await library.value(
    async ({ library: { LocalKey, MicroRaiden, Wallets }, contract, rpcUrl }) => {
      const key = LocalKey.create();
      const client = await MicroRaiden.connect({ wallet: key, contract, rpc: rpcUrl });
      const [from] = await Wallets.discover();
      const steps = [];
      const onProgress = ({ type, action }) => type !== "confirming" && steps.push([type, action]);
      const done = await client.fund({ from, tokens: 7n, ether: 10n ** 16n, onProgress });
      const { balance } = await client.tokenInfo();
      const hashes = [done.tokensHash, done.etherHash].every((hash) => /^0x.{64}$/.test(hash));
      return { sender: client.sender, balance, ether: await client.etherBalance(), steps, hashes };
    },
  );
  expect(funded).toMatchObject({ balance: 7n, ether: parseEther("0.01"), hashes: true });
  expect(funded.steps).toEqual([
    ["waiting-for-wallet", undefined],
    ["waiting-for-wallet", "transfer-tokens"],
    ["sent", "transfer-tokens"],
    ["waiting-for-wallet", "transfer-ether"],
    ["sent", "transfer-ether"],
  ]);
  expect(await stack.tokensOf(funded.sender)).toBe(7n);
  expect(wallet.times("eth_sendTransaction")).toBe(2);
});

test("a wallet that refuses moves nothing and says so", async ({ library, wallet }) => {
  wallet.refuse.add("eth_sendTransaction");
  const { error } = await library.run(
    async ({ library: { LocalKey, MicroRaiden, Wallets }, contract, rpcUrl }) => {
      const client = await MicroRaiden.connect({ wallet: LocalKey.create(), contract, rpc: rpcUrl });
      const [from] = await Wallets.discover();
      await client.fund({ from, tokens: 7n });
    },
  );
  expect(error).toMatchObject({ code: "wallet-rejected", isError: true });
});

test("a wallet that sends calls together is asked once", core, async ({ library, stack, wallet }) => {
  wallet.batches = true;
  const funded = await library.value(
    async ({ library: { LocalKey, MicroRaiden, Wallets }, contract, rpcUrl }) => {
      const client = await MicroRaiden.connect({ wallet: LocalKey.create(), contract, rpc: rpcUrl });
      const [from] = await Wallets.discover();
      const steps = [];
      const onProgress = ({ type, action }) => type !== "confirming" && steps.push([type, action]);
      const done = await client.fund({ from, tokens: 7n, ether: 10n ** 16n, onProgress });
      const { balance } = await client.tokenInfo();
      return { sender: client.sender, balance, ether: await client.etherBalance(), steps, done };
    },
  );
  expect(funded).toMatchObject({ balance: 7n, ether: parseEther("0.01") });
  expect(funded.steps).toEqual([
    ["waiting-for-wallet", undefined],
    ["waiting-for-wallet", "transfer-tokens"],
    ["sent", "transfer-tokens"],
    ["sent", "transfer-tokens"],
  ]);
  expect(wallet.times("wallet_sendCalls")).toBe(1);
  expect(wallet.times("eth_sendTransaction")).toBe(0);
  expect(wallet.batched).toMatchObject([{ version: "2.0.0", atomicRequired: true, from: wallet.address }]);
  const called = wallet.batched[0].calls.map(({ to }) => to.toLowerCase());
  expect(called).toEqual([stack.token.toLowerCase(), funded.sender.toLowerCase()]);
  const statuses = await Promise.all(
    [funded.done.tokensHash, funded.done.etherHash].map((hash) => stack.publicClient.getTransactionReceipt({ hash })),
  );
  expect(statuses.map(({ status }) => status)).toEqual(["success", "success"]);
});

test("a wallet that has sent calls together is asked for nothing else", async ({ library, wallet }) => {
  wallet.batches = true;
  wallet.refuse.add("wallet_sendCalls");
  const fund = async ({ library: { LocalKey, MicroRaiden, Wallets }, contract, rpcUrl }) => {
    const client = await MicroRaiden.connect({ wallet: LocalKey.create(), contract, rpc: rpcUrl });
    const [from] = await Wallets.discover();
    await client.fund({ from, tokens: 7n, ether: 7n });
  };
  expect((await library.run(fund)).error).toMatchObject({ code: "wallet-rejected" });
  wallet.refuse.clear();
  // By its word they were without effect.
  wallet.answers.set("wallet_getCallsStatus", { status: 500 });
  expect((await library.run(fund)).error).toMatchObject({ code: "transaction-dropped" });
  expect(wallet.times("eth_sendTransaction")).toBe(0);
  // It can't after all: one after the other.
  wallet.answers.clear();
  wallet.throws.set("wallet_sendCalls", { thrown: { code: 5760, message: "not atomic" } });
  expect((await library.run(fund)).error).toBeUndefined();
  expect(wallet.times("eth_sendTransaction")).toBe(2);
});
