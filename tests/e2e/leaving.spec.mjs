// Leaving without anybody's help, and with everything.
import { parseEther } from "viem";
import { generatePrivateKey, privateKeyToAddress } from "viem/accounts";
import { core } from "./support/core.mjs";
import { PRICE, expect, test } from "./support/fixtures.mjs";

test("closing over a payment without an answer names what it costs, unless forced", core, async ({
  library,
}) => {
  const { error } = await library.run(async ({ client, receiver }) => {
    const channel = await client.open({ receiver, deposit: 10n });
    await channel.sign(4n);
    await channel.close({ cooperative: false });
  });
  expect(error).toMatchObject({ code: "close-refused", details: { reason: "pending-proof" } });
  expect(error.message).toContain("pays the receiver");
  const closed = await library.value(async ({ client }) => {
    const [channel] = await client.channels();
    const { cooperative, balance, settleBlock } = await channel.close({
      cooperative: false,
      force: true,
    });
    return { cooperative, balance, due: settleBlock === channel.settleBlock, state: channel.state };
  });
  expect(closed).toEqual({ cooperative: false, balance: 4n, due: true, state: "closing" });
});

test("a channel whose balance is not known is closed after asking for it", async ({ library }) => {
  const { error } = await library.run(async ({ client, receiver, url, argument: price }) => {
    await client.payingFetch({ maxPrice: price, deposit: 5n * price })(`${url}/doggo.jpg`);
    const [channel] = await client.channels();
    await channel.forget({ force: true });
    await client.recover();
    await (await client.find({ receiver })).close({ cooperative: false });
  }, PRICE);
  expect(error).toMatchObject({ code: "close-refused", details: { reason: "unknown-balance" } });
  const closed = await library.value(async ({ client, receiver, url }) => {
    const channel = await client.find({ receiver });
    await channel.reconcile(`${url}/doggo.jpg`);
    return (await channel.close({ cooperative: false })).balance;
  });
  expect(closed).toBe(PRICE);
});

test("sweep sends a local key's tokens, then its ether", core, async ({
  library,
  stack,
  page,
  wallet,
}) => {
  const to = privateKeyToAddress(generatePrivateKey());
  await page.evaluate((address) => (window.to = address), to);
  if (wallet) {
    const { error } = await library.run(({ client }) => client.sweep({ to: window.to }));
    expect(error).toMatchObject({ code: "wallet-unsupported", isError: true });
    return;
  }
  const tokens = await library.value(async ({ client }) => (await client.tokenInfo()).balance);
  const { swept, left, steps } = await library.value(async ({ client }) => {
    const steps = [];
    const onProgress = ({ type, action }) => type === "sent" && steps.push(action);
    const swept = await client.sweep({ to: window.to, onProgress });
    const left = [(await client.tokenInfo()).balance, await client.etherBalance()];
    return { swept, left, steps };
  });
  expect(steps).toEqual(["transfer-tokens", "transfer-ether"]);
  expect(swept.tokens).toBe(tokens);
  expect(await stack.tokensOf(to)).toBe(tokens);
  expect(await stack.etherOf(to)).toBe(swept.ether);
  expect(left[0]).toBe(0n);
  expect(left[1]).toBeLessThan(parseEther("0.01"));
});

test("a sender stopped by its policy opens nothing", async ({ library }) => {
  const { error } = await library.run(async ({ client, receiver }) => {
    await client.stop();
    await client.open({ receiver, deposit: 1n });
  });
  expect(error).toMatchObject({ code: "payments-stopped", isError: true });
});
