// The package's parts: what a page loads of them, and what happens when one can't be had.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../../demo/root.mjs";
import { DEPOSIT, PRICE, expect, test } from "./support/payer.mjs";

const budget = JSON.parse(readFileSync(join(root, "benches/budget.json"), "utf8"));
const PAYING = "dist/paying.wasm";
const MANAGING = "dist/managing.wasm";

/** The package's files that this page has loaded. */
async function loaded(page) {
  const names = await page.evaluate(() =>
    performance.getEntriesByType("resource").map(({ name }) => new URL(name).pathname),
  );
  const folder = "/js/microraiden/";
  const files = names.filter((name) => name.startsWith(folder));
  return [...new Set(files.map((name) => name.slice(folder.length)))].sort();
}

/** Answers requests for a part by `change`, until the returned function is called. */
async function tamper(page, file, change) {
  const url = `**/js/microraiden/${file}`;
  await page.route(url, async (route) => {
    const response = await route.fetch();
    await change(route, await response.body(), response);
  });
  return () => page.unroute(url);
}

/** The files that the budget counts. */
const counted = ({ files }) => [...files].sort();

const signAndRecover = async () => {
  const library = await import("/js/microraiden/index.js");
  await library.default();
  const key = library.LocalKey.fromHex("0x" + "a7".repeat(32));
  const contract = "0x" + "12".repeat(20);
  const message = { contract, receiver: contract, openBlock: 1, balance: 1n };
  const { signature } = key.signBalanceProof(message);
  return library.recoverBalanceProof(message, signature) === key.address;
};

test("a page that signs loads no more than the budget says", async ({ page, stack }) => {
  await page.goto(`${stack.url}/cm`);
  expect(await page.evaluate(signAndRecover)).toBe(true);
  expect(await loaded(page)).toEqual(counted(budget.sign));
});

test("a page that pays in an open channel loads no more than the budget says", async ({
  library,
  payer,
  wallet,
}) => {
  await payer.open();
  expect(await loaded(library.page)).toEqual(counted(budget.all));
  await library.page.reload();
  await payer.served("/doggo.jpg");
  await payer.served("/doggo.jpg");
  const { payByWallet, payByStoredKey } = budget;
  expect(await loaded(library.page)).toEqual(counted(wallet ? payByWallet : payByStoredKey));
  await payer.expectPaid(2n * PRICE);
});

test("a page that has a key and pays by it loads no more than the budget says", async ({
  library,
  payer,
  wallet,
}) => {
  test.skip(Boolean(wallet), "a wallet keeps its key for itself");
  await payer.open();
  const key = await library.value(async ({ library: { LocalKey } }) =>
    (await LocalKey.load()).toHex(),
  );
  await library.page.reload();
  const pay = async ({ client, url, argument: maxPrice }) =>
    (await client.fetch({ maxPrice })(`${url}/doggo.jpg`)).status;
  expect(await library.with({ key }).value(pay, PRICE)).toBe(200);
  expect(await loaded(library.page)).toEqual(counted(budget.pay));
  await payer.expectPaid(PRICE);
});

test("without the paying part nothing connects, and the next call tries again", async ({
  library,
  payer,
}) => {
  const mend = await tamper(library.page, PAYING, (route) => route.abort());
  await library.page.reload();
  const connect = ({ client }) => client.sender;
  const { error } = await library.run(connect);
  expect(error).toMatchObject({ code: "not-loaded", name: "MicroRaidenError" });
  await mend();
  await payer.open();
  await payer.served("/doggo.jpg");
});

const changes = {
  "of another build": (route, body, response) =>
    route.fulfill({ response, body: Buffer.concat([body, Buffer.from([0, 1, 0])]) }),
  "that the server does not find": (route) => route.fulfill({ status: 404, body: "nothing here" }),
};

for (const [name, change] of Object.entries(changes)) {
  test(`a part ${name} is refused before anything is sent`, async ({ library, payer }) => {
    // Meets the contract.
    await payer.channels();
    const mend = await tamper(library.page, MANAGING, change);
    await library.page.reload();
    const open = ({ client, receiver, argument: deposit }) => client.open({ receiver, deposit });
    const { error } = await library.run(open, DEPOSIT);
    expect(error).toMatchObject({ code: "not-loaded" });
    expect(await payer.channels()).toEqual([]);
    await mend();
    await payer.open();
  });
}

test("a server that does not know the files' type serves them all the same", async ({
  library,
  payer,
}) => {
  for (const file of [PAYING, MANAGING]) {
    await tamper(library.page, file, (route, body) =>
      route.fulfill({ body, contentType: "application/octet-stream" }),
    );
  }
  await payer.open();
  await payer.served("/doggo.jpg");
});
