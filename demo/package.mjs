// The npm package as its users get it: packed, and unpacked again.
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { bundle } from "../pkg/bundle.mjs";
import { BUILT, checkBuild, copyTexts } from "../pkg/prepack.mjs";
import { root } from "./root.mjs";

const runs = join(root, "target/npm");
let packed;

/** The folder of the unpacked package; the same one for all callers, gone when the process ends. */
export function packedPackage() {
  packed ??= pack();
  return packed.folder;
}

/** The packed file, beside that folder. */
export function packedFile() {
  packed ??= pack();
  return packed.file;
}

function pack() {
  // What npm would run, whose output it mixes with its own.
  bundle();
  checkBuild();
  copyTexts();
  mkdirSync(runs, { recursive: true });
  removeOrphans();
  const folder = mkdtempSync(join(runs, `${process.pid}-`));
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  const options = ["--json", "--ignore-scripts", "--pack-destination", folder];
  const answer = execFileSync("npm", ["pack", "./pkg", ...options], {
    cwd: root,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
  });
  const [{ filename }] = JSON.parse(answer);
  const file = join(folder, filename);
  execFileSync("tar", ["-xzf", file, "-C", folder]);
  const contents = join(folder, "package");
  const missing = BUILT.filter((file) => !existsSync(join(contents, file)));
  if (missing.length > 0) {
    throw new Error(`The packed npm package lacks ${missing}; build it again with: cargo xtask build`);
  }
  return { folder: contents, file };
}

/** Removes what processes left behind that were killed. */
function removeOrphans() {
  for (const name of readdirSync(runs)) {
    if (!isRunning(Number.parseInt(name, 10))) {
      rmSync(join(runs, name), { recursive: true, force: true });
    }
  }
}

function isRunning(pid) {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return error.code === "EPERM";
  }
}
