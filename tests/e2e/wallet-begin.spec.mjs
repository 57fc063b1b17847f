// From a wallet to a channel in one call, and back again in one: what the wallet is asked, and what a page that dies
// in between leaves to the next.
import { parseEther } from "viem";
import { openings } from "./support/books.mjs";
import { core } from "./support/core.mjs";
import { PRICE, expect, test } from "./support/fixtures.mjs";
import { Library } from "./support/library.mjs";

const DEPOSIT = 5n * PRICE;

const begin = async ({ library: { MicroRaiden, Wallets }, contract, rpcUrl, receiver, argument: [deposit, scope] }) => {
  const [wallet] = await Wallets.discover();
  const steps = [];
  const onProgress = ({ type, request, action }) => type !== "confirming" && steps.push(`${type} ${action ?? request}`);
  const options = { wallet, contract, rpc: rpcUrl, receiver, deposit, scope, onProgress };
  const { client, channel } = await MicroRaiden.begin(options);
  const { balance } = await client.tokenInfo();
  const ether = await client.etherBalance();
  return { sender: client.sender, openBlock: channel.openBlock, deposit: channel.deposit, balance, ether, steps };
};

/** Begins, and ends its page at a progress event, counted from 0. */
const beginUntil = async ({ library: { MicroRaiden, Wallets }, contract, rpcUrl, receiver, argument: [deposit, scope, at] }) => {
  const [wallet] = await Wallets.discover();
  let seen = 0;
  const onProgress = () => {
    if (seen++ === at) globalThis.location.reload();
  };
  await MicroRaiden.begin({ wallet, contract, rpc: rpcUrl, receiver, deposit, scope, onProgress });
  // Its page is about to go.
  if (seen > at) await new Promise(() => {});
  document.title = "begun";
};

const pay = async ({ library: { LocalKey, MicroRaiden }, contract, rpcUrl, url, argument: [account, price, scope = "default"] }) => {
  const wallet = await LocalKey.load(`wallet:${account.toLowerCase()}:${scope}`);
  const client = await MicroRaiden.connect({ wallet, contract, rpc: rpcUrl });
  const { status } = await client.payingFetch({ maxPrice: price })(`${url}/doggo.jpg`);
  return status;
};

const end = async ({ library: { LocalKey, MicroRaiden }, contract, rpcUrl, argument: [account, options] }) => {
  const wallet = await LocalKey.load(`wallet:${account.toLowerCase()}:default`);
  const client = await MicroRaiden.connect({ wallet, contract, rpc: rpcUrl });
  const { left, tokens, ether } = await client.end(options);
  const { balance } = await client.tokenInfo();
  return { left, tokens, ether, balance, rest: await client.etherBalance() };
};

/** What a person was asked: signatures, transactions, batches. */
function asked(wallet) {
  const typed = ["eth_signTypedData", "eth_signTypedData_v1"].map((method) => wallet.times(method));
  return {
    signed: wallet.times("personal_sign"),
    sent: wallet.times("eth_sendTransaction"),
    together: wallet.times("wallet_sendCalls"),
    typed: typed[0] + typed[1],
  };
}

/** What the person loses from here on, in tokens. */
async function spendingOf(stack, account) {
  const before = await stack.tokensOf(account);
  return async () => before - (await stack.tokensOf(account));
}

