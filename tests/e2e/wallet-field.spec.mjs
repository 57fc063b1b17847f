// Wallets as they were reported, in a page: see docs/field-wallets.md.
import { openings } from "./support/books.mjs";
import { core, coreIf } from "./support/core.mjs";
import { PRICE, expect, test } from "./support/fixtures.mjs";
import { Library } from "./support/library.mjs";

const DEPOSIT = 5n * PRICE;

/** What wallets reject with when their users say no; `tests/sender/wallets/errors/rejections.rs` has them all. */
const REJECTIONS = [
  { code: 4001, message: "User rejected the request." },
  { code: 5000, message: "User rejected." },
  { code: "ACTION_REJECTED", reason: "user rejected transaction" },
  { code: -32000, message: "cancelled" },
  { code: -32603, data: { originalError: { code: 4001 } } },
  { error: { code: 4001, message: "no" } },
  "User canceled request",
];

/** Opens, and tells the code of the failure, and which transactions are left. */
const open = async ({ client, receiver, argument: deposit }) => {
  const code = await client.open({ receiver, deposit }).then(
    () => "opened",
    (error) => error.code,
  );
  return { code, ends: await client.openEnds() };
};

test("a refusal in any words is one, and leaves nothing open", core, async ({
  library,
  wallet,
  stack,
  context,
}) => {
  for (const thrown of REJECTIONS) {
    wallet.throws.set("eth_sendTransaction", { thrown });
    const left = await library.value(open, DEPOSIT);
    expect(left, JSON.stringify(thrown)).toEqual({ code: "wallet-rejected", ends: [] });
  }
  wallet.throws.clear();
  // No lock is left either: another page opens.
  const other = await Library.alone(await context.newPage(), { stack, wallet });
  expect(await other.value(open, DEPOSIT)).toEqual({ code: "opened", ends: [] });
  expect(await openings(stack, wallet.address)).toBe(1);
});

const SHORT = "eth_signTypedData";
const LONG = "eth_signTypedData_v1";
const SEND = "eth_sendTransaction";

const pay = async ({ client, url, argument: price }) => {
  const { status } = await client.payingFetch({ maxPrice: price, deposit: 5n * price })(
    `${url}/doggo.jpg`,
  );
  return status;
};

/** What the page is told while it opens, and the code of a failure. */
const told = async ({ client, receiver, argument: deposit }) => {
  const requests = [];
  const onProgress = ({ type, request }) => type === "waiting-for-wallet" && requests.push(request);
  const failed = await client.open({ receiver, deposit, onProgress }).then(
    () => undefined,
    ({ code, details }) => ({ code, details }),
  );
  return { requests, failed };
};

test("before its first deposit a wallet signs a proof of nothing, once", async ({
  library,
  wallet,
  stack,
}) => {
  const trial = wallet.hold(SHORT);
  const opening = library.value(told, DEPOSIT);
  const [fields] = /** @type {any} */ (await trial.asked);
  const shown = Object.fromEntries(fields.map(({ name, value }) => [name, value]));
  expect(shown).toMatchObject({ receiver: `0x${"0".repeat(40)}`, block_created: "0", balance: "0" });
  expect(fields).toHaveLength(stack.generation === "0.1" ? 4 : 5);
  expect(wallet.times(SEND)).toBe(0);
  trial.release();
  expect(await opening).toEqual({ requests: ["trial-signature", "transaction"] });
  await library.page.reload();
  expect(await library.value(told, DEPOSIT)).toEqual({ requests: ["transaction"] });
  expect(wallet.times(SHORT)).toBe(1);
  expect(await library.value(pay, PRICE)).toBe(200);
  expect(wallet.times(SHORT)).toBe(2);
  // Another account is another question.
  await wallet.switchAccount();
  await stack.sendTokens(wallet.address, DEPOSIT);
  await stack.setEther(wallet.address, 10n ** 18n);
  const { requests } = await library.value(told, DEPOSIT);
  expect(requests).toEqual(["trial-signature", "transaction"]);
});

