// Compiles every block of JavaScript and TypeScript in the documents, and every example of the declarations, as a
// reader of them would: strictly, from the package, in each way that TypeScript resolves modules. And each method has
// an example.
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../../demo/root.mjs";
import { documents } from "./markdown.mjs";

/** What "microraiden" exports. */
const library = ["pkg/index.d.ts", "pkg/errors.d.ts"];
const entries = ["demo", "elements", "files", "service-worker", "stream"].map((name) => `pkg/${name}.d.ts`);
const declarations = [...library, ...entries];
const sources = [...documents(), ...declarations];
const folder = join(root, "target/types");

/** What examples speak of without saying it. The package's names are there as well, unless they import them. */
const names = `
import * as microraiden from "microraiden";
import type { Address, BalanceMessage, Hex } from "microraiden";
declare global {
  const client: microraiden.MicroRaiden;
  const channel: microraiden.Channel;
  const wallet: microraiden.LocalKey;
  const key: microraiden.LocalKey;
  const pay: microraiden.PayingFetch;
  const provider: { request(call: { method: string }): Promise<unknown> };
  const contract: Address;
  const receiver: Address;
  const signature: Hex;
  const maxPrice: bigint;
  const rpcUrl: string;
  const url: string;
  const password: string;
  const file: string;
  const bytes: Uint8Array<ArrayBuffer>;
  const worker: Worker;
  /** Of extensions, whose types are a package of their own. */
  const chrome: any;
  const store: microraiden.StateStore;
}
`;

/** As much of a framework as an upstream needs. */
const express = `
  interface Request { get(name: string): string | undefined }
  interface Response { json(value: unknown): void }
  interface App {
    get(path: string, handler: (request: Request, response: Response) => void): void;
    listen(port: number, host: string): void;
  }
  export default function express(): App;`;
/** What examples take of frameworks, which are not installed here; examples/ is compiled with the real ones. */
const frameworks = `
declare module "react" {
  export function useSyncExternalStore<T>(subscribe: (changed: () => void) => () => void, getSnapshot: () => T): T;
}
declare module "vue" {
  export function onScopeDispose(end: () => void): void;
  export function shallowRef<T>(value: T): { value: T };
}
`;

/** What TypeScript resolves modules by, and the kind of module that goes with it. */
const resolutions = { bundler: "esnext", node16: "node16", nodenext: "nodenext" };

const blocks = sources.flatMap((source) => {
  const text = readFileSync(join(root, source), "utf8").replace(/^ *\* ?/gm, declarations.includes(source) ? "" : "$&");
  return [...text.matchAll(/^```(?:js|ts|tsx|jsx|typescript|javascript)\n(.*?)^```$/gms)].map(([, code], index) => ({
    name: `${source.replaceAll(/\W/g, "-")}-${index + 1}.ts`,
    code,
  }));
});

/** The names that an example uses and does not import. */
function imports(code) {
  const all = /^export (?:declare )?(?:class|function|const) (\w+)/gm;
  const texts = library.map((name) => readFileSync(join(root, name), "utf8")).join("\n");
  const exported = [...texts.matchAll(all)].map(([, name]) => name);
  const used = exported.filter((name) => new RegExp(`\\b${name}\\b`).test(code));
  const imported = code.split("\n").filter((line) => line.includes("import")).join();
  const own = used.filter((name) => !imported.includes(name));
  return own.length > 0 ? `import { ${own.join(", ")} } from "microraiden";\n` : "";
}

/** Methods and functions without an example. */
function undocumented() {
  const text = declarations.map((name) => readFileSync(join(root, name), "utf8")).join("\n");
  const documented = /^( *)\/\*\*(?:(?!\*\/).)*?\*\/\n\1(?:export (?:default )?function |static )?(\w+)\(/gms;
  return [...text.matchAll(documented)]
    .filter(([comment, , name]) => name !== "free" && !comment.includes("```js"))
    .map(([, , name]) => name);
}

function compile(resolution, module) {
  const settings = {
    compilerOptions: {
      strict: true,
      skipLibCheck: false,
      noEmit: true,
      target: "es2022",
      lib: ["es2022", "dom", "dom.iterable"],
      types: [],
      module,
      moduleResolution: resolution,
      // The addresses at which the paywall server gives them to pages.
      paths: { "/js/microraiden/index.js": ["../../pkg/index.d.ts"], "/js/microraiden/demo.js": ["../../pkg/demo.d.ts"], express: ["./express.d.ts"] },
    },
    include: ["*.ts"],
  };
  const file = join(folder, `${resolution}.json`);
  writeFileSync(file, JSON.stringify(settings));
  execFileSync(join(root, "node_modules/.bin/tsc"), ["--project", file], { stdio: "inherit" });
}

rmSync(folder, { recursive: true, force: true });
mkdirSync(join(folder, "node_modules"), { recursive: true });
symlinkSync(join(root, "pkg"), join(folder, "node_modules/microraiden"));
writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
writeFileSync(join(folder, "names.d.ts"), names);
writeFileSync(join(folder, "express.d.ts"), express);
writeFileSync(join(folder, "frameworks.d.ts"), frameworks);
for (const { name, code } of blocks) {
  writeFileSync(join(folder, name), `${imports(code)}${code}\nexport {};\n`);
}
const missing = undocumented();
if (missing.length > 0) throw new Error(`The declarations have no example of ${missing.join(", ")}.`);
for (const [resolution, module] of Object.entries(resolutions)) compile(resolution, module);
console.log(`${blocks.length} examples compile.`);
