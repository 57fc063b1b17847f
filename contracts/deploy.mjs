// `cargo xtask deploy`: puts a channel manager for a token onto a chain, and writes what explorers verify it by.
import { mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline/promises";
import { parseArgs } from "node:util";
import { Wallet } from "ethers";
import { formatUnits, getAddress, isAddress } from "viem";
import { privateKeyToAccount } from "viem/accounts";
import { contractSources, managerName } from "./build.mjs";
import { compilerVersion, standardInput } from "./compile.mjs";
import { Refused, carryOut, plan } from "./deployment.mjs";

const PASSWORD = "MICRORAIDEN_KEY_PASSWORD";

function options() {
  const text = { type: /** @type {const} */ ("string") };
  /** @type {{ values: Record<string, any> }} */
  const { values } = parseArgs({
    options: {
      "rpc-url": text,
      keystore: text,
      "password-file": text,
      token: text,
      generation: { ...text, default: "0.2" },
      "challenge-period": { ...text, default: "5000" },
      "chain-id": text,
      out: { ...text, default: "deployments" },
      yes: { type: "boolean", default: false },
    },
  });
  for (const name of ["rpc-url", "keystore", "token"]) {
    if (!values[name]) throw new Refused(`--${name} is missing.`);
  }
  if (!isAddress(values.token)) throw new Refused(`--token is no address: ${values.token}`);
  return values;
}

/** The text of a file that only its owner, and perhaps its group, may read. */
function readPrivate(file) {
  let mode, text;
  try {
    ({ mode } = statSync(file));
    text = readFileSync(file, "utf8");
  } catch (cause) {
    throw new Refused(`${file} can't be read (${cause.code}).`, { cause });
  }
  if ((mode & 0o007) !== 0) throw new Refused(`${file} can be read or changed by others; run: chmod o-rwx ${file}`);
  return text;
}

/** The account whose key the keystore holds. */
async function open(file, passwordFile) {
  const keystore = readPrivate(file);
  const password = passwordFile ? readPrivate(passwordFile).replace(/\r?\n$/, "") : process.env[PASSWORD];
  if (password === undefined) throw new Refused(`${file} is encrypted; give its password by --password-file or ${PASSWORD}.`);
  try {
    const { privateKey } = await Wallet.fromEncryptedJson(keystore, password);
    return privateKeyToAccount(/** @type {`0x${string}`} */ (privateKey));
  } catch (error) {
    // The library's messages and causes may hold what they were given.
    const wrong = error.message.includes("incorrect password");
    throw new Refused(`${file} can't be opened: ${wrong ? "the password is wrong" : "it is no keystore of version 3"}.`);
  }
}

function show({ account, chainId, token, label, generation, challengePeriod, period, gas, cost, balance }, rpcUrl) {
  const ether = (wei) => `${formatUnits(wei, 18)} ether`;
  const hours = period === undefined ? "" : ` (about ${duration(period)} at the chain's present pace)`;
  console.log(`
chain             ${chainId}, by ${new URL(rpcUrl).host}
account           ${account.address}, with ${ether(balance)}
contract          channel manager of generation ${generation}
token             ${token} (${label})
challenge period  ${challengePeriod} blocks${hours}
cost              at most ${ether(cost)} (${gas} units of gas)

The contract has not been audited. It can't be changed once it is deployed.
`);
}

function duration(seconds) {
  const [amount, unit] = seconds < 7200 ? [seconds / 60, "minutes"] : [seconds / 3600, "hours"];
  return `${Math.round(amount)} ${unit}`;
}

async function confirm() {
  if (!process.stdin.isTTY) throw new Refused("Nobody can be asked here. Give --yes to deploy without being asked.");
  const asking = createInterface({ input: process.stdin, output: process.stdout });
  const answer = await asking.question("Deploy it? (yes/no) ");
  asking.close();
  if (answer.trim().toLowerCase() !== "yes") throw new Refused("Nothing was sent.");
}

/** Writes what was deployed, and beside it the compiler's input if the byte code is from here. */
function record(folder, planned, deployed) {
  mkdirSync(folder, { recursive: true });
  const own = !process.env.MICRORAIDEN_ARTIFACTS;
  const { chainId, token, challengePeriod, constructorArguments, account } = planned;
  const verification = own && {
    contractName: managerName(deployed.generation),
    compiler: compilerVersion(),
    constructorArguments,
    input: `${chainId}-${deployed.address}.input.json`,
  };
  const text = { chainId, ...deployed, deployer: account.address, token, challengePeriod, ...(own ? { verification } : {}) };
  const file = join(folder, `${chainId}-${deployed.address}.json`);
  const write = (name, value) => writeFileSync(name, `${JSON.stringify(value, null, 2)}\n`);
  write(file, text);
  if (verification) write(join(folder, verification.input), standardInput(contractSources()));
  return file;
}

async function main() {
  const chosen = options();
  const rpcUrl = chosen["rpc-url"];
  const planned = await plan({
    rpcUrl,
    account: await open(chosen.keystore, chosen["password-file"]),
    token: getAddress(chosen.token),
    generation: chosen.generation,
    challengePeriod: Number(chosen["challenge-period"]),
    chainId: chosen["chain-id"] === undefined ? undefined : Number(chosen["chain-id"]),
  });
  show(planned, rpcUrl);
  if (!chosen.yes) await confirm();
  const deployed = await carryOut(planned, (hash) => console.log(`sending transaction ${hash}`));
  const file = record(chosen.out, planned, deployed);
  console.log(`contract    ${deployed.address}\ntransaction ${deployed.hash}\nblock       ${deployed.block}\nwritten to  ${file}`);
}

try {
  await main();
} catch (error) {
  // viem's long messages contain the node's URL, which may contain an access key.
  console.error(error instanceof Refused ? error.message : (error.shortMessage ?? error.message));
  process.exitCode = 1;
}
