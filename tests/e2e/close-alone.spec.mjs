// Leaving without the receiver is a decision of the person.
import { core, coreIf } from "./support/core.mjs";
import { PRICE, expect, expectChannel, test } from "./support/fixtures.mjs";
import { Ledger } from "./support/ledger.mjs";

/** Ways in which a receiver does not agree. */
const silences = {
  "cannot be reached": (route) => route.abort(),
  "refuses": (route) => route.fulfill({ status: 400, body: '"no"' }),
  "signs something else": (route) =>
    route.fulfill({ json: { close_signature: `0x${"1b".repeat(65)}` } }),
  "fails": (route) => route.fulfill({ status: 503, body: "" }),
};

for (const [what, answer] of Object.entries(silences)) {
  test(`a receiver that ${what}: nothing is sent before a question`, coreIf(what === Object.keys(silences)[0]), async ({ visitor, stack }) => {
    await visitor.arriveAndPay(10n * PRICE);
    const account = await visitor.address();
    const ledger = await Ledger.of(stack, account);
    const nonce = await stack.publicClient.getTransactionCount({ address: account });
    const sent = visitor.hashes.length;
    await visitor.page.route("**/api/1/channels/**", answer);
    await visitor.by("close").click();
    await visitor.idle();

    const way = (name) => visitor.page.getByRole("dialog").getByRole("region", { name });
    await expect(way("Try later")).toContainText(/Takes.*until the receiver answers.*one network fee, about 0\.\d+\sETH/);
    await expect(way("Leave alone")).toContainText(/challenge period.*Takesabout .*minute.* \(\d+ blocks\)/);
    await expect(way("Leave alone")).toContainText(/two network fees, together about 0\.\d+\sETH/);
    await expect(way("Try later").getByTestId("confirm-no")).toHaveText("Try later");
    await expect(way("Leave alone").getByTestId("confirm-yes")).toHaveText("Leave alone");
    await expect(visitor.by("confirm-no")).toBeFocused();
    await visitor.by("confirm-no").click();
    await visitor.succeeded();
    await expectChannel(visitor, { deposit: 10n * PRICE, spent: PRICE });
    expect(visitor.hashes.length).toBe(sent);
    expect(await stack.publicClient.getTransactionCount({ address: account })).toBe(nonce);
    await ledger.expectChanges({});

    await test.step("later the receiver agrees", async () => {
      await visitor.page.unroute("**/api/1/channels/**");
      await visitor.act("close");
      await expectChannel(visitor, { deposit: 10n * PRICE, spent: PRICE, state: "settled" });
    });
  });
}

test("the two ways stand side by side, one above the other in a narrow window, and Escape means later", async ({
  visitor,
}) => {
  await visitor.arriveAndPay(10n * PRICE);
  await visitor.page.route("**/api/1/channels/**", (route) => route.abort());
  await visitor.asked("close");
  const dialog = visitor.page.getByRole("dialog", { name: "The receiver did not sign the closing" });
  const places = async () => {
    const boxes = await Promise.all(["Try later", "Leave alone"].map((name) => dialog.getByRole("region", { name }).boundingBox()));
    return boxes.map((box) => ({ x: box?.x ?? 0, y: box?.y ?? 0 }));
  };
  const [later, alone] = await places();
  expect(alone.y).toBe(later.y);
  expect(alone.x).toBeGreaterThan(later.x);
  await visitor.page.setViewportSize({ width: 320, height: 640 });
  const [above, below] = await places();
  expect(below.x).toBe(above.x);
  expect(below.y).toBeGreaterThan(above.y);
  expect(await dialog.evaluate((node) => node.scrollWidth - node.clientWidth)).toBe(0);
  const sent = visitor.hashes.length;
  await visitor.page.keyboard.press("Escape");
  await expect(dialog).toBeHidden();
  await expectChannel(visitor, { deposit: 10n * PRICE, spent: PRICE });
  expect(visitor.hashes.length).toBe(sent);
});

test("with the server down: asked, and left alone when the person says so", async ({
  visitor,
  stack,
}) => {
  await visitor.arriveAndPay(10n * PRICE);
  await stack.paywall.stop();
  try {
    await visitor.by("close").click();
    await visitor.idle();
    expect(await visitor.question()).toContain("Nothing was sent");
    await visitor.by("confirm-yes").click();
    await visitor.succeeded();
    await expectChannel(visitor, { deposit: 10n * PRICE, spent: PRICE, state: "closing" });
  } finally {
    await stack.paywall.restart();
  }
});

test("the library closes with the receiver only, if it is told so", core, async ({ library }) => {
  const { error } = await library.run(async ({ client, receiver }) => {
    const channel = await client.open({ receiver, deposit: 10n });
    await channel.close({ cooperative: true, gateway: "http://127.0.0.1:1/api/1" });
  });
  expect(error).toMatchObject({ code: "close-not-agreed", isError: true });
  const state = await library.value(async ({ client }) => (await client.channels())[0].state);
  expect(state).toBe("open");
});
