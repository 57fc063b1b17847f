// A browser's storage that is full, forbidden, damaged or from the future.
import { PRICE, expect } from "./support/fixtures.mjs";
import { books, isPaid, payOnce, test } from "./support/with-line.mjs";

/** Fills the storage to the last character. */
function fill() {
  let size = 1 << 22;
  let text = "";
  while (size >= 1) {
    try {
      localStorage.setItem("ballast", text + "x".repeat(size));
      text += "x".repeat(size);
    } catch {
      size = Math.floor(size / 2);
    }
  }
}

test("full: nothing is signed or sent; with room again it goes on", async ({
  page,
  payer,
  line,
}) => {
  expect(await payer.value(payOnce, PRICE)).toBe(200);
  const before = await payer.value(books);
  const sent = line.seen.filter(isPaid).length;
  await page.evaluate(fill);
  const { error } = await payer.run(payOnce, PRICE);
  expect(error).toMatchObject({ code: "storage-full", isError: true });
  expect(line.seen.filter(isPaid)).toHaveLength(sent);
  await page.evaluate(() => localStorage.removeItem("ballast"));
  expect(await payer.value(books)).toEqual(before);
  expect(await payer.value(payOnce, PRICE)).toBe(200);
  expect((await payer.value(books)).balance).toBe(2n * PRICE);
});

test("forbidden: said before anything is signed or sent", async ({ payer, line }) => {
  const { error } = await payer.run(async ({ client, url, argument: price }) => {
    Object.defineProperty(window, "localStorage", {
      get: () => {
        throw new DOMException("Access is denied for this document.", "SecurityError");
      },
    });
    await client.fetch({ maxPrice: price, deposit: 8n * price })(`${url}/doggo.jpg`);
  }, PRICE);
  expect(error).toMatchObject({ code: "storage-unavailable", isError: true });
  expect(line.seen.filter(isPaid)).toEqual([]);
});

test.describe("a record that can't be read is set aside, and made good", () => {
  const damages = {
    "cut short": (text) => text.slice(0, -30),
    "of a later version": (text) => text.replace('"version":2', '"version":99'),
    "with another's proof": (text) => text.replace(/("signature":"0x..)../, "$1ff"),
    "no JSON at all": () => "\u0000garbage",
  };
  for (const [name, damage] of Object.entries(damages)) {
    test(name, async ({ page, payer }) => {
      expect(await payer.value(payOnce, PRICE)).toBe(200);
      const [key, whole] = await page.evaluate(() =>
        Object.entries(localStorage).find(([name]) => name.startsWith("microraiden:channel:")),
      );
      const damaged = damage(whole);
      expect(damaged).not.toBe(whole);
      await page.evaluate(([k, text]) => localStorage.setItem(k, text), [key, damaged]);
      expect(await payer.value(payOnce, PRICE)).toBe(200);
      const { aside, texts, channels, listed } = await payer.value(async ({ client }) => {
        const aside = await client.setAside();
        const texts = aside.map((name) => localStorage.getItem(name));
        const channels = (await client.channels()).map(({ balance, deposit }) => [balance, deposit]);
        const sum = (total, { amount, outcome }) => total + (outcome === "refused" ? 0n : amount);
        return { aside, texts, channels, listed: (await client.ledger()).reduce(sum, 0n) };
      });
      expect(aside).toHaveLength(1);
      expect(aside[0].endsWith(key)).toBe(true);
      expect(texts).toEqual([damaged]);
      expect(channels).toEqual([[2n * PRICE, 8n * PRICE]]);
      expect(listed).toBe(2n * PRICE);
    });
  }
});

test("a record under another channel's name is set aside", async ({ page, payer }) => {
  expect(await payer.value(payOnce, PRICE)).toBe(200);
  await page.evaluate(() => {
    const names = Object.keys(localStorage);
    const name = names.find((name) => name.startsWith("microraiden:channel:"));
    localStorage.setItem(name.replace(/:\d+$/, ":1"), localStorage.getItem(name));
  });
  const { aside, states } = await payer.value(async ({ client }) => {
    const states = (await client.channels()).map(({ state }) => state);
    return { states, aside: (await client.setAside()).length };
  });
  // Of the channel that it claims to be the chain knows nothing.
  expect(states).toEqual(["removed", "open"]);
  expect(aside).toBe(1);
});

test("cleared with the key kept: the channel is found, and no second one opened", async ({
  page,
  payer,
}) => {
  expect(await payer.value(payOnce, PRICE)).toBe(200);
  const hex = await payer.value(async ({ library: { LocalKey } }) =>
    (await LocalKey.load()).toHex(),
  );
  await page.evaluate(() => localStorage.clear());
  await page.evaluate((key) => (window.hex = key), hex);
  const found = await payer.value(
    async ({ library: { LocalKey, MicroRaiden }, contract, rpcUrl, url, argument: price }) => {
      const wallet = LocalKey.fromHex(window.hex);
      const client = await MicroRaiden.connect({ wallet, contract, rpcUrl });
      const events = [];
      const onProgress = ({ type }) => events.push(type);
      const pay = client.fetch({ maxPrice: price, deposit: 8n * price, onProgress });
      const { status } = await pay(`${url}/doggo.jpg`);
      const channels = (await client.channels()).map(({ balance, deposit }) => [balance, deposit]);
      return { status, channels, scanned: events.includes("scanning"), events };
    },
    PRICE,
  );
  expect(found).toMatchObject({
    status: 200,
    channels: [[2n * PRICE, 8n * PRICE]],
    scanned: true,
  });
  expect(found.events).not.toContain("sent");
});
