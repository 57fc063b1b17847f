// Starts a development chain with the token and a channel manager, for tests in other languages:
// writes one line of JSON about it and ends with its input.
//
// usage: node deployed.mjs <generation>
import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { deploy } from "../../demo/deploy.mjs";
import { startAnvil } from "./anvil.mjs";

const build = fileURLToPath(new URL("../../contracts/build.mjs", import.meta.url));
execFileSync(process.execPath, [build], { stdio: ["ignore", "ignore", "inherit"] });
// Blocks are mined with each transaction until a test takes that into its own hands.
const anvil = await startAnvil();
try {
  const { owner, token, contract } = await deploy({ rpcUrl: anvil.url, generation: process.argv[2] });
  console.log(JSON.stringify({ url: anvil.url, owner, token, contract }));
  await new Promise((resolve) => {
    process.stdin.on("end", resolve).on("error", resolve).resume();
  });
} finally {
  await anvil.stop();
}
