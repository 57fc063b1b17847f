// Everything a visit needs: a development chain, contracts, a receiver with its paywall server.
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createPublicClient, createTestClient, createWalletClient, http, parseEther } from "viem";
import { generatePrivateKey, privateKeyToAddress } from "viem/accounts";
import { foundry } from "viem/chains";
import { tokenAbi } from "../contracts/abi.mjs";
import { startAnvil } from "../tests/support/anvil.mjs";
import { deploy } from "./deploy.mjs";
import { Mining } from "./mining.mjs";
import { packedPackage } from "./package.mjs";
import { Paywall } from "./paywall.mjs";

/** A tenth of a token. */
const DEFAULT_PRICE = (10n ** 17n).toString();

/**
 * @param {object} [options]
 * @param {string} [options.generation] 0.1 or 0.2.
 * @param {number} [options.port] of the paywall; 0 takes any free one.
 * @param {string} [options.price] of each file, in base units.
 * @param {Record<string, string>} [options.prices] by path, for files with another price.
 * @param {number} [options.blockTime] seconds between blocks, 0 for none; transactions are mined
 *   at once.
 * @param {string[]} [options.anvilArgs] further arguments of anvil, instead of the pruning that
 *   keeps 128 old states; `[]` keeps all of them, so that any number of blocks can be taken back.
 * @param {number} [options.confirmations]
 * @param {boolean} [options.credit] whether payments may have numbers.
 * @param {(message: string) => void} [options.onCrash] hears when the server ends by itself.
 */
export async function startStack({
  generation = "0.2",
  port = 0,
  price = DEFAULT_PRICE,
  prices,
  blockTime = 1,
  // A full node keeps as many old states.
  anvilArgs = ["--prune-history", "128"],
  confirmations = 1,
  credit = true,
  onCrash = (message) => console.error(message),
} = {}) {
  const packageFolder = packedPackage();
  // Blocks keep coming, as confirmations need them.
  const blocks = blockTime > 0 ? ["--mixed-mining", "--block-time", String(blockTime)] : [];
  const anvil = await startAnvil({ args: [...anvilArgs, ...blocks] });
  const mining = new Mining(anvil.url, blockTime);
  const folder = mkdtempSync(join(tmpdir(), "microraiden-"));
  let paywall;
  const stop = async () => {
    // The chain's process does not keep this one alive, so the wait for its end has to.
    const awake = setInterval(() => {}, 1_000);
    mining.stop();
    await paywall?.stop();
    await anvil.stop();
    rmSync(folder, { recursive: true, force: true });
    clearInterval(awake);
  };
  try {
    const rpcUrl = anvil.url;
    const { owner, token, contract } = await deploy({ rpcUrl, generation });
    const chain = chainHelpers(rpcUrl, owner, token);
    const receiverKey = generatePrivateKey();
    const receiver = privateKeyToAddress(receiverKey);
    const adminSecret = randomBytes(16).toString("hex");
    await chain.setEther(receiver, parseEther("10"));
    paywall = new Paywall({
      rpcUrl,
      contract,
      receiverKey,
      adminSecret,
      store: join(folder, "channels.db"),
      price,
      prices,
      port,
      packageFolder,
      faucet: owner,
      confirmations,
      credit,
      onCrash,
    });
    await paywall.start();
    return {
      generation,
      rpcUrl,
      chainId: foundry.id,
      url: paywall.url,
      owner,
      token,
      contract,
      receiver,
      receiverKey,
      price: BigInt(price),
      paywall,
      ...chain,
      askReceiver: (path) =>
        fetch(`${paywall.url}/api/1/${path}`, {
          headers: { Authorization: `Bearer ${adminSecret}` },
        }),
      reorg: (depth) => mining.reorg(depth),
      withoutMining: (work) => mining.without(work),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** What demo and tests ask the chain for, or do to it. */
function chainHelpers(rpcUrl, owner, token) {
  const settings = { chain: foundry, transport: http(rpcUrl), pollingInterval: 50 };
  // viem takes no arguments whose types are not known to the letter.
  /** @type {any} */
  const publicClient = createPublicClient({ ...settings, cacheTime: 0 });
  /** @type {any} */
  const walletClient = createWalletClient({ ...settings, account: owner });
  /** @type {any} */
  const testClient = createTestClient({ ...settings, mode: "anvil" });
  return {
    publicClient,
    walletClient,
    testClient,
    /** Mines this many blocks at once. */
    mine: (blocks) => testClient.mine({ blocks }),
    blockNumber: () => publicClient.getBlockNumber(),
    tokensOf: (account) =>
      publicClient.readContract({
        address: token,
        abi: tokenAbi,
        functionName: "balanceOf",
        args: [account],
      }),
    etherOf: (address) => publicClient.getBalance({ address }),
    setEther: (address, value) => testClient.setBalance({ address, value }),
    /** Moves the chain to this id. anvil forgets an id that it hears of while it mines (see mining.mjs). */
    async setChainId(chainId) {
      do {
        await testClient.request({ method: "anvil_setChainId", params: [chainId] });
        // Whatever block was on its way is there before this one.
        await testClient.mine({ blocks: 1 });
      } while ((await publicClient.getChainId()) !== chainId);
    },
    /** Sends tokens from the owner of the supply. */
    async sendTokens(account, amount) {
      const hash = await walletClient.writeContract({
        address: token,
        abi: tokenAbi,
        functionName: "transfer",
        args: [account, amount],
      });
      const { status } = await publicClient.waitForTransactionReceipt({ hash });
      if (status !== "success") {
        throw new Error(`The demo account cannot send ${amount} tokens: ${hash} failed.`);
      }
    },
  };
}
