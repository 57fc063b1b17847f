// Wallets as they were reported, in a page: see docs/field-wallets.md.
import { openings } from "./support/books.mjs";
import { PRICE, expect, test } from "./support/fixtures.mjs";
import { Library } from "./support/library.mjs";

const DEPOSIT = 5n * PRICE;

/** What wallets reject with when their users say no; `tests/sender/wallets.rs` has them all. */
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

test("a refusal in any words is one, and leaves nothing open", async ({
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

test("an error that is not clear keeps the transaction: it may have been sent", async ({
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

  test("once, although each announcement has a proxy of its own", async ({ library }) => {
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

  test("none: the search ends", async ({ library }) => {
    expect(await discover(library, () => {})).toEqual([]);
  });
});
