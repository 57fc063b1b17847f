// Whether what is stored lasts: the browser is asked to keep it, and a backup is suggested.
import { core } from "./support/core.mjs";
import { Library } from "./support/library.mjs";
import { PRICE, expect, test } from "./support/fixtures.mjs";
import { startWorker } from "./support/worker-page.mjs";

test.skip(({ signer }) => signer !== "local key", "money on a key is what would be lost");

/** From the next load of the page on the browser answers like this; the page counts the questions. */
async function answerLike(page, answer) {
  await page.addInitScript(`
    window.questions = 0;
    StorageManager.prototype.persist = function () {
      window.questions += 1;
      return (${answer})();
    };
  `);
  await page.reload();
}

/** Opens two channels with one client, and waits for the answer, if one comes. */
const openTwo = async ({ client, receiver, argument: deposit }) => {
  const told = [];
  client.on("persisted", (event) => told.push(event));
  await client.tokenInfo();
  await client.channels();
  const before = window.questions;
  await client.open({ receiver, deposit });
  const asked = window.questions;
  await client.open({ receiver: client.token.toLowerCase().replace(/...$/, "123"), deposit });
  return { before, asked, after: window.questions, told };
};

for (const [name, answer, told] of [
  ["agrees", "async () => true", [{ persisted: true }]],
  ["refuses", "async () => false", [{ persisted: false }]],
  ["fails", "async () => { throw new TypeError('no'); }", [{ persisted: false }]],
  ["throws", "() => { throw new TypeError('no'); }", [{ persisted: false }]],
  ["never answers", "() => new Promise(() => {})", []],
]) {
  test(`a browser that ${name} is asked once, at the first deposit, and holds nothing up`, async ({
    library,
    page,
  }) => {
    await answerLike(page, answer);
    const seen = await library.value(openTwo, PRICE);
    expect(seen).toEqual({ before: 0, asked: 1, after: 1, told });
  });
}

test("a browser that can't be asked", async ({ library, page }) => {
  await page.addInitScript(() => {
    window.questions = 0;
    Object.defineProperty(StorageManager.prototype, "persist", { value: undefined });
  });
  await page.reload();
  const { told } = await library.value(openTwo, PRICE);
  expect(told).toEqual([{ persisted: false }]);
});

test("neither loading nor connecting nor paying from an open channel asks", core, async ({
  library,
  page,
}) => {
  await library.value(({ client, receiver, argument: price }) =>
    client.open({ receiver, deposit: 3n * price }), PRICE);
  await answerLike(page, "async () => true");
  const questions = await library.value(async ({ client, url, argument: maxPrice }) => {
    await client.payingFetch({ maxPrice })(`${url}/doggo.jpg`);
    return window.questions;
  }, PRICE);
  expect(questions).toBe(0);
});

test("a worker has its page ask", async ({ library, page, stack }) => {
  const key = await library.value(async ({ library: { LocalKey } }) => (await LocalKey.load()).toHex());
  await answerLike(page, "async () => true");
  const { contract, receiver, rpcUrl } = stack;
  const setting = { contract, receiver, rpcUrl, key };
  const worker = await startWorker(page, setting, { storage: true });
  const told = await worker.value(
    async ({ library: { LocalKey, MicroRaiden }, contract, rpcUrl, receiver, key }) => {
      const wallet = LocalKey.fromHex(key);
      const client = await MicroRaiden.connect({ wallet, contract, rpc: rpcUrl });
      const told = new Promise((resolve) => client.on("persisted", resolve));
      await client.open({ receiver, deposit: 5n });
      return told;
    },
  );
  expect(told).toEqual({ persisted: true });
  expect(await page.evaluate(() => window.questions)).toBe(1);
  await worker.stop();
});

/** What a client suggests: on registering, after money was seen, and after an opening. */
const suggestions = async ({ client, receiver, argument: { deposit, spend, empty } }) => {
  const told = [];
  client.on("backup", (event) => told.push(event));
  // What storage alone decides is decided in this turn of the event loop.
  const settled = () => new Promise((resolve) => setTimeout(resolve));
  await settled();
  const atOnce = told.length;
  if (!empty) await client.tokenInfo();
  await settled();
  const funded = told.length;
  if (spend) await client.open({ receiver, deposit });
  await settled();
  return { atOnce, funded, told };
};
const SUGGESTED = [{ key: true }];

test("a backup is suggested once money is seen on a key", async ({ library }) => {
  const seen = await library.value(suggestions, { deposit: PRICE, spend: true });
  expect(seen).toEqual({ atOnce: 0, funded: 1, told: SUGGESTED });
});

test("a backup is suggested after the first deposit, to the next client at once, and never after it was made", core, async ({
  library,
}) => {
  const spend = { deposit: PRICE, empty: true, spend: true };
  expect(await library.value(suggestions, spend)).toEqual({ atOnce: 0, funded: 0, told: SUGGESTED });
  const look = { deposit: PRICE, empty: true };
  expect(await library.value(suggestions, look)).toEqual({ atOnce: 1, funded: 1, told: SUGGESTED });
  await library.value(({ client }) => client.exportBackup("correct horse"));
  expect(await library.value(suggestions, { deposit: PRICE })).toEqual({
    atOnce: 0,
    funded: 0,
    told: [],
  });
  // A newer channel is not in that backup.
  expect(await library.value(suggestions, spend)).toEqual({ atOnce: 0, funded: 0, told: SUGGESTED });
});

test("what came from a backup has one", async ({ library, browser, stack }) => {
  const file = await library.value(async ({ client, receiver, argument: deposit }) => {
    await client.open({ receiver, deposit });
    return client.exportBackup("correct horse");
  }, PRICE);
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.addInitScript((text) => (window.backup = text), file);
  const other = await Library.alone(page, { stack });
  const told = await other.value(
    async ({ library: { LocalKey, MicroRaiden }, contract, rpcUrl }) => {
      const wallet = await LocalKey.fromBackup("correct horse", window.backup);
      const client = await MicroRaiden.connect({ wallet, contract, rpc: rpcUrl });
      await client.importBackup("correct horse", window.backup);
      const told = [];
      client.on("backup", (event) => told.push(event));
      await client.tokenInfo();
      await new Promise((resolve) => setTimeout(resolve));
      return told;
    },
  );
  expect(told).toEqual([]);
  await context.close();
});
