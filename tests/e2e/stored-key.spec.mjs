import { core } from "./support/core.mjs";
import { expect, expectError, test } from "./support/fixtures.mjs";

const KEY = `0x${"a0".repeat(32)}`;
const ADDRESS = "0x8Bf640A099fE945DA46F354d3B49c48a125F48B6";
const NAME = "microraiden:key:default";

test.skip(({ signer }) => signer !== "local key", "a wallet keeps its own keys");

test("a key stored in plain text is continued with, and encrypted", core, async ({ visitor, stack }) => {
  await visitor.page.goto(`${stack.url}/cm`);
  await visitor.page.evaluate(([name, key]) => localStorage.setItem(name, key), [NAME, KEY]);
  await visitor.arrive();
  await visitor.act("account-local-continue");
  await expect(visitor.by("account-address")).toHaveText(ADDRESS);
  const stored = await visitor.page.evaluate((name) => localStorage.getItem(name), NAME);
  expect(JSON.parse(stored)).toMatchObject({ version: 2, address: ADDRESS });
  expect(stored).not.toContain(KEY.slice(2));
});

test("a key that cannot be decrypted any more comes back from a backup", async ({ visitor }) => {
  await visitor.arrive();
  await importKey(visitor, KEY);
  await expect(visitor.by("account-address")).toHaveText(ADDRESS);
  await visitor.page.evaluate(
    () =>
      new Promise((resolve, reject) => {
        const request = indexedDB.deleteDatabase("microraiden");
        request.onsuccess = resolve;
        request.onerror = reject;
      }),
  );

  await visitor.page.reload();
  await expectError(visitor, "key-lost");
  await importKey(visitor, KEY);
  await expect(visitor.by("account-address")).toHaveText(ADDRESS);

  await visitor.page.reload();
  await visitor.ready();
  await visitor.begin();
  await visitor.act("account-local-continue");
  await expect(visitor.by("account-address")).toHaveText(ADDRESS);
});

test("another key takes the place of the stored one only when agreed to", async ({ visitor }) => {
  await visitor.arrive();
  await visitor.useLocalKey();
  const first = await visitor.address();
  await visitor.openAccount();
  await visitor.act("account-change");

  await importKey(visitor, KEY);
  await visitor.by("confirm-no").click();
  await visitor.idle();
  await visitor.act("account-local-continue");
  await expect(visitor.by("account-address")).toHaveText(first);
  await visitor.openAccount();
  await visitor.act("account-change");

  await visitor.by("account-local-import").click();
  await visitor.act("confirm-yes");
  await expect(visitor.by("account-address")).toHaveText(ADDRESS);
});

async function importKey(visitor, key) {
  await visitor.by("account-local-import-open").click();
  await visitor.by("import-hex").fill(key);
  await visitor.by("account-local-import").click();
}
