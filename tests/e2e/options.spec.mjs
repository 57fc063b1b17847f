// Options that nobody knows, and values of another type, are refused by name by every method that takes any.
import { core } from "./support/core.mjs";
import { PRICE, expect, test } from "./support/fixtures.mjs";

/** In the page: the argument that a call says is wrong, or what it did instead. */
const refused = async (setting) => {
  const { client, library, receiver, contract, rpcUrl, how, argument: price } = setting;
  const { LocalKey, MicroRaiden, Wallets } = library;
  const channel = async () => (await client.channels())[0];
  const key = LocalKey.create();
  const bad = how.value === "promise" ? Promise.resolve({ maxPrice: 1n }) : how.value;
  const connect = { wallet: key, contract, rpcUrl };
  const calls = {
    connect: () => MicroRaiden.connect({ ...connect, ...bad }),
    open: () => client.open({ receiver, deposit: 1n, ...bad }),
    find: () => client.find({ receiver, ...bad }),
    fetch: async () => client.payingFetch({ maxPrice: price, ...bad }),
    recover: () => client.recover(bad),
    resume: () => client.resume(bad),
    mint: async () => (await import("/js/microraiden/demo.js")).mint(client, bad),
    sweep: () => client.sweep({ to: receiver, ...bad }),
    fund: () => client.fund({ ...bad }),
    setPolicy: () => client.setPolicy(bad),
    stop: () => client.stop(bad),
    exportLedger: () => client.exportLedger(bad),
    exportBackup: () => client.exportBackup(bad),
    importBackup: () => client.importBackup("password", bad),
    on: async () => client.on("change", bad),
    events: async () => (await channel()).events(bad),
    topUp: async () => (await channel()).topUp(1n, bad),
    sign: async () => (await channel()).sign(1n, bad),
    confirm: async () => (await channel()).confirm(bad),
    close: async () => (await channel()).close(bad),
    settle: async () => (await channel()).settle(bad),
    forget: async () => (await channel()).forget(bad),
    load: () => LocalKey.load(bad),
    save: () => key.save(bad),
    forgetKey: () => LocalKey.forget(bad),
    fromBackup: () => LocalKey.fromBackup(bad, "{}"),
    discover: () => Wallets.discover(bad),
  };
  const policy = async () => JSON.stringify(await client.policy());
  const before = await policy();
  const outcome = await calls[how.call]().then(
    () => "done",
    ({ code, details }) => `${code} ${details?.argument}`,
  );
  return [outcome, before === (await policy())];
};

const misspelt = { depositt: 1n };
/** @type {Table} */
const CASES = [
  ...["connect", "open", "find", "fetch", "recover", "resume", "mint", "sweep", "fund", "setPolicy"],
  ...["topUp", "sign", "close", "settle", "forget", "discover", "confirm"],
].map((call) => [call, misspelt, "depositt"]);
CASES.push(
  ["setPolicy", undefined, "policy"],
  ["setPolicy", { maxprice: 5n }, "maxprice"],
  ["setPolicy", { maxPrice: null }, "maxPrice"],
  ["setPolicy", { maxPrice: 5 }, "maxPrice"],
  ["setPolicy", { stopped: "false" }, "stopped"],
  ["setPolicy", { pauseWhenHidden: 1 }, "pauseWhenHidden"],
  ["setPolicy", { maxRate: { payments: 1, seconds: 1, minutes: 1 } }, "minutes"],
  ["setPolicy", { maxOpenings: 1.5 }, "maxOpenings"],
  ["setPolicy", { dailyEscrow: "5" }, "dailyEscrow"],
  ["setPolicy", "promise", "policy"],
  ["setPolicy", [], "policy"],
  ["stop", "false", "stopped"],
  ["stop", null, "stopped"],
  ["stop", 0, "stopped"],
  ["fetch", { topup: 1n }, "topup"],
  ["fetch", { deposit: null }, "deposit"],
  ["fetch", { priceAge: "1" }, "priceAge"],
  ["fetch", { signal: 1 }, "signal"],
  ["fetch", { onProgress: "log" }, "onProgress"],
  ["connect", { confirmation: 3 }, "confirmation"],
  ["connect", { chainId: "31337" }, "chainId"],
  ["close", { cooperative: "false" }, "cooperative"],
  ["close", { force: 1 }, "force"],
  ["close", "force", "options"],
  ["close", null, "options"],
  ["recover", { fromBlock: -1n }, "fromBlock"],
  ["forget", { force: "yes" }, "force"],
  ["exportLedger", "xml", "format"],
  ["exportLedger", 1, "format"],
  ["exportBackup", 1, "password"],
  ["exportBackup", {}, "password"],
  ["importBackup", 1, "file"],
  ["fromBackup", 1, "password"],
  ["load", 1, "name"],
  ["save", {}, "name"],
  ["forgetKey", null, "name"],
  ["on", "listener", "listener"],
);

test("what is misspelt or of another type is refused by name, and changes nothing", core, async ({
  library,
}) => {
  await library.value(
    ({ client, receiver, argument: deposit }) => client.open({ receiver, deposit }).then(() => {}),
    PRICE,
  );
  for (const [call, value, argument] of CASES) {
    const [outcome, unchanged] = await library.with({ how: { call, value } }).value(refused, PRICE);
    expect([call, value, outcome, unchanged]).toEqual([
      call,
      value,
      `invalid-argument ${argument}`,
      true,
    ]);
  }
});
