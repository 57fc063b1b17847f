// The vector file on chain: each manager's code is placed at the address that was signed for.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { keccak256 } from "viem";
import { owner } from "./support/accounts.mjs";
import { reverts } from "./support/assertions.mjs";
import { GENERATIONS, createFixture } from "./support/fixture.mjs";

const vectors = JSON.parse(readFileSync(new URL("../vectors/vectors.json", import.meta.url), "utf8"));
let fixture;
let recovery;
const codes = {};

before(async () => {
  fixture = await createFixture();
  const { chain, stages } = fixture;
  for (const generation of GENERATIONS) {
    codes[generation] = await chain.rpc("eth_getCode", stages[generation].manager, "latest");
  }
  const { Recovery } = stages["0.1"].helpers;
  recovery = { abi: Recovery.abi, at: await chain.deployed(owner.address, Recovery, []) };
});

after(() => fixture?.stop());

/** The lowest addresses belong to precompiled contracts, which no code can replace. */
const placeable = ({ contract }) => BigInt(contract) > 0xffffn;

async function placed({ version, contract }) {
  await fixture.chain.rpc("anvil_setCode", contract, codes[version]);
  return fixture.stages[version].with({ manager: contract });
}

async function balanceProofSigner(vector, signature) {
  const { receiver, open_block: block, balance } = vector;
  const stage = await placed(vector);
  return stage.read(stage.names.proofSigner, [receiver, block, BigInt(balance), signature]);
}

async function closingSigner(vector, signature) {
  const { sender, open_block: block, balance } = vector;
  const stage = await placed(vector);
  return stage.read("extractClosingSignature", [sender, block, BigInt(balance), signature]);
}

function runs(count, title, run) {
  test(`${title} (${count})`, run);
}

const proofs = vectors.balance_proofs.filter(placeable);
runs(proofs.length, "balance proofs recover to their signers in both encodings", async () => {
  for (const vector of proofs) {
    for (const signature of [vector.signature, vector.signature_low_v]) {
      assert.equal(await balanceProofSigner(vector, signature), vector.signer, vector.id);
    }
  }
});

const closings = vectors.closing_signatures.filter(placeable);
runs(closings.length, "closing signatures recover to their receivers", async () => {
  for (const vector of closings) {
    const proofSigner = await balanceProofSigner(vector, vector.balance_msg_sig);
    assert.equal(proofSigner, vector.sender, vector.id);
    for (const signature of [vector.closing_sig, vector.closing_sig_low_v]) {
      const signer =
        vector.version === "0.2"
          ? await closingSigner(vector, signature)
          : await fixture.chain.read(recovery.at, recovery.abi, "recover", [
              keccak256(vector.balance_msg_sig),
              signature,
            ]);
      assert.equal(signer, vector.receiver, vector.id);
    }
  }
});

const checks = vectors.signature_checks;
runs(checks.length, "every signature check ends as it did on chain", async () => {
  for (const vector of checks) {
    const read = vector.kind === "closing" ? closingSigner : balanceProofSigner;
    const signer = read(vector, vector.signature);
    const label = `${vector.id} ${vector.version} ${vector.name}`;
    if (vector.onchain.revert) await reverts(signer);
    else assert.equal(await signer, vector.onchain.address, label);
  }
});

const edges = JSON.parse(readFileSync(new URL("../vectors/recovery.json", import.meta.url), "utf8"));
runs(edges.length, "signatures that no signer makes recover as the file says", async () => {
  for (const { name, hash, signature, address } of edges) {
    const signer = fixture.chain.read(recovery.at, recovery.abi, "recover", [hash, signature]);
    if (address) assert.equal((await signer).toLowerCase(), address, name);
    else await reverts(signer);
  }
});

runs(vectors.channel_keys.length, "channel keys are the contract's", async () => {
  for (const { id, sender, receiver, open_block: block, key } of vectors.channel_keys) {
    for (const generation of GENERATIONS) {
      const args = [sender, receiver, block];
      assert.equal(await fixture.stages[generation].read("getKey", args), key, id);
    }
  }
});
