// What is lost with the browser's storage comes back: from the chain, and from older software.
import { core } from "./support/core.mjs";
import { PRICE, expect, test } from "./support/fixtures.mjs";

/** Forgets everything but the keys, as a person who clears site data and has a backup of the key. */
const forgetChannels = () => {
  const names = Object.keys(localStorage).filter((name) => !name.startsWith("microraiden:key:"));
  names.forEach((name) => localStorage.removeItem(name));
};

test("several channels of one receiver are found on the chain, their balances at the receiver", async ({
  page,
  library,
}) => {
  const opened = await library.value(async ({ client, receiver, url, argument: price }) => {
    const small = await client.open({ receiver, deposit: 2n * price });
    const large = await client.open({ receiver, deposit: 6n * price });
    const pay = client.payingFetch({ maxPrice: price });
    await pay(`${url}/doggo.jpg`);
    const balances = [small.balance, large.balance];
    return { balances, blocks: [small.openBlock, large.openBlock] };
  }, PRICE);
  expect(opened.balances).toEqual([PRICE, 0n]);
  await page.evaluate(forgetChannels);
  const found = await library.value(async ({ client, url }) => {
    const before = (await client.channels()).length;
    const events = [];
    const channels = await client.recover({ onProgress: (event) => events.push(event.type) });
    const known = channels.map((channel) => channel.balanceKnown);
    for (const channel of channels) {
      await channel.reconcile(`${url}/doggo.jpg`);
    }
    return {
      before,
      known,
      scanned: events.includes("scanning"),
      blocks: channels.map((channel) => channel.openBlock),
      balances: channels.map((channel) => channel.balance),
      nowKnown: channels.map((channel) => channel.balanceKnown),
      again: (await client.recover()).length,
    };
  });
  expect(found).toEqual({
    before: 0,
    known: [false, false],
    scanned: true,
    blocks: opened.blocks,
    balances: opened.balances,
    nowKnown: [true, true],
    again: 0,
  });
});

test("searching the chain can be given up", async ({ library }) => {
  const { error } = await library.run(({ client }) =>
    client.recover({ signal: AbortSignal.abort() }),
  );
  expect(error).toMatchObject({ code: "aborted", isError: true });
});

test("a payment after storage was cleared opens no second channel", core, async ({ page, library }) => {
  const pay = ({ client, url, argument: price }) =>
    client.payingFetch({ maxPrice: price, deposit: 5n * price })(`${url}/doggo.jpg`).then((r) => r.status);
  expect(await library.value(pay, PRICE)).toBe(200);
  await page.evaluate(forgetChannels);
  expect(await library.value(pay, PRICE)).toBe(200);
  const channels = await library.value(async ({ client }) =>
    (await client.channels()).map(({ deposit, balance }) => ({ deposit, balance })),
  );
  expect(channels).toEqual([{ deposit: 5n * PRICE, balance: 2n * PRICE }]);
});

test("the original library's record is taken over, with its pending proof", core, async ({
  library,
  generation,
}) => {
  const fields = generation === "0.2" ? 2n : 1n;
  const written = await library.value(async ({ client, receiver, argument: fields }) => {
    const channel = await client.open({ receiver, deposit: 10n });
    const proof = await channel.sign(3n);
    await channel.confirm(proof);
    const next = await channel.sign(2n);
    const name = fields === 2n ? "sig" : "sign";
    const text = ({ balance, signature }) => ({ balance: `${balance}`, [name]: signature });
    const account = client.sender.toLowerCase();
    const record = {
      account,
      receiver,
      block: channel.openBlock,
      proof: text(proof),
      next_proof: text(next),
    };
    await channel.forget({ force: true });
    localStorage.setItem(`${account}|${receiver}`, JSON.stringify(record));
    return { openBlock: channel.openBlock, left: (await client.channels()).length };
  }, fields);
  expect(written.left).toBe(0);
  // Connecting again is what finds it.
  const found = await library.value(async ({ client, receiver }) => {
    const [channel] = await client.channels();
    const { openBlock, deposit, balance, pending, exposure } = channel;
    const kept = Object.keys(localStorage).some((name) => name.endsWith(`|${receiver}`));
    return { openBlock, deposit, balance, pending: pending?.balance, exposure, kept };
  });
  expect(found).toEqual({
    openBlock: written.openBlock,
    deposit: 10n,
    balance: 3n,
    pending: 5n,
    exposure: 5n,
    kept: true,
  });
});

test("an old record that is signed for another contract is left alone", async ({ library }) => {
  const count = await library.value(async ({ client, receiver }) => {
    const sig = `0x${"11".repeat(64)}1b`;
    const record = { account: client.sender, receiver, block: 7, proof: { balance: "3", sig } };
    localStorage.setItem(`${client.sender}|${receiver}`, JSON.stringify(record));
    await client.recover();
    return (await client.channels()).length;
  });
  expect(count).toBe(0);
});