test("a wallet that makes calls together: signatures, one confirmation, then nothing", core, async ({ library, stack, wallet }) => {
  wallet.batches = true;
  const spent = await spendingOf(stack, wallet.address);
  const begun = await library.value(begin, [DEPOSIT]);
  expect(begun).toMatchObject({ deposit: DEPOSIT, balance: 0n });
  expect(begun.steps).toEqual([
    "waiting-for-wallet accounts",
    "waiting-for-wallet key",
    "waiting-for-wallet accounts",
    "waiting-for-wallet transfer-tokens",
    "sent transfer-tokens",
    "sent transfer-tokens",
    "sent open",
  ]);
  // Signed twice: a key that nobody used before.
  const all = { signed: 2, sent: 0, together: 1, typed: 0 };
  expect(asked(wallet)).toEqual(all);
  expect(await spent()).toBe(DEPOSIT);
  // What is left of the ether suffices to leave.
  expect(begun.ether).toBeGreaterThan(parseEther("0.0001"));
  expect(await library.value(pay, [wallet.address, PRICE])).toBe(200);
  await library.page.reload();
  const again = await library.value(begin, [DEPOSIT]);
  expect(again).toMatchObject({ sender: begun.sender, openBlock: begun.openBlock, deposit: DEPOSIT });
  expect(await library.value(pay, [wallet.address, PRICE])).toBe(200);
  expect(asked(wallet)).toEqual(all);
  expect(await openings(stack, begun.sender)).toBe(1);
});

test("an ordinary wallet confirms tokens and ether, and nothing more", async ({ library, stack, wallet }) => {
  const begun = await library.value(begin, [DEPOSIT]);
  expect(begun).toMatchObject({ deposit: DEPOSIT, balance: 0n });
  expect(asked(wallet)).toEqual({ signed: 2, sent: 2, together: 0, typed: 0 });
  expect(await library.value(pay, [wallet.address, PRICE])).toBe(200);
  expect(asked(wallet)).toEqual({ signed: 2, sent: 2, together: 0, typed: 0 });
  expect(await openings(stack, begun.sender)).toBe(1);
});

test("what the account lacks is told before, and is what begin has the wallet send", async ({ library, stack }) => {
  const told = async ({ library: { LocalKey, MicroRaiden, Wallets }, contract, rpcUrl, receiver, argument: deposit }) => {
    const [wallet] = await Wallets.discover();
    const client = await MicroRaiden.connect({ wallet: LocalKey.create(), contract, rpc: rpcUrl });
    const before = await client.lacks({ receiver, deposit });
    const held = await client.fund({ from: wallet, ...before }).then(async () => [
      (await client.tokenInfo()).balance,
      await client.etherBalance(),
    ]);
    const filled = await client.lacks({ receiver, deposit });
    const more = await client.lacks({ receiver, deposit: deposit + 7n });
    await client.begin({ receiver, deposit });
    return { sender: client.sender, before, held, filled, more };
  };
  const { sender, before, held, filled, more } = await library.value(told, DEPOSIT);
  expect(before.tokens).toBe(DEPOSIT);
  expect(before.ether).toBeGreaterThan(parseEther("0.0001"));
  expect(held).toEqual([before.tokens, before.ether]);
  expect(filled).toEqual({ tokens: 0n, ether: 0n });
  expect(more).toEqual({ tokens: 7n, ether: 0n });
  expect(await openings(stack, sender)).toBe(1);
});

test("ether that pays for one transfer is enough where the token opens by one", async ({ library, stack }) => {
  const made = async ({ library: { LocalKey } }) => {
    const key = LocalKey.create();
    await key.save();
    return key.address;
  };
  const lacks = async ({ library: { LocalKey, MicroRaiden }, contract, rpcUrl, receiver, argument: deposit }) => {
    const client = await MicroRaiden.connect({ wallet: await LocalKey.load(), contract, rpc: rpcUrl });
    return client.lacks({ receiver, deposit });
  };
  const account = await library.value(made);
  const { maxFeePerGas } = await stack.publicClient.estimateFeesPerGas();
  await stack.sendTokens(account, DEPOSIT);
  await stack.setEther(account, 1n);
  const { tokens, ether } = await library.value(lacks, DEPOSIT);
  expect(tokens).toBe(0n);
  expect(ether).toBeGreaterThan(0n);
  // For an allowance and a call it would take more than twice as much.
  await stack.setEther(account, 130_000n * 2n * maxFeePerGas);
  expect(await library.value(lacks, DEPOSIT)).toEqual({ tokens: 0n, ether: 0n });
});

