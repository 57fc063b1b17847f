// Whatever a method is called with or upon, it fails with an error of the package, and in the way it answers.
import { core } from "./support/core.mjs";
import { expect, test } from "./support/fixtures.mjs";

test("arguments of a wrong type are refused with an error of the package by every method", core, async ({ library }) => {
  const answers = await library.value(async ({ client, library, receiver, contract, rpcUrl }) => {
    const { mint } = await import("/js/microraiden/demo.js");
    const { default: init, initSync, InjectedWallet, LocalKey, MicroRaiden, MicroRaidenError, Wallets } = library;
    const channel = await client.open({ receiver, deposit: 5n });
    const key = LocalKey.create();
    const message = { contract, receiver, openBlock: 1, balance: 1n };
    const pay = client.payingFetch({ maxPrice: 1n });
    const freed = LocalKey.create();
    freed.free();

    const values = { undefined, null: null, number: 1.5, object: {}, symbol: Symbol("text"), freed };
    // Those that take whatever is missing, or an empty object, leave it out.
    const optional = ["undefined", "object"];
    /** @type {Record<string, [(bad: any) => any, string[]?]>} */
    const calls = {
      init: [(bad) => init(bad), optional],
      "init wasm": [(bad) => init({ wasm: bad }), ["undefined"]],
      initSync: [(bad) => initSync(bad), optional],
      "LocalKey.load": [(bad) => LocalKey.load(bad), ["undefined"]],
      "LocalKey.save": [(bad) => key.save(bad), ["undefined"]],
      "LocalKey.forget": [(bad) => LocalKey.forget(bad), ["undefined"]],
      "LocalKey.fromHex": [(bad) => LocalKey.fromHex(bad)],
      "LocalKey.fromBackup": [(bad) => LocalKey.fromBackup(bad, "{}")],
      "LocalKey.fromBackup file": [(bad) => LocalKey.fromBackup("password", bad)],
      signBalanceProof: [(bad) => key.signBalanceProof(bad)],
      "signBalanceProof contract": [(bad) => key.signBalanceProof({ ...message, contract: bad })],
      "signBalanceProof openBlock": [(bad) => key.signBalanceProof({ ...message, openBlock: bad })],
      "signBalanceProof balance": [(bad) => key.signBalanceProof({ ...message, balance: bad })],
      recoverBalanceProof: [(bad) => library.recoverBalanceProof(bad, "0x")],
      "recoverBalanceProof signature": [(bad) => library.recoverBalanceProof(message, bad)],
      useStorage: [(bad) => library.useStorage(bad)],
      "InjectedWallet.from": [(bad) => InjectedWallet.from(bad)],
      "Wallets.discover": [(bad) => Wallets.discover(bad), optional],
      connect: [(bad) => MicroRaiden.connect(bad)],
      "connect wallet": [(bad) => MicroRaiden.connect({ wallet: bad, contract, rpc: rpcUrl })],
      "connect contract": [(bad) => MicroRaiden.connect({ wallet: key, contract: bad, rpc: rpcUrl })],
      "connect rpc": [(bad) => MicroRaiden.connect({ wallet: key, contract, rpc: bad })],
      open: [(bad) => client.open(bad)],
      find: [(bad) => client.find(bad)],
      channelToPayFrom: [(bad) => client.channelToPayFrom(bad)],
      exportBackup: [(bad) => client.exportBackup(bad)],
      importBackup: [(bad) => client.importBackup(bad, "{}")],
      "importBackup file": [(bad) => client.importBackup("password", bad)],
      exportLedger: [(bad) => client.exportLedger(bad), ["undefined"]],
      payingFetch: [(bad) => client.payingFetch(bad)],
      onPaymentRequired: [(bad) => client.payingFetch({ maxPrice: 1n, onPaymentRequired: bad }), ["undefined"]],
      quote: [(bad) => client.quote(bad)],
      pay: [(bad) => pay(bad)],
      "pay init": [(bad) => pay("/nowhere", bad), ["undefined", "null", "object", "freed"]],
      "pay method": [(bad) => pay("/nowhere", { method: bad }), ["undefined", "null", "number"]],
      "pay signal": [(bad) => pay("/nowhere", { signal: bad }), ["undefined", "null"]],
      fund: [(bad) => client.fund(bad)],
      "fund from": [(bad) => client.fund({ from: bad, tokens: 1n })],
      mint: [(bad) => mint(client, bad), optional],
      "mint client": [(bad) => mint(bad)],
      on: [(bad) => client.on(bad, () => {})],
      "on listener": [(bad) => client.on("change", bad)],
      recover: [(bad) => client.recover(bad), optional],
      resume: [(bad) => client.resume(bad), optional],
      setPolicy: [(bad) => client.setPolicy(bad), ["object"]],
      stop: [(bad) => client.stop(bad), ["undefined"]],
      sweep: [(bad) => client.sweep(bad)],
      "channel.close": [(bad) => channel.close(bad), optional],
      "channel.confirm": [(bad) => channel.confirm(bad)],
      "channel.rollback": [(bad) => channel.rollback(bad)],
      "channel.forget": [(bad) => channel.forget(bad), optional],
      "channel.on": [(bad) => channel.on(bad, () => {})],
      "channel.on listener": [(bad) => channel.on("change", bad)],
      "channel.events": [(bad) => channel.events(bad), optional],
      "channel.events signal": [(bad) => channel.events({ signal: bad }), ["undefined"]],
      subscribe: [(bad) => client.subscribe(bad)],
      "channel.reconcile": [(bad) => channel.reconcile(bad)],
      "channel.reconcile init": [(bad) => channel.reconcile("/nowhere", bad), ["undefined", "null", "object", "freed"]],
      "channel.settle": [(bad) => channel.settle(bad), optional],
      "channel.sign": [(bad) => channel.sign(bad)],
      "channel.sign options": [(bad) => channel.sign(1n, bad), optional],
      "channel.topUp": [(bad) => channel.topUp(bad)],
      "channel.topUp options": [(bad) => channel.topUp(1n, bad), optional],
    };
    const wrong = {};
    for (const [name, [call, left = []]] of Object.entries(calls)) {
      for (const [kind, value] of Object.entries(values)) {
        if (left.includes(kind)) continue;
        try {
          // Some wait for an answer that nobody gives.
          const late = new Promise((resolve) => setTimeout(resolve, 2_000, "waits"));
          wrong[`${name} ${kind}`] = (await Promise.race([call(value), late])) ?? "done";
        } catch (error) {
          const coded = error instanceof MicroRaidenError && error.code === "invalid-argument";
          const ours = coded && error.message.endsWith(" (docs/errors.md#invalid-argument)");
          if (!ours) wrong[`${name} ${kind}`] = String(error);
        }
      }
    }
    const more = {
      "relative nonsense": () => pay("http://"),
      "two bodies": () => pay("/nowhere", { method: "GET", body: "x" }),
    };
    for (const [name, call] of Object.entries(more)) {
      await call().catch((error) => {
        if (!(error instanceof MicroRaidenError) || error.code !== "invalid-argument") wrong[name] = String(error);
      });
    }
    return wrong;
  });
  expect(answers).toEqual({});
});

