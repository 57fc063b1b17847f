// What a person is about to press stays where it is.
import { expect, test } from "./support/fixtures.mjs";

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
