// Recovering signers.
import assert from "node:assert/strict";
import { SignTypedDataVersion, signTypedData } from "@metamask/eth-sig-util";
import { concat, getAddress, hexToBytes, keccak256, pad, slice, toHex } from "viem";
import { owner, receiver, rival, sender, stranger } from "../support/accounts.mjs";
import { accepted, reverts } from "../support/assertions.mjs";
import { both } from "../support/cases.mjs";
import { highS, lowV, signHash } from "../support/messages.mjs";

const ECRECOVER = pad("0x01", { size: 20 });
const hash = keccak256("0x1234");

/** The message of K4, which no manager knows. */
const walletFields = [
  { type: "address", name: "Address", value: receiver.address },
  { type: "uint32", name: "Value", value: "4294967295" },
  { type: "uint192", name: "Value2", value: String(2n ** 192n - 1n) },
];

const walletSignature = concat([
  "0x1006031ae93f14ebf341edeb9bc9dfd00c53f3d0351c484499babb487807ec51",
  "0x72104578a20c593dd7a6243ed6c294bd91f0bdd2bdfb780ee55211a7d96ccf201b",
]);

const deployRecovery = (s) => s.chain.deployed(owner.address, s.helpers.Recovery, []);

export const cases = [
  both("K1", "ecrecover takes v = 27 and 28 and not 0", async (s) => {
    const signature = await signHash(sender.key, hash);
    const call = (v) => {
      const data = concat([hash, pad(v, { size: 32 }), slice(signature, 0, 64)]);
      return s.chain.rpc("eth_call", { to: ECRECOVER, data }, "latest");
    };
    assert.equal(await call("0x00"), "0x");
    assert.equal(getAddress(/** @type {string} */ (slice(await call(slice(signature, 64)), 12))), sender.address);
  }),

  both("K2", "only 65 bytes are a signature", async (s) => {
    const channel = { sender, receiver, block: 7 };
    const proof = s.proof(channel, 9n);
    const signer = (given) => s.read(s.names.proofSigner, [receiver.address, 7, 9n, given]);
    const tooShort = ["0x", slice(proof, 0, 64), slice(proof, 1)];
    const tooLong = [`${proof}00`, concat(["0x00", proof])];
    for (const wrong of [...tooShort, ...tooLong]) await reverts(signer(wrong));
    assert.equal(await signer(proof), sender.address);
  }),

  both("K2", "v is 0, 1, 27 or 28, and a high s is taken", async (s) => {
    const channel = { sender, receiver, block: 7 };
    const proof = s.proof(channel, 9n);
    const signer = (given) => s.read(s.names.proofSigner, [receiver.address, 7, 9n, given]);
    for (const same of [lowV(proof), highS(proof), lowV(highS(proof))]) {
      assert.equal(await signer(same), sender.address);
    }
    for (const v of [2, 3, 26, 29, 30, 37, 255]) {
      await reverts(signer(concat([slice(proof, 0, 64), toHex(v, { size: 1 })])));
    }
    await reverts(signer(`0x${"00".repeat(65)}`));
  }),

  both("K3", "another message or signer recovers another account", async (s) => {
    const recovery = await deployRecovery(s);
    const recover = (message, signature) =>
      s.chain.read(recovery, s.helpers.Recovery.abi, "recover", [message, signature]);
    assert.equal(await recover(hash, await signHash(sender.key, hash)), sender.address);
    assert.equal(await recover(hash, await signHash(stranger.key, hash)), stranger.address);
    const other = await recover(keccak256("0x1235"), await signHash(sender.key, hash));
    assert.notEqual(other, sender.address);
  }),

  both("K4", "a wallet's early typed-data signature recovers to its account", async (s) => {
    const recovery = await deployRecovery(s);
    const signature = signTypedData({
      privateKey: Buffer.from(hexToBytes(sender.key)),
      data: walletFields,
      version: SignTypedDataVersion.V1,
    });
    assert.equal(signature, walletSignature);
    const [address, value, value2] = walletFields.map((field) => field.value);
    const args = [address, Number(value), BigInt(value2), signature];
    const read = (given) =>
      s.chain.read(recovery, s.helpers.Recovery.abi, "recoverThreeFields", given);
    assert.equal(await read(args), sender.address);
    assert.notEqual(await read(args.with(1, 1)), sender.address);
  }),

  both("K5", "a balance proof is for one receiver, block, balance and contract", async (s) => {
    const channel = { sender, receiver, block: 7 };
    const proof = s.proof(channel, 9n);
    const signer = (...args) => s.read(s.names.proofSigner, [...args, proof]);
    assert.equal(await signer(receiver.address, 7, 9n), sender.address);
    assert.notEqual(await signer(rival.address, 7, 9n), sender.address);
    assert.notEqual(await signer(receiver.address, 8, 9n), sender.address);
    assert.notEqual(await signer(receiver.address, 7, 10n), sender.address);
    const elsewhere = await s.withManager();
    const args = [receiver.address, 7, 9n, proof];
    assert.notEqual(await elsewhere.read(s.names.proofSigner, args), sender.address);
  }),

  both("K5", "a consent is for one sender, block, balance and contract", async (s) => {
    const channel = await s.open();
    const { block } = channel;
    if (s.old) {
      // 0.1 has no view function for it: the consent covers the proof's signature, see C44.
      await accepted(s.closeTogether(channel, 9n));
      return;
    }
    const closing = await s.closing(channel, 9n);
    const signer = (...args) => s.read("extractClosingSignature", [...args, closing]);
    assert.equal(await signer(sender.address, block, 9n), receiver.address);
    assert.notEqual(await signer(stranger.address, block, 9n), receiver.address);
    assert.notEqual(await signer(sender.address, block + 1, 9n), receiver.address);
    assert.notEqual(await signer(sender.address, block, 10n), receiver.address);
    const elsewhere = await s.withManager();
    const args = [sender.address, block, 9n, closing];
    assert.notEqual(await elsewhere.read("extractClosingSignature", args), receiver.address);
  }),
];
