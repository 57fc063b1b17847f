// Puts the token and a channel manager on a chain that runs already; writes one line of JSON.
//
// usage: node deploy.mjs <url> <generation>
import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { deploy } from "../../demo/deploy.mjs";

const build = fileURLToPath(new URL("../../contracts/build.mjs", import.meta.url));
execFileSync(process.execPath, [build], { stdio: ["ignore", "ignore", "inherit"] });
const [rpcUrl, generation] = process.argv.slice(2);
console.log(JSON.stringify(await deploy({ rpcUrl, generation })));
