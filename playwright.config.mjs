import { existsSync } from "node:fs";
import { join } from "node:path";
import { defineConfig } from "@playwright/test";
import { chromiumOptions } from "./demo/chromium.mjs";

const testDir = "tests/e2e";

/** Journeys that only a wallet can make. */
const onlyWithWallet = "**/wallet-*.spec.mjs";

/** What the journeys use, tested by itself, and the examples: once is enough. */
const tools = "**/support/*.spec.mjs";

/**
 * What depends neither on the contract's generation nor on who signs: once is enough. Rules of records,
 * prices and policies, answers of servers, requests, storage, tabs, and what the page shows before
 * anybody signs.
 */
const once = specs([
  "aborted",
  "aborted-waiting",
  "accessible",
  "answers",
  "arguments",
  "asked-url",
  "auto-pay",
  "back-forward",
  "backup",
  "backup-hint",
  "consent",
  "damaged-records",
  "elements",
  "escrow",
  "fees",
  "field-browser",
  "first-paint",
  "first-visit",
  "given-storage",
  "hidden-tabs",
  "hostile-answers",
  "kept-turns",
  "keyboard",
  "lagging-node",
  "loading",
  "no-web-locks",
  "options",
  "other-origins",
  "page-hints",
  "payments-list",
  "persistence",
  "policy",
  "publisher",
  "readme",
  "redirected",
  "request-modes",
  "round-trips",
  "shared-storage",
  "rpc",
  "shown-files",
  "signers",
  "still-page",
  "storage",
  "stored-key",
  "stranger",
  "tabs",
  "way-out",
  "values",
]);

/**
 * What depends on who signs, and not on the generation: for each signer once. How page and package behave
 * before anything is signed or sent, while nobody answers, and after it was paid for. Whatever signs, opens,
 * tops up, closes, settles or recovers runs with both generations.
 */
const onceForEachSigner = specs([
  "api-errors",
  "hanging-node",
  "kept-copy",
  "known-contract",
  "no-ether",
  "not-enough-tokens",
  "paid-once",
  "price-above-limit",
  "reload",
  "server-unreachable",
  "wrong-network",
]);

/** The patterns of these files; a name without a file would quietly stand for nothing. */
function specs(names) {
  return names.map((name) => {
    if (!existsSync(join(import.meta.dirname, testDir, `${name}.spec.mjs`))) {
      throw new Error(`playwright.config.mjs names ${name}.spec.mjs, which is not there.`);
    }
    return `**/${name}.spec.mjs`;
  });
}

/** By generation and signer, what the projects leave out. */
const projects = [
  ["0.2", "local key", [onlyWithWallet]],
  ["0.2", "injected wallet", once],
  ["0.1", "local key", [onlyWithWallet, ...once, ...onceForEachSigner]],
  ["0.1", "injected wallet", [...once, ...onceForEachSigner]],
];

export default defineConfig({
  testDir,
  outputDir: "target/test-results",
  // Each has a chain and a server of its own, so that no test mines another one's blocks.
  workers: 2,
  retries: 0,
  forbidOnly: true,
  timeout: 90_000,
  expect: { timeout: 20_000 },
  reporter: [["list"]],
  use: {
    launchOptions: chromiumOptions(),
    // Filming every test took 35 % of the processor's time; the document at each step tells as much.
    trace: { mode: "retain-on-failure", screenshots: false },
    screenshot: "only-on-failure",
  },
  projects: [
    { name: "tools", testMatch: tools },
    ...projects.map(([generation, signer, left]) => ({
      name: `${generation} ${signer}`,
      testIgnore: [tools, ...left],
      use: { generation, signer },
    })),
  ],
});
