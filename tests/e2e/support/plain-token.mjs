// A channel manager over a token that knows ERC20 only.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { compile } from "../../../contracts/compile.mjs";
import { loadArtifacts } from "../../../contracts/artifacts.mjs";
import { managerAbi, tokenAbi } from "../../../contracts/abi.mjs";
import { root } from "../../../demo/root.mjs";

const NAME = "PlainToken.sol";
const CHALLENGE_PERIOD = 500;

/** Deploys both; the stack's owner has all the tokens. */
export async function deployPlain({ walletClient, publicClient, generation }) {
  const out = join(root, "target/plain-token");
  const source = readFileSync(new URL(NAME, import.meta.url), "utf8");
  const target = { source: NAME, contract: "PlainToken" };
  compile({ sources: { [NAME]: source }, targets: { "PlainToken.json": target }, out });
  const { abi, bytecode } = JSON.parse(readFileSync(join(out, "PlainToken.json"), "utf8"));
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
export async function callToken({ walletClient, publicClient }, address, functionName, args) {
  const hash = await walletClient.writeContract({ address, abi: tokenAbi, functionName, args });
  await publicClient.waitForTransactionReceipt({ hash });
}
