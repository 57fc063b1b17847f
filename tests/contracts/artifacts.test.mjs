// Reading artifacts and building them.
import assert from "node:assert/strict";
import { cpSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, test } from "node:test";
import { fileURLToPath } from "node:url";
import { loadArtifacts } from "../../contracts/artifacts.mjs";
import { build } from "../../contracts/build.mjs";
import { compile } from "../../contracts/compile.mjs";

const out = fileURLToPath(new URL("../../contracts/out", import.meta.url));
const chosen = process.env.MICRORAIDEN_ARTIFACTS;
let folder;

beforeEach(() => {
  build();
  folder = mkdtempSync(join(tmpdir(), "artifacts-"));
  for (const part of ["v0.1", "v0.2", "Token.json"]) {
    cpSync(join(out, part), join(folder, part), { recursive: true });
  }
  process.env.MICRORAIDEN_ARTIFACTS = folder;
});

afterEach(() => {
  if (chosen === undefined) delete process.env.MICRORAIDEN_ARTIFACTS;
  else process.env.MICRORAIDEN_ARTIFACTS = chosen;
  rmSync(folder, { recursive: true });
});

test("the folder is contracts/out or the one in MICRORAIDEN_ARTIFACTS", () => {
  assert.equal(loadArtifacts().folder, folder);
  delete process.env.MICRORAIDEN_ARTIFACTS;
  const { folder: built, manager, token } = loadArtifacts();
  assert.equal(built, out);
  for (const { abi, bytecode } of [manager["0.1"], manager["0.2"], token]) {
    assert.ok(abi.length > 0);
    assert.match(bytecode, /^0x[0-9a-f]+$/);
  }
  assert.notEqual(manager["0.1"].bytecode, manager["0.2"].bytecode);
});

test("a missing artifact is named, with what to do", () => {
  rmSync(join(folder, "Token.json"));
  assert.throws(loadArtifacts, /Token\.json cannot be read \(ENOENT\)\. MICRORAIDEN_ARTIF/);
});

test("a malformed artifact is named, with what is wrong", () => {
  const file = join(folder, "v0.2", "Manager.json");
  const says = (content, message) => {
    writeFileSync(file, content);
    assert.throws(loadArtifacts, message);
  };
  says("{", /Manager\.json is not JSON/);
  says("null", /Manager\.json has no "abi" list/);
  says('{"bytecode": "0x00"}', /has no "abi" list/);
  for (const bytecode of ['""', '"0x"', '"0x0"', '"6000"', '"0x__Lib__"', "12"]) {
    says(`{"abi": [], "bytecode": ${bytecode}}`, /has no "bytecode" in linked 0x hex/);
  }
  says('{"abi": []}', /has no "bytecode"/);
});

test("building again does nothing until a source or an artifact changes", () => {
  const file = join(folder, "build", "One.json");
  const job = (text) => ({
    sources: { "One.sol": `// SPDX-License-Identifier: MIT\npragma solidity ^0.8.30;\n${text}` },
    targets: { "One.json": { source: "One.sol", contract: "One" } },
    out: join(folder, "build"),
  });
  assert.equal(compile(job("contract One {}")).compiled, true);
  const { mtimeMs } = statSync(file);
  assert.equal(compile(job("contract One {}")).compiled, false);
  assert.equal(statSync(file).mtimeMs, mtimeMs);
  const before = readFileSync(file, "utf8");
  assert.equal(compile(job("contract One { uint256 public a; }")).compiled, true);
  assert.notEqual(readFileSync(file, "utf8"), before);
  rmSync(file);
  assert.equal(compile(job("contract One { uint256 public a; }")).compiled, true);
});

test("a source that does not compile says why and leaves no artifact", () => {
  const sources = { "Bad.sol": "contract Bad { uint256 public a = true; }" };
  const targets = { "Bad.json": { source: "Bad.sol", contract: "Bad" } };
  const into = join(folder, "bad");
  assert.throws(() => compile({ sources, targets, out: into }), /do not compile[^]*TypeError/);
  assert.throws(() => statSync(into), { code: "ENOENT" });
});
