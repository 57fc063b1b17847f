// The npm package as its users get it: packed, and unpacked again.
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { root } from "./root.mjs";

const WASM = "dist/microraiden_bg.wasm";
let unpacked;

/** The folder of the unpacked package; the same one for all callers, gone when the process ends. */
export function packedPackage() {
  unpacked ??= pack();
  return unpacked;
}

function pack() {
  if (!existsSync(join(root, "pkg", WASM))) {
    throw new Error("The npm package is not built; run: cargo xtask build");
  }
  mkdirSync(join(root, "target/npm"), { recursive: true });
  const folder = mkdtempSync(join(root, "target/npm/run-"));
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  const options = ["--json", "--ignore-scripts", "--pack-destination", folder];
  const answer = execFileSync("npm", ["pack", "./pkg", ...options], {
    cwd: root,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
  });
  const [{ filename }] = JSON.parse(answer);
  execFileSync("tar", ["-xzf", join(folder, filename), "-C", folder]);
  const contents = join(folder, "package");
  if (!existsSync(join(contents, WASM))) {
    throw new Error(`The packed npm package lacks ${WASM}; build it again with: cargo xtask build`);
  }
  return contents;
}
