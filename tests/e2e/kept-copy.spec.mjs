// What was paid for outlives the page, for the one who paid.
import { generatePrivateKey } from "viem/accounts";
import { PRICE, expect, expectChannel, expectPicture, inTokens, test } from "./support/fixtures.mjs";
import { channelBalance } from "./support/books.mjs";
import { core } from "./support/core.mjs";

const HOURS = 60 * 60 * 1000;

async function back(visitor, wallet) {
  await visitor.ready();
  if (wallet) {
    await visitor.useWallet();
  }
}

/** Shown, and nothing more was paid. */
async function expectKept(visitor, stack) {
  await expectPicture(visitor);
  await expect(visitor.by("pay")).toBeHidden();
  await expectChannel(visitor, { deposit: 10n * PRICE, spent: PRICE });
  expect(await channelBalance(stack, visitor)).toBe(PRICE);
}

test("reload and the way back show it again without paying", async ({ visitor, stack, wallet }) => {
  await visitor.arriveAndPay(10n * PRICE);
  await visitor.page.reload();
  await back(visitor, wallet);
  await expectKept(visitor, stack);

  await visitor.page.goto(`${stack.url}/`);
  await visitor.page.goBack();
  await back(visitor, wallet);
  await expectKept(visitor, stack);

  await visitor.page.goto(`${stack.url}/`);
  await visitor.page.getByRole("link", { name: "doggo.jpg" }).click();
  await back(visitor, wallet);
  await expectKept(visitor, stack);
});

test("kept where the browser stores no Blob, as WebKit in private windows", async ({ visitor, stack, wallet }) => {
  await visitor.page.addInitScript(() => {
    const { put } = IDBObjectStore.prototype;
    IDBObjectStore.prototype.put = function (value, ...rest) {
      if (Object.values(value).some((field) => field instanceof Blob)) {
        this.transaction.abort();
        throw new DOMException("Error preparing Blob/File data to be stored in object store", "UnknownError");
      }
      return put.call(this, value, ...rest);
    };
  });
  await visitor.arriveAndPay(10n * PRICE);
  await visitor.page.reload();
  await back(visitor, wallet);
  await expectKept(visitor, stack);
});

test("another account does not see it", core, async ({ visitor, wallet }) => {
  test.skip(Boolean(wallet), "a wallet's account is chosen in the wallet");
  await visitor.arriveAndPay(10n * PRICE);
  await visitor.openAccount();
  await visitor.act("account-change");
  await expect(visitor.by("content")).toBeHidden();
  await visitor.by("account-local-import-open").click();
  await visitor.by("import-hex").fill(generatePrivateKey());
  await visitor.by("account-local-import").click();
  await visitor.by("confirm-yes").click();
  await visitor.succeeded();
  await expect(visitor.by("account")).toBeVisible();
  await expect(visitor.by("content")).toBeHidden();
  await expect(visitor.by("show-again")).toBeHidden();
  await expect(visitor.by("funding")).toBeVisible();
  await visitor.page.reload();
  await visitor.ready();
  await expect(visitor.by("content")).toBeHidden();
});

test("a wallet that shows another account hides it until it is back", async ({
  visitor,
  wallet,
}) => {
  test.skip(!wallet, "a key in the browser stays what it is");
  await visitor.arriveAndPay(10n * PRICE);
  await wallet.switchAccount();
  await expect(visitor.by("content")).toBeHidden();
  await wallet.switchBack();
  await expectPicture(visitor);
});

test("a day later it is offered anew", async ({ visitor, wallet }) => {
  await visitor.arriveAndPay(10n * PRICE);
  await visitor.page.clock.install({ time: Date.now() + 25 * HOURS });
  await visitor.page.reload();
  await back(visitor, wallet);
  await expect(visitor.by("pay")).toHaveText(`Pay ${inTokens(PRICE)} TKN once more`);
  await expect(visitor.by("pay-before")).toHaveText(/^You paid for this .*\d at \d.*\. Its copy is not kept here any more\.$/);
  await expect(visitor.by("content")).toBeHidden();
  const left = await visitor.page.evaluate(countCopies);
  expect(left).toBe(0);
});

test("copies are few and small, and the oldest go first", core, async ({ visitor }) => {
  await visitor.arrive();
  const kept = await visitor.page.evaluate(async () => {
    const { findCopy, keepCopy } = await import("/js/microraiden/elements/model/shelf.js");
    const url = (n) => `https://example.org/${n}`;
    for (let n = 0; n < 40; n += 1) {
      await keepCopy("0xA", url(n), new Blob([`${n}`]));
    }
    await keepCopy("0xB", url("large"), new Blob([new Uint8Array(17 * 1024 * 1024)]));
    const found = [];
    for (let n = 0; n < 40; n += 1) {
      const copy = await findCopy("0xa", url(n));
      found.push(copy ? await copy.blob.text() : undefined);
    }
    const of = async (account, n) => (await findCopy(account, url(n))) !== undefined;
    return { found, large: await of("0xB", "large"), other: await of("0xB", 39) };
  });
  const newest = Array.from({ length: 40 }, (_, n) => (n < 10 ? undefined : String(n)));
  expect(kept.found.map((text) => text ?? undefined)).toEqual(newest);
  expect(kept.large).toBe(false);
  expect(kept.other).toBe(false);
});

async function countCopies() {
  const done = (request) =>
    new Promise((resolve, reject) => {
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error);
    });
  const database = await done(indexedDB.open("microraiden-page"));
  const count = await done(database.transaction("paid").objectStore("paid").count());
  database.close();
  return count;
}
