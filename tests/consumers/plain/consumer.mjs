// A page without a bundler, by servers as people have them: strict, careless, or two of them.
import { writeFileSync } from "node:fs";
import { join } from "node:path";

const STRICT = "default-src 'none'; connect-src *; script-src 'self'";
const POLICY = "Content-Security-Policy";

/** The page's script, with the package from there. */
const script = (place) => `import * as library from "${place}";
import { payInPage } from "/pay.js";
payInPage(library);`;

export default async function plain({ folder, serve, paid, fails }) {
  writeFileSync(join(folder, "main.js"), script("/node_modules/microraiden/index.js"));
  // A server that knows no type for modules, under a strict policy.
  const headers = { [POLICY]: `${STRICT} 'wasm-unsafe-eval'`, "X-Content-Type-Options": "nosniff" };
  await paid(await serve(folder, { headers, wasm: "text/plain" }));
  // A policy that forgets WebAssembly: the error says what it lacks.
  const forgetful = await serve(folder, { headers: { [POLICY]: STRICT } });
  await fails(forgetful, /^failed not-loaded .*: the page's Content-Security-Policy has to allow 'wasm-unsafe-eval'/);
  // The package from another origin, which lets pages of others read it, or its scripts only.
  const shared = { "Access-Control-Allow-Origin": "*" };
  const elsewhere = join(folder, "node_modules/microraiden");
  const other = await serve(elsewhere, { headers: shared });
  writeFileSync(join(folder, "main.js"), script(`${other}index.js`));
  const two = `default-src 'none'; connect-src *; script-src 'self' ${other} 'wasm-unsafe-eval'`;
  await paid(await serve(folder, { headers: { [POLICY]: two } }));
  const scriptsOnly = (file) => (file.endsWith(".wasm") ? {} : shared);
  writeFileSync(join(folder, "main.js"), script(`${await serve(elsewhere, { headers: scriptsOnly })}index.js`));
  await fails(await serve(folder), /^failed not-loaded .*microraiden_bg\.wasm.*CORS/);
}
