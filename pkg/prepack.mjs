// Runs before the package is packed: makes the elements' few files, refuses a build that is missing, unfinished or of
// another version, and puts licences, the list of changes and that of errors beside it.
import { copyFileSync, existsSync, mkdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { bundle } from "./bundle.mjs";

const folder = dirname(fileURLToPath(import.meta.url));
const read = (name) => readFileSync(join(folder, name));

/** Files of the repository that are packed, too. */
const COPIED = ["LICENSE-APACHE", "LICENSE-MIT", "CHANGELOG.md", "docs/errors.md"];

export const BUILT = [
  "dist/microraiden.js",
  "dist/microraiden_bg.wasm",
  "dist/bytes.js",
  "dist/qr-code.js",
  "dist/elements/index.js",
  "dist/elements/text.js",
  "dist/elements/article.html",
];

/** Fails unless the build is whole: module, glue, text and version belong together. */
export function checkBuild() {
  const missing = BUILT.filter((name) => !existsSync(join(folder, name)));
  if (missing.length > 0) refuse(`${missing.join(", ")} is missing`);
  const bytes = read("dist/microraiden_bg.wasm");
  if (!WebAssembly.validate(bytes)) refuse("the module is damaged or still being written");
  const module = new WebAssembly.Module(bytes);
  const glue = read("dist/microraiden.js").toString();
  const unknown = WebAssembly.Module.imports(module).find(({ name }) => !glue.includes(name));
  if (unknown) refuse(`the glue does not know ${unknown.name}, which the module imports`);
  const [, text] = /"([^"]*)"/.exec(read("dist/bytes.js").toString()) ?? [];
  if (text !== bytes.toString("base64")) refuse("dist/bytes.js holds another module");
  const { version } = JSON.parse(read("package.json").toString());
  const [section] = WebAssembly.Module.customSections(module, "microraiden-version");
  const built = section ? new TextDecoder().decode(section) : "none";
  if (built !== version) refuse(`the module has version ${built}, and package.json ${version}`);
  if (!read("module.js").includes(`"${version}"`)) refuse(`module.js does not have version ${version}`);
}

/** Puts licences, changes and what messages of errors point to into the package's folder. */
export function copyTexts() {
  mkdirSync(join(folder, "docs"), { recursive: true });
  for (const name of COPIED) copyFileSync(join(folder, "..", name), join(folder, name));
}

function refuse(why) {
  throw new Error(`The package can't be packed: ${why}. Build it by: cargo xtask build`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  bundle();
  checkBuild();
  copyTexts();
}
