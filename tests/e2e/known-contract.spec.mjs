// Connecting to a contract that this browser has met before.
import { PRICE, expect } from "./support/fixtures.mjs";
import { calls } from "./support/broken-line.mjs";
import { core } from "./support/core.mjs";
import { test } from "./support/lines.mjs";

const DEPOSIT = 5n * PRICE;
const OTHER_CHAIN = 4242;

const pay = async ({ client, url, argument: maxPrice }) =>
  (await client.payingFetch({ maxPrice })(`${url}/doggo.jpg`)).status;

const open = async ({ client, receiver, argument: deposit }) =>
  (await client.open({ receiver, deposit })).openBlock;

const about = ({ client }) => {
  const { chainId, token, generation, challengePeriod } = client;
  return { chainId, token, generation, challengePeriod };
};

test("paying again asks no node", core, async ({ library, node }) => {
  const behind = library.with({ rpcUrl: node.url });
  const met = await behind.value(about);
  expect(node.seen.some(calls("eth_chainId"))).toBe(true);
  await behind.value(open, DEPOSIT);
  expect(await behind.value(pay, PRICE)).toBe(200);
  await library.page.reload();
  const before = node.seen.length;
  expect(await behind.value(about)).toEqual(met);
  expect(await behind.value(pay, PRICE)).toBe(200);
  expect(node.seen.slice(before)).toEqual([]);
});

test("what is stored of a contract and can't be read is asked for again", async ({
  library,
  node,
}) => {
  const behind = library.with({ rpcUrl: node.url });
  const met = await behind.value(about);
  const damaged = await library.page.evaluate(() => {
    const names = Object.keys(localStorage).filter((n) => n.startsWith("microraiden:contract:"));
    for (const name of names) localStorage.setItem(name, "{");
    return names;
  });
  expect(damaged.join()).not.toContain(new URL(node.url).host);
  expect(damaged).not.toEqual([]);
  const before = node.seen.length;
  expect(await behind.value(about)).toEqual(met);
  expect(node.seen.slice(before).some(calls("eth_call"))).toBe(true);
});

test("a page that demands another chain than before is told where the node is", async ({
  library,
  stack,
}) => {
  await library.value(about);
  const { error } = await library.with({ chainId: OTHER_CHAIN }).run(about);
  expect(error).toMatchObject({
    code: "wrong-network",
    details: { expected: OTHER_CHAIN, actual: stack.chainId },
  });
});

test("a node that has moved to another chain is found out before it is believed", core, async ({
  library,
  stack,
  signer,
}) => {
  test.skip(signer !== "local key", "a wallet is asked for its chain when connecting");
  await library.value(open, DEPOSIT);
  await stack.setChainId(OTHER_CHAIN);
  try {
    const { error } = await library.run(open, DEPOSIT);
    expect(error).toMatchObject({
      code: "wrong-network",
      details: { expected: stack.chainId, actual: OTHER_CHAIN },
    });
    // Now it is known to be there.
    expect(await library.value(about)).toMatchObject({ chainId: OTHER_CHAIN });
  } finally {
    await stack.setChainId(stack.chainId);
  }
  const { error } = await library.run(open, DEPOSIT);
  expect(error).toMatchObject({ code: "wrong-network" });
  expect(await library.value(about)).toMatchObject({ chainId: stack.chainId });
  const states = await library.value(async ({ client }) =>
    (await client.channels()).map(({ state, deposit }) => ({ state, deposit })),
  );
  expect(states).toEqual([{ state: "open", deposit: DEPOSIT }]);
});

test("a chain that was begun anew is not taken for the one before", async ({ library, stack }) => {
  await library.value(about);
  const { publicClient, testClient, contract: address } = stack;
  const bytecode = await publicClient.getCode({ address });
  await testClient.setCode({ address, bytecode: "0x" });
  try {
    const { error } = await library.run(open, DEPOSIT);
    expect(error).toMatchObject({
      code: "wrong-network",
      details: { expected: stack.chainId, actual: stack.chainId },
    });
    expect(error.message).toContain("begun anew");
    expect((await library.run(about)).error).toMatchObject({ code: "not-a-manager" });
  } finally {
    await testClient.setCode({ address, bytecode });
  }
  expect(await library.value(about)).toMatchObject({ chainId: stack.chainId });
});

test("a node that is gone is stood in for by the next one, and a URL may hold a password", async ({
  library,
  node,
}) => {
  const authorizations = new Set();
  await library.page.route("http://node.example/", async (route) => {
    authorizations.add(await route.request().headerValue("authorization"));
    const response = await route.fetch({ url: node.url });
    const headers = { ...response.headers(), "access-control-allow-origin": "*" };
    await route.fulfill({ response, headers });
  });
  const rpcUrl = ["http://127.0.0.1:9", "http://user:pass%3Aword@node.example/"];
  const behind = library.with({ rpcUrl });
  await behind.value(open, DEPOSIT);
  expect(await behind.value(pay, PRICE)).toBe(200);
  expect([...authorizations]).toEqual([`Basic ${btoa("user:pass:word")}`]);
});