test("the account of a wallet lacks ether where it has none, unless the wallet makes calls together", async ({
  library,
  stack,
  wallet,
}) => {
  const lacks = ({ client, receiver, argument: deposit }) => client.lacks({ receiver, deposit });
  expect(await library.value(lacks, 500n * PRICE)).toEqual({ tokens: 400n * PRICE, ether: 0n });
  await stack.setEther(wallet.address, 0n);
  const { tokens, ether } = await library.value(lacks, DEPOSIT);
  expect(tokens).toBe(0n);
  expect(ether).toBeGreaterThan(0n);
  wallet.batches = true;
  expect(await library.value(lacks, DEPOSIT)).toEqual({ tokens: 0n, ether: 0n });
});

test("another browser with the same wallet signs once, and goes on in the same channel", async ({
  library,
  stack,
  wallet,
  browser,
}) => {
  const begun = await library.value(begin, [DEPOSIT]);
  const before = asked(wallet);
  const context = await browser.newContext();
  await wallet.inject(context);
  const other = await Library.alone(await context.newPage(), { stack, wallet });
  const again = await other.value(begin, [DEPOSIT]);
  expect(again).toMatchObject({ sender: begun.sender, openBlock: begun.openBlock, deposit: DEPOSIT });
  expect(asked(wallet)).toEqual({ ...before, signed: before.signed + 1 });
  // Where only what decrypts the stored key is lost, as well.
  await other.page.evaluate(() => indexedDB.databases().then((all) => all.forEach(({ name }) => indexedDB.deleteDatabase(name))));
  await other.page.reload();
  expect(await other.value(begin, [DEPOSIT])).toMatchObject({ openBlock: begun.openBlock });
  expect(asked(wallet)).toEqual({ ...before, signed: before.signed + 2 });
  expect(await openings(stack, begun.sender)).toBe(1);
  await context.close();
});

for (const batches of [false, true]) {
  test(`a page that dies at any step leaves it to the next${batches ? ", with calls together" : ""}`, async ({
    library,
    stack,
    wallet,
  }) => {
    wallet.batches = batches;
    for (let at = 0; ; at++) {
      const scope = `at-${at}`;
      const spent = await spendingOf(stack, wallet.address);
      const reloaded = library.page.waitForEvent("load");
      library.begin(beginUntil, [DEPOSIT, scope, at]);
      const begun = library.page.waitForFunction(() => document.title === "begun", undefined, { timeout: 0 }).catch(() => {});
      const died = await Promise.race([reloaded.then(() => true), begun.then(() => false)]);
      const next = await library.value(begin, [DEPOSIT, scope]);
      await test.step(`at event ${at}: ${next.steps.join(", ")}`, async () => {
        expect(next).toMatchObject({ deposit: DEPOSIT, balance: 0n });
        expect(await spent()).toBe(DEPOSIT);
        expect(await openings(stack, next.sender)).toBe(1);
      });
      if (!died) {
        expect(at).toBeGreaterThan(6);
        reloaded.catch(() => {});
        break;
      }
    }
  });
}

test("a transfer that is not mined yet is waited for, and not sent again", async ({ library, stack, wallet }) => {
  const telling = async ({ library: { MicroRaiden, Wallets }, contract, rpcUrl, receiver, argument: deposit }) => {
    const [found] = await Wallets.discover();
    const onProgress = ({ type, action, request }) => (document.title = `${type} ${action ?? request}`);
    await MicroRaiden.begin({ wallet: found, contract, rpc: rpcUrl, receiver, deposit, onProgress });
  };
  const spent = await spendingOf(stack, wallet.address);
  let next;
  await stack.withoutMining(async () => {
    library.begin(telling, DEPOSIT);
    await expect(library.page).toHaveTitle("confirming transfer-tokens");
    await library.page.reload();
    next = library.value(telling, DEPOSIT);
    await expect(library.page).toHaveTitle("confirming transfer-tokens");
    expect(wallet.times("eth_sendTransaction")).toBe(1);
  });
  await next;
  expect(wallet.times("eth_sendTransaction")).toBe(2);
  expect(await spent()).toBe(DEPOSIT);
});

