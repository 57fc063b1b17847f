import { defineConfig } from "@playwright/test";
import { chromiumOptions } from "./demo/chromium.mjs";

/** Journeys that only a wallet, or only a key in the browser, can make. */
const onlyWithWallet = "**/wallet-*.spec.mjs";

/** What the journeys use, tested by itself: once is enough. */
const tools = "**/support/*.spec.mjs";

/** What depends neither on the contract's generation nor on who signs: once is enough. */
const once = [
  "aborted",
  "answers",
  "backup",
  "damaged-records",
  "escrow",
  "fees",
  "hostile-answers",
  "kept-turns",
  "lagging-node",
  "no-web-locks",
  "options",
  "parts",
  "payments-list",
  "policy",
  "round-trips",
  "shared-storage",
  "storage",
  "stored-key",
  "tabs",
].map((name) => `**/${name}.spec.mjs`);

const signers = [
  { name: "local key", testIgnore: [onlyWithWallet, tools] },
  { name: "injected wallet", testIgnore: [tools, ...once] },
];

export default defineConfig({
  testDir: "tests/e2e",
  outputDir: "target/test-results",
  // One chain at a time: the blocks that one test mines would surprise another.
  workers: 1,
  retries: 0,
  forbidOnly: true,
  timeout: 90_000,
  expect: { timeout: 20_000 },
  reporter: [["list"]],
  use: {
    launchOptions: chromiumOptions(),
    trace: "retain-on-failure",
    screenshot: "only-on-failure",
  },
  projects: [
    { name: "tools", testMatch: tools },
    ...["0.2", "0.1"].flatMap((generation) =>
      signers.map(({ name, testIgnore }) => ({
        name: `${generation} ${name}`,
        testIgnore: generation === "0.1" ? [...testIgnore, ...once] : testIgnore,
        use: { generation, signer: name },
      })),
    ),
  ],
});
