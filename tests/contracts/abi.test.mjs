// The hand-written ABI against the vector file, and the built artifacts against the ABI.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import * as viem from "viem";
import { managerAbi, tokenAbi } from "../../contracts/abi.mjs";
import { loadArtifacts } from "../../contracts/artifacts.mjs";
import { build } from "../../contracts/build.mjs";

const vectors = JSON.parse(readFileSync(new URL("../vectors/vectors.json", import.meta.url), "utf8"));
const abis = {
  "manager-0.1": managerAbi["0.1"],
  "manager-0.2": managerAbi["0.2"],
  token: tokenAbi,
};

const plain = (value) => {
  if (Array.isArray(value)) return value.map(plain);
  return typeof value === "bigint" ? String(value) : value;
};

/**
 * The entry of one function; some names are overloaded.
 * @returns {any}
 */
function functionOf(target, signature) {
  return abis[target].find(
    (entry) => entry.type === "function" && viem.toFunctionSignature(entry) === signature,
  );
}

test("selectors and topics are those of the vectors, no more and no fewer", () => {
  for (const [target, abi] of Object.entries(abis)) {
    const table = (type, name, hash) =>
      Object.fromEntries(abi.filter((e) => e.type === type).map((e) => [name(e), hash(e)]));
    const selectors = table("function", viem.toFunctionSignature, viem.toFunctionSelector);
    assert.deepEqual(selectors, vectors.selectors[target]);
    const topics = table("event", viem.toEventSignature, viem.toEventSelector);
    assert.deepEqual(topics, vectors.topics[target]);
  }
});

test("calls are encoded as in the vectors", () => {
  for (const { id, target, function: signature, args, calldata } of vectors.calls) {
    const entry = functionOf(target, signature);
    assert.equal(viem.encodeFunctionData({ abi: [entry], args }), calldata, id);
  }
});

test("ERC223 transfers are encoded as in the vectors", () => {
  const abi = [functionOf("token", "transfer(address,uint256,bytes)")];
  for (const { id, manager, value, data, transfer_calldata: calldata } of vectors.erc223) {
    const args = [manager, value, data];
    assert.equal(viem.encodeFunctionData({ abi, functionName: "transfer", args }), calldata, id);
  }
});

test("returned data are decoded as in the vectors", () => {
  for (const { target, function: signature, returndata, values } of vectors.returns) {
    const entry = functionOf(target, signature);
    assert.deepEqual(plain(viem.decodeAbiParameters(entry.outputs, returndata)), values);
  }
});

test("logs are decoded with the names of the vectors", () => {
  for (const { id, target, topics, data, decoded } of vectors.logs) {
    const { args } = /** @type {any} */ (viem).decodeEventLog({ abi: abis[target], topics, data });
    const shown = Object.entries(args).map(([name, value]) => [name, plain(value)]);
    assert.deepEqual(Object.fromEntries(shown), decoded, id);
  }
});

const skip = process.env.MICRORAIDEN_ARTIFACTS ? "for the contracts built here only" : false;

test("the compiler's ABI is the hand-written one", { skip }, () => {
  build();
  const { manager, token } = loadArtifacts();
  const built = { "manager-0.1": manager["0.1"], "manager-0.2": manager["0.2"], token };
  for (const [target, abi] of Object.entries(abis)) {
    assert.deepEqual(built[target].abi.map(shape).sort(), abi.map(shape).sort());
  }
});

/** What matters of an ABI entry, as text: the compiler also knows names of getter arguments. */
function shape(/** @type {any} */ { type, name = "", inputs, outputs = [], stateMutability = "" }) {
  const named = type === "function" ? ({ type }) => type : nameOf;
  const list = (parameters, write) => parameters.map(write).join(",");
  const results = list(outputs, ({ type }) => type);
  return `${type} ${name}(${list(inputs, named)}) ${stateMutability} (${results})`;
}

function nameOf({ type, name, indexed }) {
  return `${type}${indexed ? " indexed" : ""} ${name}`;
}
