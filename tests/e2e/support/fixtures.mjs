// What every journey starts with: a stack of its contract generation, a visitor with a signer.
import { test as base, expect } from "@playwright/test";
import { formatUnits, parseEther } from "viem";
import { startStack } from "../../../demo/stack.mjs";
import { Visitor } from "../../../demo/visitor.mjs";
import { Library } from "./library.mjs";
import { TestWallet } from "./wallet.mjs";

/** Odd on purpose: an amount that is rounded anywhere comes out wrong. */
export const PRICE = 100_000_000_000_000_003n;

export { expect };

/** @type {import("../../types/fixtures.d.ts").BaseTest} */
export const test = /** @type {any} */ (base).extend({
  generation: ["0.2", { option: true, scope: "worker" }],
  signer: ["local key", { option: true }],

  stack: [
    async ({ generation }, use) => {
      const stack = await startStack({ generation, price: PRICE.toString(), blockTime: 0.25 });
      await use(stack);
      await stack.stop();
    },
    { scope: "worker", timeout: 60_000 },
  ],

  /** The injected wallet; without one the signer is a key in the browser. */
  wallet: async ({ context, signer, stack }, use) => {
    const wallet = signer === "injected wallet" ? new TestWallet(stack.rpcUrl) : undefined;
    await wallet?.inject(context);
    await use(wallet);
  },

  visitor: async ({ page, stack, wallet }, use, testInfo) => {
    const seen = stack.paywall.log().length;
    await use(new PaywallVisitor(page, stack, wallet));
    if (testInfo.status !== testInfo.expectedStatus) {
      await testInfo.attach("paywall server", {
        body: stack.paywall.log().slice(seen),
        contentType: "text/plain",
      });
    }
  },

  /** The package in a page without scripts, with an account that has tokens and ether. */
  library: async ({ page, stack, wallet }, use) => {
    const library = await Library.alone(page, { stack, wallet });
    const sender = await library.value(({ client }) => client.sender);
    await stack.sendTokens(sender, 100n * PRICE);
    await stack.setEther(sender, parseEther("1"));
    await use(library);
  },
});

/** Has a receiver without the credit extension sell to the tests of a file or group: payments wait for each other. */
export function withoutNumbers() {
  test.beforeAll(({ stack }) => stack.paywall.restart({ credit: false }));
  test.afterAll(({ stack }) => stack.paywall.restart({ credit: true }));
}

/** A visitor who knows the stack and has a signer. */
export class PaywallVisitor extends Visitor {
  #stack;
  #wallet;

  constructor(page, stack, wallet) {
    super(page, stack.rpcUrl);
    this.#stack = stack;
    this.#wallet = wallet;
  }

  /** Opens the page of the priced picture. */
  async arrive() {
    await this.open(`${this.#stack.url}/doggo.jpg`);
  }

  /** Chooses the account to pay with. */
  async signIn() {
    if (this.#wallet) {
      await this.useWallet();
    } else {
      await this.useLocalKey();
    }
  }

  /** After a reload: a wallet has to be chosen again, a key in the browser with a channel has not. */
  async comeBack() {
    await this.ready();
    if (this.#wallet) {
      await this.useWallet();
    }
  }

  /**
   * Arrives with an account that has tokens and ether; by default as much as the demo gives.
   * @param {{ tokens?: bigint, ether?: bigint }} means
   */
  async arriveWith({ tokens, ether = parseEther("1") } = {}) {
    await this.arrive();
    await this.signIn();
    if (tokens === undefined) {
      await this.fund();
      return;
    }
    const account = await this.address();
    await this.#stack.sendTokens(account, tokens);
    await this.#stack.setEther(account, ether);
    await this.page.evaluate(() => dispatchEvent(new Event("focus")));
  }

  /** Arrives, opens a channel and pays once from it. */
  async arriveAndPay(deposit) {
    await this.arriveWith();
    await this.openAndPay(inTokens(deposit));
    await this.picture();
  }
}

/** As a person would write it into a field. */
export function inTokens(amount) {
  return formatUnits(amount, 18);
}

/** Expects the channel on the page to have these numbers. */
export async function expectChannel(visitor, { deposit, spent, state = "open" }) {
  await expect(visitor.by("channel-deposit")).toHaveAttribute("data-amount", String(deposit));
  await expect(visitor.by("channel-spent")).toHaveAttribute("data-amount", String(spent));
  await expect(visitor.by("channel-remaining")).toHaveAttribute(
    "data-amount",
    String(deposit - spent),
  );
  await expect(visitor.by("channel-state")).toHaveAttribute("data-state", state);
}

/** Expects the picture to be drawn. */
export async function expectPicture(visitor) {
  const { width } = await visitor.picture();
  expect(width).toBeGreaterThan(100);
}

/** Expects the page to show an error of this code, as a sentence. */
export async function expectError(visitor, code) {
  await expect(visitor.by("error-code")).toHaveText(code);
  await expect(visitor.by("error").locator("p").first()).toHaveText(/^[A-Z].*[.?]$/);
}
