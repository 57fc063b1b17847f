// The demo without a person: a channel's life on the real page, checked against the chain.
import { chromium } from "@playwright/test";
import { formatUnits } from "viem";
import { chromiumOptions } from "./chromium.mjs";
import { CHALLENGE_PERIOD } from "./deploy.mjs";
import { Visitor } from "./visitor.mjs";

const DECIMALS = 18;
const RESOURCE = "/doggo.jpg";

export async function runOnce(stack, print = console.log) {
  const browser = await chromium.launch(chromiumOptions());
  try {
    const visitor = new Visitor(await browser.newPage(), stack.rpcUrl);
    await new Run(stack, visitor, print).all();
  } finally {
    await browser.close();
  }
}

class Run {
  #stack;
  #visitor;
  #print;
  #count = 0;
  #printed = 0;

  constructor(stack, visitor, print) {
    this.#stack = stack;
    this.#visitor = visitor;
    this.#print = print;
  }

  async all() {
    const visitor = this.#visitor;
    const { price } = this.#stack;

    await this.#step(`visit ${RESOURCE} and create a local key`, async () => {
      await visitor.open(`${this.#stack.url}${RESOURCE}`);
      equal("price on the page", await visitor.amount("price"), price);
      await visitor.useLocalKey();
      this.#print(`   sender ${await visitor.address()}`);
    });
    await this.#step("fund the account", async () => {
      await visitor.fund();
      const sender = await visitor.address();
      this.#say("tokens", await this.#stack.tokensOf(sender));
      this.#say("ether", await this.#stack.etherOf(sender), "ETH");
    });

    await this.#openAndPay(price * 10n);
    await this.#step("pay again from the same channel", async () => {
      await visitor.pay();
      await this.#picture();
      await this.#channel({ deposit: price * 10n, spent: price * 2n, state: "open" });
    });
    await this.#step(`top up by ${tokens(price * 5n)}`, async () => {
      await visitor.topUp(formatUnits(price * 5n, DECIMALS));
      await this.#channel({ deposit: price * 15n, spent: price * 2n, state: "open" });
    });
    await this.#payout("close cooperatively", price * 2n, price * 15n, () => visitor.close());

    await this.#openAndPay(price * 4n);
    await this.#step("ask to close, while the receiver does not sign", async () => {
      await visitor.refuseClosingSignature();
      await visitor.close();
      await this.#channel({ deposit: price * 4n, spent: price, state: "closing" });
    });
    await this.#payout(
      `settle after the challenge period of ${CHALLENGE_PERIOD} blocks`,
      price,
      price * 4n,
      async () => {
        await this.#stack.mine(CHALLENGE_PERIOD + 1);
        await visitor.settle();
      },
    );
  }

  #openAndPay(deposit) {
    const { price } = this.#stack;
    return this.#step(
      `open a channel with ${tokens(deposit)} and pay ${tokens(price)}`,
      async () => {
        await this.#visitor.openAndPay(formatUnits(deposit, DECIMALS));
        await this.#picture();
        await this.#channel({ deposit, spent: price, state: "open" });
      },
    );
  }

  /** A step that ends the channel: the tokens on the chain have to move exactly as they should. */
  #payout(name, spent, deposit, work) {
    return this.#step(name, async () => {
      const { receiver, contract } = this.#stack;
      const sender = await this.#visitor.address();
      const parties = { receiver, sender, contract };
      const before = await this.#tokens(parties);
      await work();
      const after = await this.#tokens(parties);
      const changes = { receiver: spent, sender: deposit - spent, contract: -deposit };
      for (const [party, change] of Object.entries(changes)) {
        equal(`change of the ${party}'s tokens`, after[party] - before[party], change);
        this.#print(`   ${party} ${tokens(before[party])} → ${tokens(after[party])}`);
      }
      const state = await this.#visitor.by("channel-state").getAttribute("data-state");
      equal("state of the channel", state, "settled");
    });
  }

  async #tokens(parties) {
    const entries = Object.entries(parties).map(async ([name, address]) => [
      name,
      await this.#stack.tokensOf(address),
    ]);
    return Object.fromEntries(await Promise.all(entries));
  }

  async #picture() {
    const { width, height } = await this.#visitor.picture();
    this.#print(`   the picture is there, ${width} × ${height} pixels`);
  }

  /** Compares the channel on the page with what it should be, and prints it. */
  async #channel(expected) {
    const shown = await this.#visitor.channel();
    for (const [name, value] of Object.entries(expected)) {
      equal(`${name} of the channel`, shown[name], value);
    }
    equal("remaining of the channel", shown.remaining, shown.deposit - shown.spent);
    this.#print(
      `   channel opened in block ${shown.openBlock}: deposit ${tokens(shown.deposit)}, ` +
        `balance ${tokens(shown.spent)}, remaining ${tokens(shown.remaining)}, ${shown.state}`,
    );
  }

  #say(what, amount, unit = "TKN") {
    this.#print(`   ${what} ${formatUnits(amount, DECIMALS)} ${unit} (${amount})`);
  }

  async #step(name, work) {
    this.#count += 1;
    this.#print(`${this.#count}. ${name}`);
    try {
      await work();
      await this.#transactions();
    } catch (cause) {
      throw new Error(`Step ${this.#count} failed: ${name}. ${cause.message}`, { cause });
    }
  }

  /** Prints the transactions since the step before, which all must have succeeded. */
  async #transactions() {
    for (const hash of this.#visitor.hashes.slice(this.#printed)) {
      const { status, blockNumber, gasUsed } =
        await this.#stack.publicClient.waitForTransactionReceipt({ hash });
      equal(`status of ${hash}`, status, "success");
      this.#print(`   transaction ${hash}, block ${blockNumber}, gas ${gasUsed}`);
    }
    this.#printed = this.#visitor.hashes.length;
  }
}

function tokens(amount) {
  return `${formatUnits(amount, DECIMALS)} TKN`;
}

function equal(what, found, wanted) {
  if (found !== wanted) {
    throw new Error(`The ${what} is ${found}, but should be ${wanted}.`);
  }
}
