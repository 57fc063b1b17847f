// Next: a component of the browser pays; a component of the server imports the package, too.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const FILES = {
  "next.config.mjs": "export default {};\n",
  "app/layout.js": "export default function Layout({ children }) { return <html><body>{children}</body></html>; }\n",
  "app/page.js": `import { MicroRaidenError } from "microraiden";
import { Pay } from "./pay-here.js";
export default function Page() { return <main>{MicroRaidenError.name}<Pay /></main>; }
`,
  "app/pay-here.js": `"use client";
import { useEffect } from "react";
import * as library from "microraiden";
import { payInPage } from "../pay.js";
let begun;
export function Pay() { useEffect(() => { begun ??= payInPage(library); }, []); return <p>paying</p>; }
`,
};

export default async function next({ folder, run, start, paid, port }) {
  for (const [name, text] of Object.entries(FILES)) {
    mkdirSync(join(folder, name, ".."), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  await run("node_modules/.bin/next", ["build"]);
  await paid(await start("node_modules/.bin/next", ["start", "-p", String(await port()), "-H", "127.0.0.1"]));
}
