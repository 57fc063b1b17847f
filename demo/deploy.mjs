// Puts the demo token and a channel manager on a development chain.
import { createPublicClient, createWalletClient, http } from "viem";
import { foundry } from "viem/chains";
import { managerAbi, tokenAbi } from "../contracts/abi.mjs";
import { loadArtifacts } from "../contracts/artifacts.mjs";
import { managerArguments } from "../contracts/deployment.mjs";

export const CHALLENGE_PERIOD = 500;
const SUPPLY = 10_000_000n * 10n ** 18n;

/**
 * @param {object} job
 * @param {string} job.rpcUrl a node that signs for its own accounts.
 * @param {string} job.generation 0.1 or 0.2.
 * @typedef {`0x${string}`} Address
 * @returns {Promise<{ owner: Address, token: Address, contract: Address }>} `owner` is the node's
 *   first account, which gets the whole supply.
 */
export async function deploy({ rpcUrl, generation }) {
  const construct = managerArguments[generation];
  if (!construct) {
    throw new Error(`There is no contract generation ${generation}; choose 0.1 or 0.2.`);
  }
  const artifacts = loadArtifacts();
  const chain = { chain: foundry, transport: http(rpcUrl), pollingInterval: 50 };
  const reader = createPublicClient(chain);
  const [owner] = await createWalletClient(chain).getAddresses();
  /** @type {any} viem takes no arguments whose types are not known to the letter. */
  const wallet = createWalletClient({ ...chain, account: owner });

  const put = async (what, abi, { bytecode }, args) => {
    const hash = await wallet.deployContract({ abi, bytecode, args });
    const { status, contractAddress } = await reader.waitForTransactionReceipt({ hash });
    if (status !== "success" || !contractAddress) {
      throw new Error(`The ${what} of ${artifacts.folder} cannot be deployed: ${hash} failed.`);
    }
    return contractAddress;
  };
  const token = await put("token", tokenAbi, artifacts.token, [SUPPLY, "CustomToken", "TKN", 18]);
  const manager = artifacts.manager[generation];
  const contract = await put("channel manager", managerAbi[generation], manager, construct(token, CHALLENGE_PERIOD));
  return { owner, token, contract };
}
