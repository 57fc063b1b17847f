// A channel manager for a token that is there already: what its deployment costs, the transaction, and what is to be
// found on the chain afterwards.
import { createPublicClient, createWalletClient, encodeDeployData, formatUnits, getAddress, http, keccak256 } from "viem";
import { managerAbi, tokenAbi } from "./abi.mjs";
import { loadArtifacts } from "./artifacts.mjs";

/** @typedef {`0x${string}`} Hex */

/** The most that is offered for a unit of gas, in wei, as everywhere in this project. */
const MAX_FEE_PER_GAS = 500n * 10n ** 9n;
/** Blocks by which the chain's pace is measured. */
const SAMPLE = 100n;

/** What the managers' constructors take, by contract generation. */
export const managerArguments = {
  0.1: (token, challengePeriod) => [token, challengePeriod],
  0.2: (token, challengePeriod) => [token, challengePeriod, []],
};

/** A sentence for the person who deploys. */
export class Refused extends Error {}

/**
 * Checks everything that can be checked before anything is sent.
 *
 * @param {object} job
 * @param {string} job.rpcUrl
 * @param {any} job.account a local account of viem.
 * @param {Hex} job.token
 * @param {string} job.generation 0.1 or 0.2.
 * @param {number} job.challengePeriod in blocks.
 * @param {number} [job.chainId] the chain that is meant.
 */
export async function plan({ rpcUrl, account, token, generation, challengePeriod, chainId: meant }) {
  const transport = http(rpcUrl);
  /** @type {any} viem takes no arguments whose types are not known to the letter. */
  const reader = createPublicClient({ transport });
  const chainId = await reader.getChainId();
  if (meant !== undefined && meant !== chainId) {
    throw new Refused(`The node is of chain ${chainId}, and not of chain ${meant}.`);
  }
  const label = await readToken(reader, token);
  const artifact = loadArtifacts().manager[generation];
  const args = managerArguments[generation](token, challengePeriod);
  const abi = managerAbi[generation];
  const data = encodeDeployData({ abi, bytecode: artifact.bytecode, args });
  const code = await construct(reader, account.address, data);
  const gas = ((await reader.estimateGas({ account: account.address, data })) * 12n) / 10n;
  const fees = await offer(reader);
  const cost = gas * (fees.maxFeePerGas ?? fees.gasPrice);
  const balance = await reader.getBalance({ address: account.address });
  if (balance < cost) {
    throw new Refused(`${account.address} has ${formatUnits(balance, 18)} ether, and may need ${formatUnits(cost, 18)}.`);
  }
  const constructorArguments = data.slice(artifact.bytecode.length);
  return {
    reader, transport, account, chainId, token, label, generation, challengePeriod, data, code, gas, fees, cost, balance,
    constructorArguments, period: await pace(reader, challengePeriod),
  };
}

/** The runtime code that the constructor leaves, with the values that it fixes in it. */
async function construct(reader, from, data) {
  try {
    return (await reader.call({ account: from, data })).data;
  } catch (cause) {
    throw new Refused(`The contract refuses its constructor's arguments: ${cause.shortMessage ?? cause.message}`, { cause });
  }
}

/** What is shown of the token; fails where there is none. */
async function readToken(reader, address) {
  const code = await reader.getCode({ address });
  if (!code || code === "0x") throw new Refused(`There is no contract at the token's address ${address}.`);
  const read = (functionName) => reader.readContract({ address, abi: tokenAbi, functionName });
  const supply = await read("totalSupply").catch(() => undefined);
  if (!supply) throw new Refused(`The contract at ${address} tells no supply, so it is no token for channels.`);
  const [symbol, decimals] = await Promise.all(["symbol", "decimals"].map((name) => read(name).catch(() => undefined)));
  return symbol === undefined ? "a token without a symbol" : `${symbol}, ${decimals ?? "?"} decimals`;
}

async function offer(reader) {
  const fees = await reader.estimateFeesPerGas().catch(async () => ({ gasPrice: await reader.getGasPrice() }));
  const asked = fees.maxFeePerGas ?? fees.gasPrice;
  if (asked > MAX_FEE_PER_GAS) {
    throw new Refused(`Gas costs ${formatUnits(asked, 9)} gwei; no more than ${formatUnits(MAX_FEE_PER_GAS, 9)} is offered.`);
  }
  return fees;
}

/** How long so many blocks take at the chain's present pace, in seconds; `undefined` for a chain that is too young. */
async function pace(reader, blocks) {
  const newest = await reader.getBlock();
  if (newest.number < SAMPLE) return undefined;
  const older = await reader.getBlock({ blockNumber: newest.number - SAMPLE });
  return (Number(newest.timestamp - older.timestamp) / Number(SAMPLE)) * blocks;
}

/**
 * Sends the transaction, waits for its receipt, and compares what is on the chain with what was planned.
 *
 * @param {Awaited<ReturnType<typeof plan>>} planned
 * @param {(hash: Hex) => void} onSigned hears the transaction's hash before it is sent.
 */
export async function carryOut(planned, onSigned) {
  const { reader, account, chainId, data, gas, fees, generation, code } = planned;
  const nonce = await reader.getTransactionCount({ address: account.address, blockTag: "pending" });
  const type = fees.maxFeePerGas === undefined ? "legacy" : "eip1559";
  const raw = await account.signTransaction({ chainId, data, gas, nonce, type, ...fees });
  const hash = keccak256(raw);
  onSigned(hash);
  const receipt = await mined(planned, hash, raw);
  if (receipt.status !== "success") throw new Error(`The transaction ${hash} was mined and failed; its gas is spent.`);
  const address = getAddress(receipt.contractAddress);
  const found = await reader.getCode({ address });
  if (found !== code) throw new Error(`The code at ${address} is not what the constructor leaves: do not use this contract.`);
  await readBack(reader, address, planned);
  return { address, hash, block: Number(receipt.blockNumber), generation };
}

/** Sends a transaction and waits for its receipt. */
async function mined({ reader, transport }, hash, raw) {
  /** @type {any} */
  const sender = createWalletClient({ transport });
  try {
    await sender.sendRawTransaction({ serializedTransaction: raw });
    return await reader.waitForTransactionReceipt({ hash });
  } catch (cause) {
    const why = cause.shortMessage ?? cause.message;
    throw new Error(`${why}\nThe transaction ${hash} may be mined all the same: look for it before you deploy again.`, { cause });
  }
}

/** Reads what the constructor got from the contract, as a client does. */
async function readBack(reader, address, { token, challengePeriod, generation }) {
  const read = (functionName) => reader.readContract({ address, abi: managerAbi[generation], functionName });
  const [ofToken, period, version] = await Promise.all(["token", "challenge_period", "version"].map(read));
  const same = ofToken.toLowerCase() === token.toLowerCase() && period === challengePeriod && version === `${generation}.0`;
  if (!same) throw new Error(`The contract at ${address} tells ${ofToken}, ${period}, ${version}: do not use it.`);
}
