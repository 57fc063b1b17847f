// A key that the wallet brings back: the same on the same site, whatever the browser has lost.
import { openings, stored } from "./support/books.mjs";
import { core } from "./support/core.mjs";
import { PRICE, expect, test } from "./support/fixtures.mjs";
import { Library } from "./support/library.mjs";

const derive = async ({ library: { LocalKey, Wallets }, argument: options }) => {
  const [wallet] = await Wallets.discover();
  const key = await LocalKey.fromWallet(wallet, options);
  return key.toHex();
};

const pay = async ({ library: { LocalKey, MicroRaiden }, contract, rpcUrl, url, argument: [hex, price] }) => {
  const client = await MicroRaiden.connect({ wallet: LocalKey.fromHex(hex), contract, rpc: rpcUrl });
  const { status } = await client.payingFetch({ maxPrice: price, deposit: 5n * price })(`${url}/doggo.jpg`);
  return status;
};

test("a browser that has lost everything finds key, channel and money again", core, async ({
  library,
  wallet,
  stack,
  browser,
}) => {
  const hex = await library.value(derive);
  expect(wallet.times("personal_sign")).toBe(2);
  const origin = new URL(stack.url);
  const [text, again] = wallet.texts;
  expect(text).toBe(again);
  expect(text.split("\n").slice(0, 2)).toEqual([
    `${origin.host} wants you to sign in with your Ethereum account:`,
    wallet.address,
  ]);
  expect(text).toContain(`URI: ${origin.origin}\n`);
  const sender = await library.value(({ library: { LocalKey }, argument }) => LocalKey.fromHex(argument).address, hex);
  await stack.sendTokens(sender, 100n * PRICE);
  await stack.setEther(sender, 10n ** 18n);
  expect(await library.value(pay, [hex, PRICE])).toBe(200);
  // Another browser, with the same wallet.
  const context = await browser.newContext();
  await wallet.inject(context);
  const other = await Library.alone(await context.newPage(), { stack });
  expect(await other.value(derive)).toBe(hex);
  const found = await other.value(
    async ({ library: { LocalKey, MicroRaiden }, contract, rpcUrl, argument }) => {
      const client = await MicroRaiden.connect({ wallet: LocalKey.fromHex(argument), contract, rpc: rpcUrl });
      await client.recover();
      return (await client.channels()).map(({ deposit }) => deposit);
    },
    hex,
  );
  expect(found).toEqual([5n * PRICE]);
  expect(await other.value(pay, [hex, PRICE])).toBe(200);
  expect(await openings(stack, sender)).toBe(1);
  await context.close();
});

test("another scope, and another account, is another key", async ({ library, wallet }) => {
  const first = await library.value(derive);
  expect(await library.value(derive, { scope: "archive" })).not.toBe(first);
  expect(await library.value(derive, { scope: "default", account: wallet.address })).toBe(first);
  await wallet.switchAccount();
  expect(await library.value(derive)).not.toBe(first);
  await wallet.switchBack();
  expect(await library.value(derive)).toBe(first);
});

test("what stands in the way is told, and nothing is stored", async ({ library, wallet }) => {
  const code = async (options) => (await library.run(derive, options)).error.code;
  expect(await code({ scope: "Archive" })).toBe("invalid-argument");
  expect(await code({ account: `0x${"11".repeat(20)}` })).toBe("no-account");
  wallet.refuse.add("personal_sign");
  expect(await code()).toBe("wallet-rejected");
  wallet.refuse.clear();
  wallet.throws.set("personal_sign", { thrown: { code: -32601, message: "no such method" }, times: 1 });
  expect(await code()).toBe("wallet-unsupported");
  wallet.answers.set("personal_sign", `0x${"12".repeat(96)}`);
  expect(await code()).toBe("wrong-signer");
  wallet.answers.clear();
  wallet.unsteady = true;
  const { error } = await library.run(derive);
  expect(error).toMatchObject({
    code: "wallet-signatures-differ",
    details: { account: wallet.address, alternative: "local-key" },
  });
  expect((await stored(library)).channels).toEqual([]);
});

test("a call that is aborted while the wallet asks ends at once", async ({ library, wallet }) => {
  const held = wallet.hold("personal_sign");
  held.asked.then(() => library.page.evaluate(() => window.stopAsking()));
  const ended = await library.run(async ({ library: { LocalKey, Wallets } }) => {
    const [found] = await Wallets.discover();
    const controller = new AbortController();
    globalThis.stopAsking = () => controller.abort();
    await LocalKey.fromWallet(found, { signal: controller.signal });
  });
  expect(ended.error.code).toBe("aborted");
  held.release();
});
