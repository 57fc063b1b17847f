// `cargo xtask deploy`, by its script: a manager on a chain of one's own, in which a channel opens.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, before, beforeEach, afterEach, test } from "node:test";
import { fileURLToPath } from "node:url";
import { encryptKeystoreJsonSync } from "ethers";
import { getAddress, toHex } from "viem";
import { generatePrivateKey, privateKeyToAddress } from "viem/accounts";
import { managerAbi, tokenAbi } from "../../contracts/abi.mjs";
import { loadArtifacts } from "../../contracts/artifacts.mjs";
import { build, managerName } from "../../contracts/build.mjs";
import { startAnvil } from "../support/anvil.mjs";
import { Chain } from "./support/chain.mjs";

const script = fileURLToPath(new URL("../../contracts/deploy.mjs", import.meta.url));
const ETHER = 10n ** 18n;
const PASSWORD = "correct horse";

let anvil, chain, owner, token, folder, keystore, account;

before(async () => {
  build();
  anvil = await startAnvil();
  chain = new Chain(anvil.url);
  [owner] = await chain.rpc("eth_accounts");
  token = await chain.deployed(owner, { ...loadArtifacts().token, abi: tokenAbi }, [10n ** 25n, "Coin", "CN", 18]);
});
after(() => anvil.stop());

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "microraiden-deploy-"));
  const privateKey = generatePrivateKey();
  account = privateKeyToAddress(privateKey);
  keystore = join(folder, "key.json");
  const text = encryptKeystoreJsonSync({ address: account, privateKey }, PASSWORD, { scrypt: { N: 2 } });
  writeFileSync(keystore, text, { mode: 0o600 });
  await chain.rpc("anvil_setBalance", account, toHex(ETHER));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Runs the script as `cargo xtask deploy` does. */
function deploy(options = {}, environment = {}) {
  const all = { "rpc-url": anvil.url, keystore, token, out: join(folder, "out"), ...options };
  const args = Object.entries(all).map(([name, value]) => (value === true ? `--${name}` : `--${name}=${value}`));
  const env = { ...process.env, MICRORAIDEN_KEY_PASSWORD: PASSWORD, ...environment };
  return new Promise((resolve) => {
    const child = execFile(process.execPath, [script, ...args], { env }, (error, stdout, stderr) =>
      resolve({ code: error ? error.code : 0, stdout, stderr }),
    );
    child.stdin?.end();
  });
}

const written = () => readdirSync(join(folder, "out")).sort();

for (const generation of /** @type {const} */ (["0.1", "0.2"])) {
  test(`${generation} is deployed, recorded, and takes a channel`, async () => {
    const { code, stdout, stderr } = await deploy({ generation, "challenge-period": 700, "chain-id": 31337, yes: true });
    assert.equal(code, 0, stderr);
    assert.match(stdout, /CN, 18 decimals/);
    assert.match(stdout, /cost +at most 0\.\d+ ether/);
    assert.match(stdout, /not been audited/);
    assert.ok(stdout.indexOf("sending transaction 0x") > stdout.indexOf("not been audited"));
    const address = getAddress(/contract +(0x\w{40})/.exec(stdout)?.[1] ?? "");
    const record = JSON.parse(readFileSync(join(folder, "out", `31337-${address}.json`), "utf8"));
    const receipt = await chain.rpc("eth_getTransactionReceipt", record.hash);
    assert.equal(getAddress(receipt.contractAddress), address);
    assert.deepEqual([record.block, record.deployer], [Number(receipt.blockNumber), account]);
    const abi = managerAbi[generation];
    assert.equal(await chain.read(address, abi, "challenge_period"), 700);

    await chain.write(owner, token, tokenAbi, "approve", [address, 100n]);
    const open = { 0.1: "createChannelERC20", 0.2: "createChannel" }[generation];
    const opened = await chain.write(owner, address, abi, open, [account, 100n]);
    assert.equal(opened.status, "0x1");
    const of = [owner, account, Number(opened.blockNumber)];
    assert.equal((await chain.read(address, abi, "getChannelInfo", of))[1], 100n);
  });
}

const skip = process.env.MICRORAIDEN_ARTIFACTS ? "for the contracts built here only" : false;