test("a wallet that refuses at any step leaves it to the next call", async ({ library, stack, wallet }) => {
  const spent = await spendingOf(stack, wallet.address);
  const thrown = { code: 4001, message: "User rejected the request." };
  const refuse = (method) => wallet.throws.set(method, { thrown, times: 1 });
  const code = async () => (await library.run(begin, [DEPOSIT])).error?.code;
  /** The user agrees once, and refuses what comes then. */
  const refuseSecond = async (method) => {
    const first = wallet.hold(method);
    const ended = code();
    await first.asked;
    refuse(method);
    first.release();
    return ended;
  };
  refuse("personal_sign");
  expect(await code()).toBe("wallet-rejected");
  expect(await refuseSecond("personal_sign")).toBe("wallet-rejected");
  // The tokens, then the ether alone.
  refuse("eth_sendTransaction");
  expect(await code()).toBe("wallet-rejected");
  expect(await spent()).toBe(0n);
  expect(await refuseSecond("eth_sendTransaction")).toBe("wallet-rejected");
  expect(await spent()).toBe(DEPOSIT);
  const begun = await library.value(begin, [DEPOSIT]);
  expect(begun.steps.filter((step) => step.startsWith("sent"))).toEqual(["sent transfer-ether", "sent open"]);
  expect(begun).toMatchObject({ deposit: DEPOSIT, balance: 0n });
  expect(await spent()).toBe(DEPOSIT);
  wallet.batches = true;
  refuse("wallet_sendCalls");
  const other = [DEPOSIT, "other"];
  expect((await library.run(begin, other)).error.code).toBe("wallet-rejected");
  expect(await library.value(begin, other)).toMatchObject({ deposit: DEPOSIT });
  expect(await spent()).toBe(2n * DEPOSIT);
});

test("what is not there is told before anything is moved", async ({ library, wallet }) => {
  const { error } = await library.run(begin, [101n * PRICE]);
  expect(error).toMatchObject({ code: "insufficient-tokens" });
  expect((await library.run(begin, [DEPOSIT, "No"])).error.code).toBe("invalid-argument");
  expect((await library.run(begin, [1000n * PRICE])).error.code).toBe("rule-violated");
  expect(asked(wallet)).toMatchObject({ sent: 0 });
  const alone = await library.run(async ({ library: { LocalKey, MicroRaiden }, contract, rpcUrl, receiver }) => {
    const client = await MicroRaiden.connect({ wallet: LocalKey.create(), contract, rpc: rpcUrl });
    await client.begin({ receiver, deposit: 5n });
  });
  expect(alone.error).toMatchObject({ code: "insufficient-tokens", details: { balance: 0n, required: 5n } });
});

test("ending brings everything back to the wallet, to the unit", core, async ({ library, stack, wallet }) => {
  const spent = await spendingOf(stack, wallet.address);
  const ether = await stack.etherOf(wallet.address);
  const { sender } = await library.value(begin, [DEPOSIT]);
  expect(await library.value(pay, [wallet.address, PRICE])).toBe(200);
  const before = asked(wallet);
  const ended = await library.value(end, [wallet.address, {}]);
  expect(ended).toMatchObject({ left: [], tokens: DEPOSIT - PRICE, balance: 0n });
  expect(await spent()).toBe(PRICE);
  // All but fees comes back, and what is left is less than sending it costs at most.
  expect(ended.ether).toBeGreaterThan(0n);
  expect(ended.rest).toBeLessThan(parseEther("0.001"));
  expect(ether - (await stack.etherOf(wallet.address))).toBeLessThan(parseEther("0.005"));
  expect(asked(wallet)).toEqual(before);
  expect(await openings(stack, sender)).toBe(1);
  // Once more is nothing more, and beginning anew is a new channel.
  expect(await library.value(end, [wallet.address, {}])).toMatchObject({ left: [], tokens: 0n });
  expect(await library.value(begin, [DEPOSIT])).toMatchObject({ sender, deposit: DEPOSIT });
  expect(await openings(stack, sender)).toBe(2);
});