test("what was freed says so by every method and property, and what is called alone, too", async ({ library }) => {
  const answers = await library.value(async ({ client, library, receiver }) => {
    const { InjectedWallet, LocalKey, MicroRaidenError } = library;
    const channel = await client.open({ receiver, deposit: 5n });
    const objects = [channel, client, LocalKey.create(), InjectedWallet.from({ request() {} })];
    const atOnce = ["fetch", "payingFetch", "on", "signBalanceProof", "toHex", "snapshot", "toJSON", "events"];
    const wrong = [];
    const expectCode = async (what, waits, code, call) => {
      let answer;
      try {
        answer = call();
      } catch (error) {
        if (waits || !(error instanceof MicroRaidenError) || error.code !== code) wrong.push(`${what} threw ${error}`);
        return;
      }
      if (!waits) wrong.push(`${what} did not throw`);
      await answer.then(
        () => wrong.push(`${what} did`),
        (error) => {
          if (!(error instanceof MicroRaidenError) || error.code !== code) wrong.push(`${what} rejected with ${error}`);
        },
      );
    };
    for (const object of objects) {
      const type = Object.getPrototypeOf(object);
      object.free();
      object.free();
      for (const [name, { get, value }] of Object.entries(Object.getOwnPropertyDescriptors(type))) {
        if (["constructor", "free"].includes(name) || name.startsWith("__")) continue;
        const waits = !get && !atOnce.includes(name);
        const what = `${type.constructor.name}.${name}`;
        await expectCode(what, waits, "freed", () => (get ? object[name] : object[name]()));
        await expectCode(`${what} alone`, waits, "invalid-argument", () => (get ?? value).call(undefined));
        await expectCode(`${what} of another`, waits, "invalid-argument", () => (get ?? value).call(objects));
      }
    }
    const names = objects.map((object) => `${object.constructor.name} ${Object.prototype.toString.call(object)}`);
    return { wrong, names };
  });
  expect(answers.wrong).toEqual([]);
  expect(answers.names).toEqual([
    "Channel [object Channel]",
    "MicroRaiden [object MicroRaiden]",
    "LocalKey [object LocalKey]",
    "InjectedWallet [object InjectedWallet]",
  ]);
});