test("an explorer compiles the same byte code from what is written", { skip }, async () => {
  assert.equal((await deploy({ yes: true })).code, 0);
  const [inputFile, recordFile] = written().sort((one, other) => other.length - one.length);
  const { verification, hash } = JSON.parse(readFileSync(join(folder, "out", recordFile), "utf8"));
  assert.equal(verification.input, inputFile);
  assert.equal(verification.contractName, managerName("0.2"));
  const solc = createRequire(import.meta.url)("solc");
  assert.match(verification.compiler, /^v\d+\.\d+\.\d+\+commit\.[0-9a-f]{8}$/);
  const compiled = JSON.parse(solc.compile(readFileSync(join(folder, "out", inputFile), "utf8")));
  const [source, contract] = verification.contractName.split(":");
  const code = compiled.contracts[source][contract].evm.bytecode.object;
  const { input } = await chain.rpc("eth_getTransactionByHash", hash);
  assert.equal(input, `0x${code}${verification.constructorArguments}`);
});

test("the password comes from a file that others can't read", async () => {
  const file = join(folder, "password");
  writeFileSync(file, `${PASSWORD}\n`, { mode: 0o600 });
  const options = { "password-file": file, yes: true };
  assert.equal((await deploy(options, { MICRORAIDEN_KEY_PASSWORD: "another" })).code, 0);
  for (const exposed of [file, keystore]) {
    chmodSync(exposed, 0o644);
    const { code, stderr } = await deploy(options);
    assert.equal(code, 1);
    assert.match(stderr, /chmod o-rwx/);
    chmodSync(exposed, 0o600);
  }
});

/** What is refused, by which sentence. Nothing is sent. */
const refusals = {
  "without an answer": [{}, {}, /Nobody can be asked/],
  "for another chain": [{ yes: true, "chain-id": 1 }, {}, /of chain 31337, and not of chain 1/],
  "for a token without code": [{ yes: true, token: `0x${"ab".repeat(20)}` }, {}, /no contract at the token's address/],
  "for no token": [{ yes: true, token: "0xab" }, {}, /no address/],
  "for a short challenge period": [{ yes: true, "challenge-period": 499 }, {}, /refuses its constructor's arguments/],
  "with a wrong password": [{ yes: true }, { MICRORAIDEN_KEY_PASSWORD: "wrong" }, /the password is wrong/],
};
for (const [what, [options, environment, sentence]] of Object.entries(refusals)) {
  test(`refused: ${what}`, async () => {
    const { code, stdout, stderr } = await deploy(options, environment);
    assert.equal(code, 1);
    assert.match(stderr, /** @type {RegExp} */ (sentence));
    assert.doesNotMatch(stdout + stderr, /correct horse|wrong"/);
    assert.equal(await chain.rpc("eth_getTransactionCount", account, "latest"), "0x0");
  });
}

test("refused: without ether for the gas", async () => {
  await chain.rpc("anvil_setBalance", account, toHex(1000n));
  const { code, stderr } = await deploy({ yes: true });
  assert.equal(code, 1);
  assert.match(stderr, /has 0\.000000000000001 ether, and may need/);
});

test("a contract that is not what it should be is not recommended", async () => {
  const artifacts = join(folder, "artifacts");
  const { manager, token: coin } = loadArtifacts();
  for (const [name, artifact] of [["v0.1/Manager", manager["0.1"]], ["v0.2/Manager", manager["0.1"]], ["Token", coin]]) {
    mkdirSync(dirname(join(artifacts, /** @type {string} */ (name))), { recursive: true });
    writeFileSync(join(artifacts, `${name}.json`), JSON.stringify(artifact));
  }
  const { code, stderr } = await deploy({ yes: true }, { MICRORAIDEN_ARTIFACTS: artifacts });
  assert.equal(code, 1);
  assert.match(stderr, /tells 0x\w{40}, 5000, 0\.1\.0: do not use it/);
});

test("a contract that is no token is none", async () => {
  const manager = (await deploy({ yes: true })).stdout;
  const other = /contract +(0x\w{40})/.exec(manager)?.[1];
  assert.match((await deploy({ yes: true, token: other })).stderr, /tells no supply/);
});
