import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import * as inline from "microraiden/inline";
import init, { LocalKey, MicroRaidenError, initSync, recoverBalanceProof } from "microraiden";

assert.throws(() => LocalKey.create(), { name: "MicroRaidenError", code: "not-loaded" });
assert.equal(inline.LocalKey, LocalKey);
await init();
initSync({ wasm: await readFile(fileURLToPath(import.meta.resolve("microraiden/wasm"))) });

const key = LocalKey.fromHex(`0x${"a7".repeat(32)}`);
const account = `0x${"12".repeat(20)}`;
const message = { contract: account, receiver: account, openBlock: 1, balance: 3n };
const { signature } = key.signBalanceProof(message);
assert.equal(recoverBalanceProof(message, signature), key.address);
await assert.rejects(LocalKey.load(), (error) => error instanceof MicroRaidenError && error.code === "storage-unavailable");
// Says what to do here.
await assert.rejects(LocalKey.load(), /in Node pass `storage` to `connect` \(microraiden\/files\) and make keys by LocalKey.fromHex/);
