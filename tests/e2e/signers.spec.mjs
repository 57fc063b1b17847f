// Accounts of other libraries sign for the client: viem's, ethers', and whatever has an address and a `sign`.
import { build } from "esbuild";
import { coreIf } from "./support/core.mjs";

import { DEPOSIT, PRICE, expect, test } from "./support/payer.mjs";

/** The real viem and ethers, for the page. */
const OTHERS = `
  import { createWalletClient, http } from "viem";
  import { privateKeyToAccount } from "viem/accounts";
  import { Wallet } from "ethers";

  globalThis.accountsOf = (key, url) => {
    const account = privateKeyToAccount(key);
    return {
      "viem account": account,
      "viem wallet client": createWalletClient({ account, transport: http(url) }),
      "ethers wallet": new Wallet(key),
      "own object": { address: account.address, sign: ({ hash }) => account.sign({ hash }) },
    };
  };
`;

test.beforeEach(async ({ library }) => {
  const stdin = { contents: OTHERS, resolveDir: import.meta.dirname };
  const bundled = await build({ stdin, bundle: true, write: false, format: "iife", logLevel: "silent" });
  await library.page.addScriptTag({ content: bundled.outputFiles[0].text });
});

for (const kind of ["viem account", "viem wallet client", "ethers wallet", "own object"]) {
  test(`a channel lives by a ${kind}`, coreIf(kind === "viem account"), async ({ library, payer }) => {
    const lived = await library.with({ kind, deposit: DEPOSIT, price: PRICE }).value(async (setting) => {
      const { library, kind, contract, rpcUrl, url, deposit, price, client: funded } = setting;
      const key = (await library.LocalKey.load()).toHex();
      const wallet = globalThis.accountsOf(key, rpcUrl)[kind];
      const client = await library.MicroRaiden.connect({ wallet, account: funded.sender, contract, rpc: rpcUrl });
      const prompts = [];
      const onProgress = ({ type }) => type === "waiting-for-wallet" && prompts.push(type);
      const pay = client.payingFetch({ maxPrice: price, deposit, onProgress });
      const statuses = [(await pay(`${url}/doggo.jpg`)).status, (await pay(`${url}/doggo.jpg`)).status];
      const [channel] = await client.channels();
      await channel.topUp(price);
      const closed = await channel.close({ onProgress });
      const swept = await client.sweep({ to: contract.replace(/.{4}$/, "dead") });
      return { sender: client.sender === funded.sender, statuses, balance: closed.balance, prompts, swept: swept.ether > 0n };
    });
    expect(lived).toEqual({ sender: true, statuses: [200, 200], balance: 2n * PRICE, prompts: [], swept: true });
    expect(await payer.outcomes()).toEqual(["paid", "paid"]);
  });
}

test("what another account signed, or none, is no signature", async ({ library, payer }) => {
  const codes = await library.with({ price: PRICE, deposit: DEPOSIT }).value(async (setting) => {
    const { library, contract, rpcUrl, url, price, deposit, client: funded } = setting;
    const other = globalThis.accountsOf(library.LocalKey.create().toHex(), rpcUrl)["own object"];
    const signs = {
      other: other.sign,
      nonsense: () => "0x1234",
      nothing: () => undefined,
      throws: () => Promise.reject(new Error("locked")),
    };
    const codes = {};
    for (const [name, sign] of Object.entries(signs)) {
      const wallet = { address: funded.sender, sign };
      const client = await library.MicroRaiden.connect({ wallet, contract, rpc: rpcUrl });
      const pay = client.payingFetch({ maxPrice: price, deposit });
      codes[name] = await pay(`${url}/doggo.jpg`).catch(({ code, cause }) => `${code} ${cause?.message ?? ""}`.trim());
    }
    const connect = (options) =>
      library.MicroRaiden.connect({ wallet: other, contract, rpc: rpcUrl, ...options }).then(
        () => "connected",
        ({ code, details }) => `${code} ${details.argument}`,
      );
    codes.account = await connect({ account: funded.sender });
    codes.node = await connect({ rpc: undefined });
    return codes;
  });
  expect(codes).toEqual({
    other: "wrong-signer",
    nonsense: "wrong-signer",
    nothing: "wrong-signer",
    throws: "wallet-error locked",
    account: "invalid-argument account",
    node: "invalid-argument rpc",
  });
  expect(await payer.channels()).toEqual([]);
});

test("a wallet client pays from its own account, not from the wallet's first", async ({ library }) => {
  const [first, own] = [`0x${"11".repeat(20)}`, `0x${"22".repeat(20)}`];
  const paying = (argument) =>
    library.value(async ({ library, contract, rpcUrl, client, argument: { shown, address, account } }) => {
      const answers = { eth_chainId: `0x${client.chainId.toString(16)}` };
      const request = async ({ method }) => answers[method] ?? shown;
      const wallet = { request, account: address && { address, type: "json-rpc" } };
      return library.MicroRaiden.connect({ wallet, account, contract, rpc: rpcUrl }).then(
        ({ sender }) => sender.toLowerCase(),
        ({ code }) => code,
      );
    }, argument);
  const shown = [first, own];
  expect(await paying({ shown })).toBe(first);
  expect(await paying({ shown, address: own })).toBe(own);
  expect(await paying({ shown, account: own })).toBe(own);
  expect(await paying({ shown: [first], address: own })).toBe("no-account");
});