test("ending without the receiver tells what is left until when, and goes on after that", async ({
  library,
  stack,
  wallet,
}) => {
  const spent = await spendingOf(stack, wallet.address);
  const { sender, openBlock } = await library.value(begin, [DEPOSIT]);
  expect(await library.value(pay, [wallet.address, PRICE])).toBe(200);
  const alone = await library.value(end, [wallet.address, { cooperative: false }]);
  expect(alone).toMatchObject({ tokens: 0n, ether: 0n });
  expect(alone.left).toMatchObject([{ kind: "closing", openBlock, state: "waiting" }]);
  const { settleBlock, blocksLeft } = alone.left[0];
  expect(blocksLeft).toBeGreaterThan(0);
  expect((await library.value(end, [wallet.address, {}])).left).toMatchObject([{ settleBlock }]);
  await stack.mine(Number(BigInt(settleBlock) - (await stack.blockNumber())) + 1);
  const ended = await library.value(end, [wallet.address, {}]);
  expect(ended).toMatchObject({ left: [], tokens: DEPOSIT - PRICE, balance: 0n });
  expect(await spent()).toBe(PRICE);
  expect(await stack.tokensOf(sender)).toBe(0n);
});

test("a page that dies over ending leaves it to the next", async ({ library, stack, wallet }) => {
  const endUntil = async ({ library: { LocalKey, MicroRaiden }, contract, rpcUrl, argument: [account, scope, at] }) => {
    const wallet = await LocalKey.load(`wallet:${account.toLowerCase()}:${scope}`);
    const client = await MicroRaiden.connect({ wallet, contract, rpc: rpcUrl });
    let seen = 0;
    const onProgress = () => {
      if (seen++ === at) globalThis.location.reload();
    };
    const { left } = await client.end({ onProgress });
    if (seen > at) await new Promise(() => {});
    document.title = "ended";
    return left.map(({ kind, state, action }) => ({ kind, state, action }));
  };
  const spent = await spendingOf(stack, wallet.address);
  for (let at = 0; ; at++) {
    const scope = `end-${at}`;
    const { sender } = await library.value(begin, [DEPOSIT, scope]);
    expect(await library.value(pay, [wallet.address, PRICE, scope])).toBe(200);
    const reloaded = library.page.waitForEvent("load");
    library.begin(endUntil, [wallet.address, scope, at]);
    const ended = library.page.waitForFunction(() => document.title === "ended", undefined, { timeout: 0 }).catch(() => {});
    const died = await Promise.race([reloaded.then(() => true), ended.then(() => false)]);
    expect(await library.value(endUntil, [wallet.address, scope]), `at event ${at}`).toEqual([]);
    await library.page.evaluate(() => (document.title = ""));
    expect(await spent(), `at event ${at}`).toBe(BigInt(at + 1) * PRICE);
    expect(await stack.etherOf(sender), `at event ${at}`).toBeLessThan(parseEther("0.001"));
    if (!died) {
      expect(at).toBeGreaterThan(5);
      reloaded.catch(() => {});
      break;
    }
  }
});

test("where nobody filled the account, ending is told where to", async ({ library }) => {
  const { error } = await library.run(async ({ library: { LocalKey, MicroRaiden }, contract, rpcUrl }) => {
    const client = await MicroRaiden.connect({ wallet: LocalKey.create(), contract, rpc: rpcUrl });
    await client.end();
  });
  expect(error).toMatchObject({ code: "invalid-argument", details: { argument: "to" } });
});
