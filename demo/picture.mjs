// Makes docs/paywall.png, the README's picture of the page: node demo/picture.mjs
import { join } from "node:path";
import { chromium } from "@playwright/test";
import { chromiumOptions } from "./chromium.mjs";
import { root } from "./root.mjs";
import { startStack } from "./stack.mjs";
import { Visitor } from "./visitor.mjs";

const stack = await startStack({ generation: "0.2" });
const browser = await chromium.launch(chromiumOptions());
try {
  const page = await browser.newPage({ viewport: { width: 760, height: 1240 } });
  const visitor = new Visitor(page, stack.rpcUrl);
  await visitor.open(`${stack.url}/doggo.jpg`);
  await visitor.useLocalKey();
  await visitor.fund();
  await visitor.openAndPay("1");
  await visitor.picture();
  await page.screenshot({ path: join(root, "docs/paywall.png") });
} finally {
  await browser.close();
  await stack.stop();
}