/** How wallets that can't sign answer. */
const UNABLE = {
  Ledger: (wallet) => {
    const message =
      "Keyring Controller signTypedMessage: Error: Ledger: Only version 4 of typed data signing is supported";
    wallet.throws.set(SHORT, { thrown: { code: -32603, message } });
  },
  "a smart account": (wallet) => wallet.answers.set(SHORT, `0x${"03".repeat(300)}`),
  "a signature of something else": (wallet) =>
    [SHORT, LONG].forEach((method) => wallet.answers.set(method, `0x${"11".repeat(64)}1b`)),
  "no such method": (wallet) =>
    [SHORT, LONG].forEach((method) => wallet.throws.set(method, { thrown: { code: -32601 } })),
};

for (const [name, answer] of Object.entries(UNABLE)) {
  test(`a wallet that can't sign deposits nothing: ${name}`, coreIf(name === "Ledger"), async ({ library, wallet, stack }) => {
    answer(wallet);
    const details = { account: wallet.address, alternative: "local-key" };
    const failed = { code: "wallet-cannot-sign", details };
    const first = await library.value(told, DEPOSIT);
    expect(first).toEqual({ requests: ["trial-signature"], failed });
    const asked = wallet.times(SHORT) + wallet.times(LONG);
    // It is remembered, in later pages as well.
    await library.page.reload();
    expect(await library.value(told, DEPOSIT)).toEqual({ requests: [], failed });
    expect(wallet.times(SHORT) + wallet.times(LONG)).toBe(asked);
    expect(wallet.times(SEND)).toBe(0);
    expect(await openings(stack, wallet.address)).toBe(0);
  });
}

test("what the error says works: a local key that the wallet funds", async ({ library, wallet }) => {
  UNABLE.Ledger(wallet);
  const work = async ({ library: { LocalKey, MicroRaiden, Wallets }, contract, rpcUrl, ...rest }) => {
    const client = await MicroRaiden.connect({ wallet: LocalKey.create(), contract, rpc: rpcUrl });
    const [from] = await Wallets.discover();
    await client.fund({ from, tokens: 5n * rest.argument, ether: 10n ** 17n });
    const fetch = client.payingFetch({ maxPrice: rest.argument, deposit: 5n * rest.argument });
    return (await fetch(`${rest.url}/doggo.jpg`)).status;
  };
  expect(await library.value(work, PRICE)).toBe(200);
});

test("a trial that is refused decides nothing", async ({ library, wallet }) => {
  for (const thrown of REJECTIONS) {
    wallet.throws.set(SHORT, { thrown });
    const left = await library.value(open, DEPOSIT);
    expect(left, JSON.stringify(thrown)).toEqual({ code: "wallet-rejected", ends: [] });
  }
  wallet.throws.set(SHORT, { thrown: { code: -32603, message: "the device is locked" } });
  expect(await library.value(open, DEPOSIT)).toEqual({ code: "wallet-error", ends: [] });
  expect(wallet.times(SEND)).toBe(0);
  wallet.throws.clear();
  expect(await library.value(open, DEPOSIT)).toEqual({ code: "opened", ends: [] });
});

test("the method that a wallet knows is remembered", async ({ library, wallet }) => {
  wallet.aliases.set(LONG, SHORT);
  wallet.throws.set(SHORT, { thrown: { code: 4200, message: "Unsupported method" } });
  expect(await library.value(pay, PRICE)).toBe(200);
  await library.page.reload();
  expect(await library.value(pay, PRICE)).toBe(200);
  expect(wallet.times(SHORT)).toBe(1);
  expect(wallet.times(LONG)).toBe(3);
});

test("an error that is not clear keeps the transaction: it may have been sent", core, async ({
  library,
  wallet,
}) => {
  const thrown = { code: -32603, message: "net/http: request canceled" };
  wallet.throws.set("eth_sendTransaction", { thrown });
  const left = await library.value(open, DEPOSIT);
  expect(left).toMatchObject({ code: "wallet-error", ends: [{ action: "open" }] });
});

