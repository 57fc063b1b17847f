// A page without a bundler, by servers as people have them: strict, careless, or two of them.
import { equal, match } from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { examples, payByElements, sold } from "../support/elements.mjs";

const STRICT = "default-src 'none'; connect-src *; script-src 'self'";
const POLICY = "Content-Security-Policy";

/** The page's script, with the package from there. */
const script = (place) => `import * as library from "${place}";
import { payInPage } from "/pay.js";
payInPage(library);`;

export default async function plain({ folder, serve, paid, fails, pages, stack }) {
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
  await elements({ folder, serve, pages, stack }, other, headers);
}

/** The custom elements as the documentation shows them, by their script alone and beside others by an import map. */
async function elements({ folder, serve, pages, stack }, other, headers) {
  const [element, map] = examples("## Without a bundler", "html");
  const [alone, both] = await pages(2);
  const open = async (page, html, place, options) => {
    const asked = [];
    page.on("request", (request) => asked.push(request.url()));
    writeFileSync(join(folder, "elements.html"), `<!doctype html><title>Own</title>${sold(html, stack, place)}`);
    await page.goto(`${await serve(folder, options)}elements.html`);
    await page.getByTestId("begin").waitFor();
    equal(asked.filter((url) => url.includes("/dist/elements/")).length, 2, "requests for the elements");
  };
  // On their own, under a strict policy, from the page's server.
  const own = { ...headers, [POLICY]: `${headers[POLICY]}; frame-src 'self'` };
  // That file has a policy of its own.
  const policy = (file) => (file.endsWith("/article.html") ? {} : own);
  await open(alone, element, "/node_modules/microraiden/", { headers: policy });
  await payByElements(alone, stack);
  // From another origin, and beside scripts that import the package from there, too: a client of theirs is one of ours.
  await open(both, map + element, other, {});
  match(await both.getByTestId("begin").textContent(), /^Read on for/);
  const said = both.waitForEvent("console", (message) => message.text().includes("/doggo.jpg"));
  await payByElements(both, stack);
  equal((await said).text(), `${stack.url}/doggo.jpg true`);
}
