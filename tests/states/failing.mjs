// What goes wrong on the way, and how the page says it.

/** @typedef {import("./scene.mjs").Journey} Journey */

const FILE = "**/doggo.jpg";
const onlyFetched = (work) => (route) => (route.request().resourceType() === "fetch" ? work(route) : route.fallback());

/** @type {Journey} */
export const poor = {
  title: "Too little",
  states: {
    "no ether for the fee": async ({ visitor, stack }) => {
      await visitor.arriveWith({ tokens: 20n * stack.price });
      await visitor.by("pay").waitFor();
      await stack.setEther(await visitor.address(), 0n);
      await visitor.fail("pay");
      await visitor.by("funding").waitFor();
    },
    "too few tokens": async ({ visitor, stack, times }) => {
      await stack.setEther(await visitor.address(), 10n ** 18n);
      await visitor.by("deposit-input").fill(times(21n));
      await visitor.fail("pay");
    },
  },
};

/** @type {Journey} */
export const failing = {
  title: "What goes wrong",
  states: {
    "the price has changed": async (scene) => {
      const { visitor, stack } = scene;
      await visitor.arriveWith();
      await visitor.by("backup-later").click();
      await scene.serve({ price: String(3n * stack.price) });
      await visitor.fail("pay");
      await visitor.page.locator('[data-testid="error-new-price"]:enabled').waitFor();
    },
    "the server can't be reached": async ({ visitor, page }) => {
      await visitor.by("error-dismiss").click();
      await page.route(FILE, onlyFetched((route) => route.abort()));
      await visitor.fail("pay");
    },
    "technical details": ({ visitor }) => visitor.by("error").locator("summary").click(),
    "the server answers with an error": async ({ visitor, page }) => {
      await page.unroute(FILE);
      await visitor.openAndPay("5");
      await page.route(FILE, onlyFetched((route) => route.fulfill({ status: 500, body: "broken" })));
      await visitor.askToPay();
      await visitor.fail("pay");
    },
    "cancelled": async ({ visitor, page }) => {
      await page.unroute(FILE);
      await page.route("**/api/1/channels/**", () => {});
      await visitor.launch("close");
      await visitor.by("cancel").click();
      await visitor.by("error").waitFor();
    },
  },
};

/** @type {Journey} */
export const hanging = {
  title: "A node that hangs",
  states: {
    "the node does not answer yet": async ({ visitor, page, node }) => {
      await page.clock.install();
      await visitor.arriveWith();
      node.hang();
      await visitor.launch("pay");
    },
    "the node did not answer": async ({ visitor, page }) => {
      await page.clock.fastForward(40_000);
      await visitor.by("error").waitFor();
    },
  },
};
