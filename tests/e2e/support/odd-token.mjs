// A channel manager over a token that is not like others.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseEther } from "viem";
import { compile } from "../../../contracts/compile.mjs";
import { loadArtifacts } from "../../../contracts/artifacts.mjs";
import { managerAbi, tokenAbi } from "../../../contracts/abi.mjs";
import { root } from "../../../demo/root.mjs";
import { Library } from "./library.mjs";

const CHALLENGE_PERIOD = 500;

/** Deploys the token of this name and a manager over it; the stack's owner has all the tokens. */
export async function deployOver(name, { walletClient, publicClient, generation }) {
  const out = join(root, "target/odd-tokens", name);
  const file = `${name}.sol`;
  const source = readFileSync(new URL(file, import.meta.url), "utf8");
  const target = { source: file, contract: name };
  compile({ sources: { [file]: source }, targets: { [`${name}.json`]: target }, out });
  const { abi, bytecode } = JSON.parse(readFileSync(join(out, `${name}.json`), "utf8"));
  const token = await put({ abi, bytecode, args: [10n ** 30n] });
  const args = generation === "0.2" ? [token, CHALLENGE_PERIOD, []] : [token, CHALLENGE_PERIOD];
  const manager = loadArtifacts().manager[generation];
  const contract = await put({ abi: managerAbi[generation], bytecode: manager.bytecode, args });
  return { token, contract };

  async function put(deployment) {
    const hash = await walletClient.deployContract(deployment);
    return (await publicClient.waitForTransactionReceipt({ hash })).contractAddress;
  }
}

/** Calls a function of the token as the stack's owner. */
async function callToken({ walletClient, publicClient }, address, functionName, args) {
  const hash = await walletClient.writeContract({ address, abi: tokenAbi, functionName, args });
  await publicClient.waitForTransactionReceipt({ hash });
}

/** The package at a manager over that token, with ether and a thousand units of it. */
export async function payerOf(name, page, { stack, wallet, rpcUrl = undefined }) {
  const { token, contract } = await deployOver(name, stack);
  const options = { stack: { ...stack, contract }, wallet, rpcUrl };
  const library = await Library.alone(page, options);
  const sender = await library.value(({ client }) => client.sender);
  await stack.setEther(sender, parseEther("1"));
  await callToken(stack, token, "transfer", [sender, 1000n]);
  const balanceOf = (account) =>
    stack.publicClient.readContract({
      address: token,
      abi: tokenAbi,
      functionName: "balanceOf",
      args: [account],
    });
  return { token, contract, library, sender, balanceOf };
}
