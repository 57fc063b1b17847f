// The fixtures of the end-to-end tests, which `extend` can't infer in JavaScript: `BaseTest` is the type of
// support/fixtures.mjs's `test`, the others those of what is made from it.
import type {
  Page,
  PlaywrightTestArgs,
  PlaywrightTestOptions,
  PlaywrightWorkerArgs,
  PlaywrightWorkerOptions,
  TestType,
} from "@playwright/test";
import type { startStack } from "../../demo/stack.mjs";
import type { AlteredNode } from "../e2e/support/altered-node.mjs";
import type { BrokenLine } from "../e2e/support/broken-line.mjs";
import type { PaywallVisitor } from "../e2e/support/fixtures.mjs";
import type { ScriptedServer } from "../e2e/support/hostile-server.mjs";
import type { Library } from "../e2e/support/library.mjs";
import type { Payer } from "../e2e/support/payer.mjs";
import type { Shop } from "../e2e/support/shop.mjs";
import type { TestWallet } from "../e2e/support/wallet.mjs";

interface Common {
  signer: string;
  /** Undefined where the signer is a key in the browser; the specs that need a wallet run with one only. */
  wallet: TestWallet;
  visitor: PaywallVisitor;
  library: Library;
}

/** One for all tests of a worker. */
interface Shared {
  generation: string;
  stack: Awaited<ReturnType<typeof startStack>>;
}

type Test<Own> = TestType<
  PlaywrightTestArgs & PlaywrightTestOptions & Common & Own,
  PlaywrightWorkerArgs & PlaywrightWorkerOptions & Shared
>;

interface Paying {
  line: BrokenLine;
  payer: Payer;
  server: ScriptedServer;
  victim: Payer;
}

interface Lines {
  line: BrokenLine;
  node: BrokenLine;
  first: Library;
  nextPage: () => Promise<Library>;
}

interface Lagging {
  node: AlteredNode;
  payer: Library;
  opened: () => Promise<{ channels: number; escrowed: bigint }>;
}

interface Policy {
  setPolicy: (policy: object) => Promise<void>;
  otherPage: Page;
  other: Payer;
}

export type BaseTest = Test<{}>;
export type ExampleTest = Test<{ service: string }>;
export type HangingTest = Test<{ node: BrokenLine }>;
export type LaggingTest = Test<Lagging>;
export type LineTest = Test<{ line: BrokenLine; payer: Library }>;
export type LinesTest = Test<Lines>;
export type OriginsTest = Test<Paying & { impostor: ScriptedServer; lured: Payer }>;
export type PayingTest = Test<Paying>;
export type PlainTest = Test<{}>;
export type PolicyTest = Test<Paying & Policy>;
export type ShopTest = Test<{
  credit: boolean;
  breaks: boolean;
  line: BrokenLine;
  shop: Shop;
  visit: (page?: Page) => Promise<Library>;
  home: Library;
}>;
export type StreamTest = Test<{ credit: boolean; live: { url: string; earned: () => Promise<bigint> } }>;
export type TabsTest = Test<Lines & { processes: number; other: Library }>;
export type WalletTest = Test<Lines & { payer: Library }>;
