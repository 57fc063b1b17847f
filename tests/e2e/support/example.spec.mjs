// The examples together: a service that charges for a route, and a page that pays for it.
import { once } from "node:events";
import { openSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { generatePrivateKey, privateKeyToAddress } from "viem/accounts";
import { parseEther } from "viem";
import { startGuarded } from "../../../demo/guarded.mjs";
import { root } from "../../../demo/root.mjs";
import { expect, test as base } from "./fixtures.mjs";

/** @type {import("../../types/fixtures.d.ts").ExampleTest} */
const test = base.extend({
  service: async ({ stack }, use, testInfo) => {
    const key = generatePrivateKey();
    await stack.setEther(privateKeyToAddress(key), parseEther("1"));
    const program = join(root, "target/debug/examples/charge");
    const service = startGuarded(program, [stack.rpcUrl, stack.contract, "127.0.0.1:0"], {
      env: {
        ...process.env,
        MICRORAIDEN_RECEIVER_KEY: key,
        MICRORAIDEN_STORE: testInfo.outputPath("charge.db"),
      },
      errors: openSync(testInfo.outputPath("charge.log"), "w"),
    });
    const [line] = await once(createInterface({ input: service.output }), "line");
    await use(line.replace("listening on ", ""));
    await service.stop();
  },
});

test("a page opens a channel with a service, and pays for each answer", async ({
  page,
  stack,
  service,
}) => {
  await page.goto(service);
  await expect(page.locator("#account")).toHaveText(/^0x/);
  const account = await page.locator("#account").textContent();
  await page.getByRole("button").click();
  await expect(page.locator("#weather")).toHaveText(/^insufficient/);

  await stack.setEther(account, parseEther("1"));
  await stack.sendTokens(account, 1000n);
  for (const paid of [10, 20]) {
    await page.getByRole("button").click();
    await expect(page.locator("#weather")).toHaveText(
      `Sunny. ${account} has paid ${paid} units so far.\n`,
    );
  }
  expect(await stack.tokensOf(stack.contract)).toBe(1000n);
});
