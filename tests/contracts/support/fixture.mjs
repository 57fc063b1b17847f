// A fresh chain with a token and a manager of each generation.
import { build } from "../../../contracts/build.mjs";
import { loadArtifacts } from "../../../contracts/artifacts.mjs";
import { tokenAbi } from "../../../contracts/abi.mjs";
import { startAnvil } from "../../support/anvil.mjs";
import { owner, sender, stranger } from "./accounts.mjs";
import { Chain } from "./chain.mjs";
import { helperArtifacts } from "./helpers.mjs";
import { Stage } from "./stage.mjs";

export const GENERATIONS = ["0.1", "0.2"];
export const SUPPLY = 10_000_000n * 10n ** 18n;

/** Starts a chain and deploys to it. `stages` are by generation; `stop` ends the chain. */
export async function createFixture() {
  if (!process.env.MICRORAIDEN_ARTIFACTS) build();
  const artifacts = loadArtifacts();
  const helpers = helperArtifacts();
  const { url, stop } = await startAnvil();
  try {
    const chain = new Chain(url);
    const stages = {};
    for (const generation of GENERATIONS) {
      stages[generation] = await createStage({ chain, generation, artifacts, helpers });
    }
    return { chain, stages, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function createStage(parts) {
  const code = { abi: tokenAbi, bytecode: parts.artifacts.token.bytecode };
  const args = [SUPPLY, "CustomToken", "TKN", 18];
  const token = await parts.chain.deployed(owner.address, code, args);
  const stage = await new Stage({ ...parts, token }).withManager();
  for (const { address } of [sender, stranger]) {
    await stage.writeToken(owner, "transfer", [address, 10_000n * 10n ** 18n]);
  }
  return stage;
}
