// Everything from arrival to what was paid for, topping up and closing, by keys alone.
import { CHALLENGE_PERIOD } from "../../demo/deploy.mjs";
import { PRICE, expect, expectChannel, expectPicture, inTokens, test } from "./support/fixtures.mjs";

/** In how many steps everything on the page can be reached. */
const FAR = 40;

/** A person without a mouse, who sees where the focus is. */
class Keys {
  #visitor;
  #keyboard;

  constructor(visitor) {
    this.#visitor = visitor;
    this.#keyboard = visitor.page.keyboard;
  }

  press(key) {
    return this.#keyboard.press(key);
  }

  /** Goes on to a control, which has to show that it has the focus. */
  async tabTo(testId) {
    const wanted = this.#visitor.by(testId);
    await expect(wanted).toBeEnabled();
    for (let step = 0; step < FAR && !(await this.#isOn(wanted)); step += 1) {
      await this.press("Tab");
    }
    await expect(wanted, `the focus comes to "${testId}"`).toBeFocused();
    await expect(wanted).toBeInViewport();
    expect(await wanted.evaluate((node) => node.matches(":focus-visible"))).toBe(true);
  }

  /** Goes on to a control and presses it. */
  async use(testId, key = "Enter") {
    await this.tabTo(testId);
    await this.press(key);
  }

  /** Replaces what is in a field. */
  async write(testId, text) {
    await this.tabTo(testId);
    await this.press("ControlOrMeta+a");
    await this.#keyboard.type(text);
  }

  #isOn(wanted) {
    return wanted.evaluate((node) => node.getRootNode().activeElement === node);
  }
}

/** Answers the page's question, once it takes an answer. */
async function answer(visitor, keys, testId, key) {
  await visitor.answerable();
  await keys.use(testId, key);
}

test("from arrival to content, top up and closing by keys alone", async ({ visitor, stack }) => {
  const keys = new Keys(visitor);

  await test.step("an account", async () => {
    await visitor.arrive();
    await keys.use("account-local-create", "Space");
    await visitor.succeeded();
    await keys.use("fund");
    await visitor.succeeded();
  });

  await test.step("a payment, cancelled with Escape, the message dismissed with it", async () => {
    const blocked = "**/doggo.jpg";
    await visitor.page.route(blocked, (route) =>
      route.request().resourceType() === "fetch" ? undefined : route.fallback(),
    );
    await keys.use("pay");
    await visitor.cancellable();
    await keys.press("Escape");
    await expect(visitor.by("error-code")).toHaveText("aborted");
    await keys.press("Escape");
    await expect(visitor.by("error")).toBeHidden();
    await visitor.page.unroute(blocked);
  });

  await test.step("a deposit and the picture", async () => {
    await keys.write("deposit-input", inTokens(3n * PRICE));
    await keys.press("Enter");
    await expectPicture(visitor);
    await visitor.succeeded();
    await expectChannel(visitor, { deposit: 3n * PRICE, spent: PRICE });
  });

  await test.step("top up", async () => {
    await keys.write("topup-input", inTokens(2n * PRICE));
    await keys.use("topup", "Space");
    await visitor.succeeded();
    await expectChannel(visitor, { deposit: 5n * PRICE, spent: PRICE });
  });

  await test.step("closing without the receiver is asked about, and left with Escape", async () => {
    await visitor.refuseClosingSignature();
    await keys.use("close");
    await visitor.answerable();
    await keys.press("Escape");
    await expect(visitor.by("close")).toBeFocused();
    await expectChannel(visitor, { deposit: 5n * PRICE, spent: PRICE });
  });

  await test.step("closing, and settling after the challenge period", async () => {
    await keys.use("close");
    await answer(visitor, keys, "confirm-yes", "Space");
    await visitor.succeeded();
    await expectChannel(visitor, { deposit: 5n * PRICE, spent: PRICE, state: "closing" });
    await stack.mine(CHALLENGE_PERIOD + 1);
    await keys.use("settle");
    await visitor.succeeded();
    await expectChannel(visitor, { deposit: 5n * PRICE, spent: PRICE, state: "settled" });
  });
});
