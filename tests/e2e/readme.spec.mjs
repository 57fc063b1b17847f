// The README's first example does what the README says.
import { readFile } from "node:fs/promises";
import { core } from "./support/core.mjs";
import { expect, test } from "./support/fixtures.mjs";

test("the ten lines of the README work when pasted", core, async ({ page, stack }) => {
  const readme = await readFile(new URL("../../README.md", import.meta.url), "utf8");
  const example = /```js\n([^`]*?)```/.exec(readme)[1];
  expect(example.trim().split("\n").length).toBe(10);
  await page.goto(`${stack.url}/doggo.jpg`);
  const outcome = await page.evaluate(`(async () => {
    ${example}
    return {
      status: response.status,
      type: response.headers.get("content-type"),
      state: channel.state,
      paid: channel.balance,
    };
  })()`);
  expect(outcome).toEqual({
    status: 200,
    type: "image/jpeg",
    state: "settled",
    paid: BigInt(stack.price),
  });
});
