// Pressed twice, paid once.
import { PRICE, PaywallVisitor, expect, expectChannel, expectPicture, inTokens, test, withoutNumbers } from "./support/fixtures.mjs";
import { channelBalance } from "./support/books.mjs";
import { core, coreIf } from "./support/core.mjs";

/** Presses the button twice, also where it has moved in between. */
function clickTwice(visitor, milliseconds) {
  return visitor.page.evaluate(async (ms) => {
    const button = document.querySelector("microraiden-paywall").shadowRoot.getElementById("pay");
    button.click();
    await new Promise((done) => setTimeout(done, ms));
    button.click();
  }, milliseconds);
}

async function enterTwice(visitor, milliseconds) {
  const press = () => visitor.page.keyboard.press("Enter");
  // The page may be busy with the first one for longer.
  const later = new Promise((done) => setTimeout(done, milliseconds)).then(press);
  await Promise.all([press(), later]);
}

/** A channel is open, nothing was paid from it, and the button to pay can be pressed. */
async function arriveWithChannel(visitor) {
  await visitor.arriveWith();
  await visitor.page.evaluate(openOnly, { deposit: String(10n * PRICE) });
  await visitor.page.reload();
  await visitor.comeBack();
  await expectChannel(visitor, { deposit: 10n * PRICE, spent: 0n });
  await visitor.by("pay").scrollIntoViewIfNeeded();
}

async function openOnly({ deposit }) {
  const { default: init, LocalKey, MicroRaiden, Wallets } = await import(
    "/js/microraiden/index.js"
  );
  await init();
  const terms = JSON.parse(document.getElementById("paywall-config").textContent);
  const wallet = (await LocalKey.load()) ?? (await Wallets.discover())[0];
  const { contract, rpcUrl, receiver } = terms;
  const client = await MicroRaiden.connect({ wallet, contract, rpc: rpcUrl });
  await client.open({ receiver, deposit: BigInt(deposit) });
}

for (const milliseconds of [0, 100, 250, 400]) {
  test(`two clicks ${milliseconds} ms apart pay once`, coreIf(milliseconds === 0), async ({ visitor, stack }) => {
    await arriveWithChannel(visitor);
    await clickTwice(visitor, milliseconds);
    await expectPicture(visitor);
    await visitor.succeeded();
    await expectChannel(visitor, { deposit: 10n * PRICE, spent: PRICE });
    expect(await channelBalance(stack, visitor)).toBe(PRICE);
  });

  test(`Enter twice ${milliseconds} ms apart pays once`, async ({ visitor, stack }) => {
    await arriveWithChannel(visitor);
    await visitor.by("pay").focus();
    await enterTwice(visitor, milliseconds);
    await expectPicture(visitor);
    await visitor.succeeded();
    await expectChannel(visitor, { deposit: 10n * PRICE, spent: PRICE });
    expect(await channelBalance(stack, visitor)).toBe(PRICE);
  });
}

test("Enter twice in the deposit opens one channel and pays once", async ({ visitor, stack }) => {
  await visitor.arriveWith();
  await visitor.by("deposit-input").fill(inTokens(5n * PRICE));
  await enterTwice(visitor, 100);
  await expectPicture(visitor);
  await visitor.succeeded();
  await expectChannel(visitor, { deposit: 5n * PRICE, spent: PRICE });
  expect(await channelBalance(stack, visitor)).toBe(PRICE);
});

test("two tabs at once pay once, and both show it", core, async ({ visitor, stack, wallet, context }) => {
  await arriveWithChannel(visitor);
  const other = new PaywallVisitor(await context.newPage(), stack, wallet);
  await other.arrive();
  if (wallet) {
    await other.useWallet();
  }
  await expect(other.by("pay")).toBeEnabled();
  const press = (tab) => tab.page.evaluate(() => document.querySelector("microraiden-paywall").shadowRoot.getElementById("pay").click());
  await Promise.all([press(visitor), press(other)]);
  await Promise.all([expectPicture(visitor), expectPicture(other)]);
  for (const tab of [visitor, other]) {
    await tab.succeeded();
    await expectChannel(tab, { deposit: 10n * PRICE, spent: PRICE });
  }
  expect(await channelBalance(stack, visitor)).toBe(PRICE);
});

test("a tab shows what another one pays", async ({ visitor, stack, wallet, context }) => {
  await visitor.arriveAndPay(10n * PRICE);
  const other = new PaywallVisitor(await context.newPage(), stack, wallet);
  await other.arrive();
  if (wallet) {
    await other.useWallet();
  }
  await expectPicture(other);
  await other.pay();
  for (const tab of [other, visitor]) {
    await expectChannel(tab, { deposit: 10n * PRICE, spent: 2n * PRICE });
  }
});

test("a tab that was left open shows what another one has paid for since", async ({
  visitor,
  stack,
  wallet,
  context,
}) => {
  await arriveWithChannel(visitor);
  const other = new PaywallVisitor(await context.newPage(), stack, wallet);
  await other.arrive();
  if (wallet) {
    await other.useWallet();
  }
  await visitor.act("pay");
  // the press of somebody who has not looked yet
  await other.page.evaluate(() => {
    const { shadowRoot } = document.querySelector("microraiden-paywall");
    /** @type {HTMLFormElement} */ (shadowRoot.getElementById("pay-form")).requestSubmit();
  });
  await expectPicture(other);
  expect(await channelBalance(stack, visitor)).toBe(PRICE);
});

test("what was paid for is not offered again, but may be paid once more", async ({
  visitor,
  stack,
}) => {
  await arriveWithChannel(visitor);
  await visitor.act("pay");
  await expectPicture(visitor);
  await expect(visitor.by("pay")).toBeHidden();
  await expect(visitor.by("paid-note")).toContainText("You paid for this today");

  await test.step("two clicks on that pay nothing", async () => {
    await visitor.by("pay-again").dblclick();
    await expect(visitor.by("pay")).toBeEnabled();
    expect(await channelBalance(stack, visitor)).toBe(PRICE);
  });

  await visitor.act("pay");
  await expectChannel(visitor, { deposit: 10n * PRICE, spent: 2n * PRICE });
  await expect(visitor.by("pay")).toBeHidden();
});

/** Loses the answer to the first payment that the server has counted. */
async function loseFirstAnswer({ page }) {
  let lost = 0;
  await page.route("**/doggo.jpg", async (route) => {
    const paid = route.request().headers()["rdn-balance"] !== undefined;
    if (!paid || lost > 0) {
      await route.fallback();
      return;
    }
    lost += 1;
    await route.fetch();
    await route.abort();
  });
}

test("a payment whose answer was lost is repeated, and costs nothing more", core, async ({ visitor, stack }) => {
  await arriveWithChannel(visitor);
  await loseFirstAnswer(visitor);
  await visitor.act("pay");
  await expectPicture(visitor);
  await expect(visitor.by("pay")).toBeHidden();
  expect(await channelBalance(stack, visitor)).toBe(PRICE);
});

test.describe("where payments have no numbers", () => {
  withoutNumbers();

  test("a payment whose answer was lost is not offered again as if nothing was paid", async ({ visitor, stack }) => {
    await arriveWithChannel(visitor);
    await loseFirstAnswer(visitor);
    expect(await visitor.fail("pay")).toBe("payment-taken");
    await expect(visitor.by("pay")).toBeHidden();
    expect(await channelBalance(stack, visitor)).toBe(PRICE);
    await visitor.by("error-again").click();
    await visitor.act("pay");
    await expectPicture(visitor);
    expect(await channelBalance(stack, visitor)).toBe(2n * PRICE);
  });
});
