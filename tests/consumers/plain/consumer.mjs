// A page without a bundler, by a server that knows no type for modules, under a strict policy.
import { writeFileSync } from "node:fs";
import { join } from "node:path";

const SCRIPT = `import * as library from "/node_modules/microraiden/index.js";
import { payInPage } from "/pay.js";
payInPage(library);`;

const POLICY = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src *";

export default async function plain({ folder, serve, paid }) {
  writeFileSync(join(folder, "main.js"), SCRIPT);
  await paid(await serve(folder, { headers: { "Content-Security-Policy": POLICY }, wasm: "text/plain" }));
}
