// Compiles the contracts into contracts/out/: node contracts/build.mjs
import { readFileSync, readdirSync, realpathSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { compile } from "./compile.mjs";

const folder = fileURLToPath(new URL(".", import.meta.url));

/** The Solidity sources of this folder, by file name. */
export function contractSources() {
  const names = readdirSync(folder)
    .filter((name) => name.endsWith(".sol"))
    .sort();
  return Object.fromEntries(names.map((name) => [name, readFileSync(join(folder, name), "utf8")]));
}

const targets = {
  "v0.1/Manager.json": { source: "ChannelManagerV01.sol", contract: "ChannelManagerV01" },
  "v0.2/Manager.json": { source: "ChannelManagerV02.sol", contract: "ChannelManagerV02" },
  "Token.json": { source: "CustomToken.sol", contract: "CustomToken" },
};

/** The manager of a generation as explorers name it. */
export function managerName(generation) {
  const { source, contract } = targets[`v${generation}/Manager.json`];
  return `${source}:${contract}`;
}

/** Compiles both channel managers and the token, if something has changed since the last time. */
export function build() {
  return compile({
    sources: contractSources(),
    targets,
    out: join(folder, "out"),
  });
}

if (process.argv[1] && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const { compiled, compiler } = build();
  console.log(
    compiled
      ? `contracts/out: compiled with solc ${compiler}`
      : `contracts/out: up to date (solc ${compiler})`,
  );
}
