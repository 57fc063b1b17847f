// What a person is about to press stays where it is.
import { coreIf } from "./support/core.mjs";
import { PRICE, expect, expectPicture, inTokens, test } from "./support/fixtures.mjs";

/** Notes every place where the button to create a key is painted. */
function watchButton() {
  globalThis.places = new Set();
  const look = () => {
    const button = document.querySelector("microraiden-paywall")?.shadowRoot?.getElementById("local-create");
    if (button?.offsetParent) {
      globalThis.places.add(button.getBoundingClientRect().top + scrollY);
    }
    requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
}

for (const width of [1280, 320]) {
  test(`the search for wallets moves nothing on a page ${width} wide`, async ({
    visitor,
    stack,
  }) => {
    await visitor.page.setViewportSize({ width, height: 800 });
    await visitor.page.addInitScript(watchButton);
    await visitor.open(`${stack.url}/doggo.jpg`);
    await expect(visitor.page.getByText("No wallet was found")).toBeVisible();
    expect(await visitor.page.evaluate(() => globalThis.places.size)).toBe(1);
  });
}

/** Of the cumulative layout shift: without a press, and on a journey with presses. */
const STILL = 0.02;
const CALM = 0.1;

/** What a press is waited for, in milliseconds: a browser counts no shift within half a second of a press. */
const SLOW = 700;

/** Notes the shifts of the layout. `excused` are those within half a second of a press, by the metric's definition. */
function watchShifts() {
  globalThis.shifts = [];
  const observer = new PerformanceObserver((list) => {
    for (const entry of /** @type {any[]} */ (list.getEntries())) {
      const names = entry.sources.map(({ node }) => node?.id || node?.className || node?.nodeName);
      const { startTime: at, value, hadRecentInput: excused } = entry;
      globalThis.shifts.push({ at, value, excused, what: `${value.toFixed(4)} ${names.join(", ")}` });
    }
  });
  observer.observe({ type: "layout-shift", buffered: true });
}

async function shiftsOf(page) {
  // They are told after the frame in which something moved.
  await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => setTimeout(done))));
  return page.evaluate(() => globalThis.shifts);
}

/** Expects all shifts of the layout since the page was loaded, those after a press as well, to be below the limit. */
async function expectShifts(page, limit) {
  const shifts = await shiftsOf(page);
  const sum = shifts.reduce((total, { value }) => total + value, 0);
  expect(sum, shifts.map(({ what }) => what).join("\n")).toBeLessThan(limit);
}

/**
 * Expects the metric to be below the limit: the largest sum within windows of at most five seconds whose shifts are
 * less than a second apart.
 */
async function expectLayoutShift(page, limit) {
  const shifts = (await shiftsOf(page)).filter(({ excused }) => !excused);
  let [worst, sum, first, last] = [0, 0, -Infinity, -Infinity];
  for (const { at, value } of shifts) {
    const goesOn = at - last < 1000 && at - first < 5000;
    [sum, first, last] = goesOn ? [sum + value, first, at] : [value, at, at];
    worst = Math.max(worst, sum);
  }
  expect(worst, shifts.map(({ what }) => what).join("\n")).toBeLessThan(limit);
}

for (const width of [1280, 320]) {
  test.describe(`on a page ${width} wide`, () => {
    test.beforeEach(async ({ page }) => {
      await page.setViewportSize({ width, height: 800 });
      await page.addInitScript(watchShifts);
    });

    test("nothing moves by itself on a first visit", coreIf(width === 320), async ({ page, visitor, stack }) => {
      await page.goto(stack.url, { waitUntil: "networkidle" });
      await expectShifts(page, STILL);
      await page.goto(`${stack.url}/doggo.jpg`);
      await visitor.ready();
      await expect(visitor.by("begin")).toBeVisible();
      await expectShifts(page, STILL);
    });

    test("nothing moves by itself where it was paid before", async ({ page, visitor }) => {
      await visitor.arriveAndPay(5n * PRICE);
      await page.reload();
      await visitor.ready();
      await expectPicture(visitor);
      await expectShifts(page, STILL);
    });

    test("little moves on a whole journey with clicks, each of which is waited for", async ({ page, visitor, stack }) => {
      await visitor.arrive();
      const slowly = async (route) => {
        await new Promise((done) => setTimeout(done, SLOW));
        await route.fallback();
      };
      await page.route(`${stack.rpcUrl}/**`, slowly);
      await page.route("**/doggo.jpg", slowly);
      await page.route("**/api/1/**", slowly);
      await visitor.signIn();
      await visitor.fund();
      await visitor.openAndPay(inTokens(5n * PRICE));
      await visitor.picture();
      await visitor.topUp(inTokens(PRICE));
      await visitor.pay();
      await visitor.close();
      await expectLayoutShift(page, CALM);
    });
  });
}
