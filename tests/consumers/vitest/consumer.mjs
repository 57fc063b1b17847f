// Vitest with jsdom: the package as Node's, and compiled by Vite.
import { writeFileSync } from "node:fs";
import { join } from "node:path";

const TEST = `import { expect, test } from "vitest";
import * as library from "microraiden";
import { pay } from "./pay.js";

test("pays", async () => {
  expect(typeof window).toBe("object");
  expect(await pay(library, process.env.QUERY)).toBe("paid 200 true");
});
`;

export default async function vitest({ folder, run, query }) {
  writeFileSync(join(folder, "pay.test.js"), TEST);
  for (const inline of ["[]", '["microraiden"]']) {
    const config = `export default { test: { environment: "jsdom", server: { deps: { inline: ${inline} } } } };`;
    writeFileSync(join(folder, "vite.config.js"), config);
    await run("node_modules/.bin/vitest", ["run"], { QUERY: await query() });
  }
}
