// Compiles Solidity sources into artifact files, and does nothing when they are already there.
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

const require = createRequire(import.meta.url);

const settings = {
  evmVersion: "shanghai",
  optimizer: { enabled: true, runs: 10_000 },
  outputSelection: { "*": { "*": ["abi", "evm.bytecode.object"] } },
};

/**
 * Compiles `targets` from `sources` into the folder `out`.
 *
 * @param {object} job
 * @param {Record<string, string>} job.sources Solidity text by the name that imports use.
 * @param {Record<string, Target>} job.targets what to compile, by artifact file.
 * @param {string} job.out
 * @typedef {{ source: string, contract: string }} Target
 * @returns {{ compiled: boolean, compiler: string }} `compiled` is false when nothing had changed.
 */
export function compile({ sources, targets, out }) {
  const compiler = require("solc/package.json").version;
  const hash = fingerprint({ compiler, settings, sources, targets });
  const stamp = join(out, "build.json");
  if (isBuilt(stamp, hash, out, targets)) return { compiled: false, compiler };

  const output = run(sources);
  for (const [file, { source, contract }] of Object.entries(targets)) {
    const { abi, evm } = output.contracts[source][contract];
    write(join(out, file), { abi, bytecode: `0x${evm.bytecode.object}` });
  }
  write(stamp, { hash, compiler, settings });
  return { compiled: true, compiler };
}

/** The compiler's standard JSON input, by which an explorer compiles the same byte code. */
export function standardInput(sources) {
  const contents = Object.entries(sources).map(([name, content]) => [name, { content }]);
  return { language: "Solidity", sources: Object.fromEntries(contents), settings };
}

/** The compiler's version as explorers name it, with its commit. */
export const compilerVersion = () => `v${solc().version().replace(".Emscripten.clang", "")}`;

/** Loading the compiler takes a second, so it is done only when it is needed. */
const solc = () => require("solc");

function fingerprint(job) {
  return createHash("sha256").update(JSON.stringify(job)).digest("hex");
}

function isBuilt(stamp, hash, out, targets) {
  try {
    const files = Object.keys(targets).map((file) => readFileSync(join(out, file)));
    return files.length > 0 && JSON.parse(readFileSync(stamp, "utf8")).hash === hash;
  } catch {
    return false;
  }
}

function run(sources) {
  const output = JSON.parse(solc().compile(JSON.stringify(standardInput(sources))));
  const complaints = output.errors ?? [];
  if (complaints.length > 0) {
    const text = complaints.map((complaint) => complaint.formattedMessage).join("\n");
    throw new Error(`The contracts do not compile without complaint:\n${text}`);
  }
  return output;
}

/** Readers see the old file or the new one, never half of one. */
function write(file, value) {
  mkdirSync(dirname(file), { recursive: true });
  const draft = `${file}.${process.pid}`;
  writeFileSync(draft, `${JSON.stringify(value, null, 2)}\n`);
  renameSync(draft, file);
}
