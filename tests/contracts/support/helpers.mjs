// The compiled contracts that only the tests need.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { contractSources } from "../../../contracts/build.mjs";
import { compile } from "../../../contracts/compile.mjs";

const source = "tests/contracts/support/Helpers.sol";
const names = ["Forwarder", "NoToken", "RefusingToken", "Recovery"];

/** Compiles the helpers if they have changed and returns their artifacts by name. */
export function helperArtifacts() {
  const out = fileURLToPath(new URL("../../../contracts/out/tests", import.meta.url));
  const library = contractSources()["ECVerify.sol"];
  const text = readFileSync(new URL("./Helpers.sol", import.meta.url), "utf8");
  const targets = names.map((contract) => [`${contract}.json`, { source, contract }]);
  compile({
    sources: { "contracts/ECVerify.sol": library, [source]: text },
    targets: Object.fromEntries(targets),
    out,
  });
  const read = (name) => JSON.parse(readFileSync(join(out, `${name}.json`), "utf8"));
  return Object.fromEntries(names.map((name) => [name, read(name)]));
}
