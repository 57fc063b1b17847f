import { expect, test } from "@playwright/test";
import { ScriptedServer } from "./hostile-server.mjs";
import { TestWallet } from "./wallet.mjs";

let server;
let wallet;

test.beforeEach(async ({ page, context }) => {
  server = await ScriptedServer.start(() => ({
    headers: { "content-type": "text/html" },
    body: "<title>a page</title>",
  }));
  wallet = new TestWallet(server.url);
  // One page is there before the wallet, and gets it without a reload.
  await page.goto(server.url);
  await wallet.inject(context);
});

test.afterEach(() => server.stop());

/** Finds the provider as a page does, and notes what it tells. */
async function listen(page) {
  await page.evaluate(() => {
    window.addEventListener("eip6963:announceProvider", (/** @type {any} */ { detail }) => {
      window.provider = detail.provider;
    });
    window.dispatchEvent(new Event("eip6963:requestProvider"));
    window.heard = [];
    window.listeners = ["accountsChanged", "chainChanged", "connect", "disconnect"].map((event) => {
      const listener = (argument) => window.heard.push([event, argument]);
      window.provider.on(event, listener);
      return [event, listener];
    });
  });
}

const heard = (page) => page.evaluate(() => window.heard.splice(0));

const request = (page, method, params) =>
  page.evaluate((asked) => window.provider.request(asked).catch((error) => error), {
    method,
    params,
  });

test("all pages hear of another account, and may stop listening", async ({ page, context }) => {
  const later = await context.newPage();
  await later.goto(server.url);
  const pages = [page, later];
  await Promise.all(pages.map(listen));
  const first = wallet.address.toLowerCase();
  expect(await request(page, "eth_requestAccounts")).toEqual([first]);

  const second = (await wallet.switchAccount()).toLowerCase();
  expect(second).not.toBe(first);
  for (const one of pages) {
    expect(await heard(one)).toEqual([["accountsChanged", [second]]]);
    expect(await request(one, "eth_accounts")).toEqual([second]);
  }
  const old = await request(page, "eth_signTypedData", [[], first]);
  expect(old).toMatchObject({ code: 4100 });

  await page.evaluate(() => {
    for (const [event, listener] of window.listeners) {
      window.provider.removeListener(event, listener);
    }
  });
  await wallet.switchBack();
  expect(await heard(page)).toEqual([]);
  expect(await heard(later)).toEqual([["accountsChanged", [first]]]);
  expect(await wallet.emit(context, "accountsChanged", [])).toBe(1);
  expect(await wallet.emit(page, "accountsChanged", [])).toBe(0);
});

test("network, lock and connection change", async ({ page }) => {
  await listen(page);
  await wallet.switchChain(1);
  expect(await request(page, "eth_chainId")).toBe("0x1");
  await wallet.lock();
  await wallet.disconnect();
  expect(await request(page, "eth_accounts")).toMatchObject({ code: 4900 });
  await wallet.reconnect();
  expect(await request(page, "eth_accounts")).toEqual([]);
  expect(await heard(page)).toEqual([
    ["chainChanged", "0x1"],
    ["accountsChanged", []],
    ["disconnect", { code: 4900, message: expect.any(String) }],
    ["connect", { chainId: "0x1" }],
  ]);
});

test("a prompt waits for its user, and a second one is refused meanwhile", async ({ page }) => {
  await listen(page);
  const method = "eth_requestAccounts";
  const first = wallet.hold(method);
  const granted = request(page, method);
  expect(await first.asked).toEqual([]);
  expect(await request(page, method)).toMatchObject({ code: -32002 });
  first.release();
  expect(await granted).toEqual([wallet.address.toLowerCase()]);

  const second = wallet.hold(method);
  const refused = request(page, method);
  await second.asked;
  second.refuse();
  expect(await refused).toMatchObject({ code: 4001 });
  expect(await request(page, method)).toEqual([wallet.address.toLowerCase()]);
  expect(wallet.times(method)).toBe(4);
});
