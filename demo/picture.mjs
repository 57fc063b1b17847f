// Makes the README's pictures of the page: node demo/picture.mjs
import { join } from "node:path";
import { chromium } from "@playwright/test";
import { chromiumOptions } from "./chromium.mjs";
import { root } from "./root.mjs";
import { startStack } from "./stack.mjs";
import { Visitor } from "./visitor.mjs";

/** @type {Record<string, { width: number, height: number, light: "light" | "dark", reach(visitor: Visitor): Promise<void> }>} */
const pictures = {
  "first-glance": {
    width: 1120,
    height: 640,
    light: "light",
    reach: async (visitor) => visitor.by("begin").waitFor(),
  },
  deposit: {
    width: 390,
    height: 760,
    light: "dark",
    reach: async (visitor) => {
      await visitor.useLocalKey();
      await visitor.fund();
    },
  },
  paywall: {
    width: 1120,
    height: 800,
    light: "light",
    reach: async (visitor) => {
      await visitor.useLocalKey();
      await visitor.fund();
      await visitor.openAndPay("1");
      await visitor.picture();
    },
  },
};

const stack = await startStack({ generation: "0.2" });
const browser = await chromium.launch(chromiumOptions());
try {
  for (const [name, { width, height, light, reach }] of Object.entries(pictures)) {
    const page = await browser.newPage({ viewport: { width, height }, colorScheme: light });
    const visitor = new Visitor(page, stack.rpcUrl);
    await page.goto(`${stack.url}/doggo.jpg`);
    await visitor.ready();
    await reach(visitor);
    // From the top, and without a ring around what has the focus.
    await page.evaluate(() => {
      const focused = document.querySelector("microraiden-paywall")?.shadowRoot?.activeElement;
      /** @type {HTMLElement | undefined} */ (focused)?.blur();
      scrollTo(0, 0);
    });
    await page.screenshot({ path: join(root, `docs/${name}.png`), animations: "disabled" });
    await page.close();
  }
} finally {
  await browser.close();
  await stack.stop();
}
