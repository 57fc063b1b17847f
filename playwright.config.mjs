import { existsSync } from "node:fs";
import { join } from "node:path";
import { defineConfig } from "@playwright/test";
import { chromiumOptions } from "./demo/chromium.mjs";

const testDir = "tests/e2e";

const all = "**/*.spec.mjs";

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
  "budget",
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
  "layout",
  "lagging-node",
  "loading",
  "no-web-locks",
  "options",
  "other-origins",
  "parallel",
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
  "service-worker",
  "shown-files",
  "signers",
  "still-page",
  "stream",
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
  "wallet-key",
]);

// What the core has of the other pairs of generation and signer.

/** What is asked of a wallet, besides the journeys that only a wallet can make. */
const byWallet = specs([
  "api",
  "close-alone",
  "cooperative-close",
  "erc20",
  "first-payment",
  "leaving",
  "recovery",
  "second-payment",
  "top-up",
  "uncooperative-close",
  "which-channel",
]);

/**
 * What is called and signed otherwise in generation 0.1: messages, calls and events of opening, paying, topping
 * up and both closings.
 */
const older = specs(["api", "cooperative-close", "erc20", "first-payment", "uncooperative-close"]);

/** Of these, what is asked of a wallet otherwise. */
const olderByWallet = specs(["api", "first-payment", "wallet-leaving"]);

/** The patterns of these files; a name without a file would quietly stand for nothing. */
function specs(names) {
  return names.map((name) => {
    if (!existsSync(join(import.meta.dirname, testDir, `${name}.spec.mjs`))) {
      throw new Error(`playwright.config.mjs names ${name}.spec.mjs, which is not there.`);
    }
    return `**/${name}.spec.mjs`;
  });
}

/** Whether only what is tagged as core runs (`tests/e2e/support/core.mjs`), for few of the pairs. */
const coreOnly = process.env.MICRORAIDEN_E2E === "core";

/** By generation and signer: what runs, and what is left out. */
const projects = [
  ["0.2", "local key", all, [onlyWithWallet]],
  ["0.2", "injected wallet", coreOnly ? [...byWallet, onlyWithWallet] : all, once],
  ["0.1", "local key", coreOnly ? older : all, [onlyWithWallet, ...once, ...onceForEachSigner]],
  ["0.1", "injected wallet", coreOnly ? olderByWallet : all, [...once, ...onceForEachSigner]],
];

export default defineConfig({
  testDir,
  outputDir: "target/test-results",
  // Each has a chain and a server of its own, so that no test mines another one's blocks.
  workers: 2,
  retries: 0,
  forbidOnly: true,
  // Bounds for what hangs, not for what is slow: machines of CI took up to six times as long as others.
  timeout: 240_000,
  expect: { timeout: 60_000 },
  reporter: [["list"]],
  use: {
    launchOptions: chromiumOptions(),
    // Filming every test took 35 % of the processor's time; the document at each step tells as much.
    trace: { mode: "retain-on-failure", screenshots: false },
    screenshot: "only-on-failure",
  },
  projects: [
    { name: "tools", testMatch: tools },
    ...projects.map(([generation, signer, testMatch, left]) => ({
      name: `${generation} ${signer}`,
      testMatch,
      testIgnore: [tools, ...left],
      ...(coreOnly ? { grep: /@core/u } : {}),
      use: { generation, signer },
    })),
  ],
});
