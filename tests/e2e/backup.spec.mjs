// One encrypted file with the key and the channels.
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Wallet } from "ethers";
import { root } from "../../demo/root.mjs";
import { core } from "./support/core.mjs";
import { PRICE, expect, test } from "./support/fixtures.mjs";
import { Library } from "./support/library.mjs";

const PASSWORD = "correct horse";

/** Pays once from a new channel and gives the backup made after that. */
const payAndExport = async ({ client, url, argument: price }) => {
  const pay = client.payingFetch({ maxPrice: price, deposit: 5n * price });
  await pay(`${url}/doggo.jpg`);
  return { sender: client.sender, file: await client.exportBackup("correct horse") };
};

test("another tool opens the key with the password", async ({ library }) => {
  const { sender, file } = await library.value(payAndExport, PRICE);
  const wallet = await Wallet.fromEncryptedJson(file, PASSWORD);
  expect(wallet.address).toBe(sender);
  expect(file).not.toContain(wallet.privateKey.slice(2));
  await expect(Wallet.fromEncryptedJson(file, "wrong")).rejects.toThrow(/password/);
});

test("the receiver's program opens the key with the password", async ({ library, stack }) => {
  const { file } = await library.value(payAndExport, PRICE);
  const folder = mkdtempSync(join(tmpdir(), "backup-"));
  const key = join(folder, "key.json");
  writeFileSync(key, file, { mode: 0o600 });
  const program = process.env.MICRORAIDEN_PAYWALL || join(root, "target/debug/microraiden-paywall");
  // It opens the key before it asks a node, which is not there.
  const start = (password) =>
    spawnSync(
      program,
      [
        ...["--rpc-url", "http://127.0.0.1:1", "--contract", stack.contract, "--key-file", key],
        ...["--price", "1", "--files", join(root, "demo/content"), "--page", join(root, "www")],
      ],
      { env: { ...process.env, MICRORAIDEN_KEY_PASSWORD: password }, encoding: "utf8" },
    ).stderr;
  try {
    expect(start(PASSWORD)).toContain("the node can't be reached");
    const refused = start("wrong");
    expect(refused).toContain("password");
    expect(refused).not.toContain("the node can't be reached");
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("another browser goes on where this one was", core, async ({ library, browser, stack }) => {
  const { sender, file } = await library.value(payAndExport, PRICE);
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.addInitScript((text) => (window.backup = text), file);
  const other = await Library.alone(page, { stack });
  const restored = await other.value(
    async ({ library: { LocalKey, MicroRaiden }, contract, rpcUrl, url, argument: price }) => {
      const wallet = await LocalKey.fromBackup("correct horse", window.backup);
      const client = await MicroRaiden.connect({ wallet, contract, rpc: rpcUrl });
      const [channel] = await client.importBackup("correct horse", window.backup);
      const before = channel.balance;
      await client.payingFetch({ maxPrice: price })(`${url}/doggo.jpg`);
      const again = await client.importBackup("correct horse", window.backup);
      const { balance, deposit } = channel;
      return { sender: client.sender, before, balance, deposit, again: again.length };
    },
    PRICE,
  );
  // The old copy, taken over once more, brings nothing and lowers nothing.
  expect(restored).toEqual({
    sender,
    before: PRICE,
    balance: 2n * PRICE,
    deposit: 5n * PRICE,
    again: 0,
  });
  await context.close();
});

test.describe("what can't be opened says why", () => {
  const cases = {
    "wrong-password": (file) => ["wrong", file],
    "corrupt-backup": (file) => [PASSWORD, file.slice(0, -20)],
    "backup-unsupported": (file) => {
      const later = JSON.parse(file);
      later.microraiden.version = 2;
      return [PASSWORD, JSON.stringify(later)];
    },
  };
  for (const [code, change] of Object.entries(cases)) {
    test(code, async ({ page, library }) => {
      const { file } = await library.value(payAndExport, PRICE);
      await page.evaluate((given) => (window.given = given), change(file));
      const { error } = await library.run(({ client }) => client.importBackup(...window.given));
      expect(error).toMatchObject({ code, name: "MicroRaidenError", isError: true });
    });
  }
});
