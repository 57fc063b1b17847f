// Reads the compiled contracts, either the ones built here or the ones another folder holds.
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const built = fileURLToPath(new URL("./out", import.meta.url));

/**
 * Reads the artifacts from the folder MICRORAIDEN_ARTIFACTS, or from contracts/out when that is
 * not set.
 *
 * Artifacts of the 2018 byte code may name arguments differently; take the ABI from abi.mjs.
 *
 * @returns {{ manager: Record<"0.1" | "0.2", Artifact>, token: Artifact, folder: string }}
 * @typedef {{ abi: object[], bytecode: `0x${string}` }} Artifact
 */
export function loadArtifacts() {
  const chosen = process.env.MICRORAIDEN_ARTIFACTS;
  const folder = chosen ? resolve(chosen) : built;
  const remedy = chosen
    ? "MICRORAIDEN_ARTIFACTS must be a folder of v0.1/Manager.json, v0.2/Manager.json, Token.json."
    : "Build the contracts with: node contracts/build.mjs";
  return {
    manager: {
      "0.1": load(join(folder, "v0.1", "Manager.json"), remedy),
      "0.2": load(join(folder, "v0.2", "Manager.json"), remedy),
    },
    token: load(join(folder, "Token.json"), remedy),
    folder,
  };
}

function load(file, remedy) {
  let text;
  try {
    text = readFileSync(file, "utf8");
  } catch (cause) {
    throw new Error(`The artifact ${file} cannot be read (${cause.code}). ${remedy}`, { cause });
  }
  let artifact;
  try {
    artifact = JSON.parse(text);
  } catch (cause) {
    throw new Error(`The artifact ${file} is not JSON (${cause.message}). ${remedy}`, { cause });
  }
  if (!Array.isArray(artifact?.abi)) {
    throw new Error(`The artifact ${file} has no "abi" list. ${remedy}`);
  }
  if (!/^0x([0-9a-f]{2})+$/i.test(artifact.bytecode)) {
    throw new Error(`The artifact ${file} has no "bytecode" in linked 0x hex. ${remedy}`);
  }
  return { abi: artifact.abi, bytecode: artifact.bytecode };
}