test("a wallet that connects anew is not gone", async ({ library, wallet, context }) => {
  const lost = { code: 1013, message: "MetaMask: Disconnected from chain. Attempting to connect." };
  const kept = library.with({ keep: true });
  const frozen = ({ client }) => client.frozen;
  expect(await kept.value(frozen)).toBeUndefined();
  await wallet.emit(context, "disconnect", lost);
  expect(await kept.value(frozen)).toBeUndefined();
  for (const method of ["eth_accounts", "eth_chainId"]) {
    wallet.throws.set(method, { thrown: lost, times: 2 });
  }
  expect(await kept.value(open, DEPOSIT)).toMatchObject({ code: "opened" });
  await wallet.emit(context, "disconnect", { code: 4900, message: "gone" });
  expect(await kept.value(frozen)).toBe("wallet-disconnected");
});

test("listeners go with their client", async ({ library, wallet, context }) => {
  const connects = async ({ library: { MicroRaiden, Wallets }, client, contract }) => {
    const [found] = await Wallets.discover();
    const another = await MicroRaiden.connect({ wallet: found, contract });
    await another.fund({ from: found });
    globalThis.another = another;
    return client.sender;
  };
  await library.page.reload();
  await library.with({ keep: true }).value(connects);
  const heard = () => wallet.emit(context, "chainChanged", `0x${wallet.chainId.toString(16)}`);
  expect(await heard()).toBe(2);
  await library.page.evaluate(() => globalThis.another.free());
  expect(await heard()).toBe(1);
});

test.describe("wallets that are found", () => {
  /** What a page with such wallets finds: the work runs in it, and makes `provider(name)` its wallets. */
  const discover = (library, work) =>
    library.page.evaluate(`(async () => {
      const { default: init, Wallets } = await import("/js/microraiden/index.js");
      await init();
      // The test's own wallet announces itself no more.
      const stop = (event) => event.detail?.info.rdns === "test.wallet" && event.stopImmediatePropagation();
      window.addEventListener("eip6963:announceProvider", stop, { capture: true });
      const provider = (name) => ({ name, request: async () => [] });
      const announce = (info, wallet) => window.dispatchEvent(
        new CustomEvent("eip6963:announceProvider", { detail: { info, provider: wallet } }),
      );
      await (${work})({ provider, announce });
      const found = await Wallets.discover();
      return found.map(({ name }) => name);
    })()`);

  test("late, and announced", async ({ library }) => {
    const work = ({ provider, announce }) => {
      setTimeout(() => announce({ uuid: "1", rdns: "late", name: "late" }, provider("late")), 700);
    };
    expect(await discover(library, work)).toEqual(["late"]);
  });

  test("late, as window.ethereum", async ({ library }) => {
    const work = ({ provider }) => {
      setTimeout(() => {
        window.ethereum = provider("app");
        window.dispatchEvent(new Event("ethereum#initialized"));
      }, 700);
    };
    expect(await discover(library, work)).toEqual(["Browser wallet"]);
  });

  test("once, although each announcement has a proxy of its own", core, async ({ library }) => {
    const work = ({ provider, announce }) => {
      const real = provider("one");
      let count = 0;
      window.addEventListener("eip6963:requestProvider", () => {
        const proxy = () => new Proxy(real, {});
        announce({ uuid: "1", rdns: "one", name: "one" }, proxy());
        announce({ uuid: "1", rdns: "one", name: "one" }, proxy());
        announce({ uuid: `${(count += 1)}`, rdns: "two", name: "two" }, proxy());
        announce({ uuid: `${(count += 1)}x`, rdns: "two", name: "two" }, proxy());
        announce({ name: "nameless" }, provider("nameless"));
        announce({ name: "other" }, provider("other"));
      });
    };
    expect(await discover(library, work)).toEqual(["one", "two", "nameless", "other"]);
  });

  test("none: the search ends, or is aborted", async ({ library }) => {
    expect(await discover(library, () => {})).toEqual([]);
    const waited = await library.page.evaluate(async () => {
      const { Wallets } = await import("/js/microraiden/index.js");
      const start = performance.now();
      const { name } = await Wallets.discover({ signal: AbortSignal.timeout(200) }).catch((e) => e);
      return { name, soon: performance.now() - start < 1500 };
    });
    expect(waited).toEqual({ name: "TimeoutError", soon: true });
  });
});
