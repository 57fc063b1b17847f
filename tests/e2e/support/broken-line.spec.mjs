import { expect, test } from "@playwright/test";
import { BrokenLine, asksFor, calls } from "./broken-line.mjs";
import { ScriptedServer, demand } from "./hostile-server.mjs";

let target;
let line;

test.beforeEach(async () => {
  target = await ScriptedServer.start(({ path }) =>
    path === "/" ? { body: "a page" } : { body: { path } },
  );
  line = await BrokenLine.to(target.url);
});

test.afterEach(async () => {
  await line.stop();
  await target.stop();
});

/** Asks from a page, in which browsers ask again by themselves when they think they may. */
async function ask(page, path, options) {
  return page.evaluate(
    ([url, init]) =>
      fetch(url, init).then(
        (response) => response.text(),
        (error) => error.name,
      ),
    [line.url + path, options],
  );
}

test("what is not broken passes unchanged", async ({ page }) => {
  target.answer = ({ body }) => ({
    status: 402,
    headers: { ...demand({ price: 5n }), "set-cookie": ["a=1", "b=2"] },
    body: `${body}!`,
  });
  await page.goto(target.url);
  const found = await page.evaluate(async (url) => {
    const options = { method: "POST", body: "pay", headers: { "RDN-Balance": "3" } };
    const response = await fetch(url, options);
    return [response.status, response.headers.get("RDN-Price"), await response.text()];
  }, `${line.url}/x?y=1`);
  expect(found).toEqual([402, "5", "pay!"]);
  expect(line.preflights).toHaveLength(1);
  expect(line.seen).toHaveLength(1);
  expect(line.seen[0]).toMatchObject({ method: "POST", path: "/x?y=1", body: "pay", status: 402 });
  expect(line.seen[0].headers).toMatchObject({ "rdn-balance": "3" });
  const direct = await fetch(`${line.url}/x`);
  expect(direct.headers.getSetCookie()).toEqual(["a=1", "b=2"]);
});

test("a lost answer has reached the target, once", async ({ page }) => {
  await page.goto(line.url);
  for (let round = 0; round < 20; round++) {
    line.dropAnswers(asksFor("/paid"));
    expect(await ask(page, "/paid")).toBe("TypeError");
    expect(await ask(page, "/other")).toBe('{"path":"/other"}');
  }
  expect(target.requestsFor("/paid")).toHaveLength(20);
  expect(line.seen.filter(asksFor("/paid")).map(({ status }) => status)).toEqual(
    Array(20).fill(200),
  );
  expect(await ask(page, "/paid")).toBe('{"path":"/paid"}');
});

test("a lost request has not reached the target", async ({ page }) => {
  await page.goto(line.url);
  line.dropRequests(calls("eth_chainId"), 2);
  const call = { method: "POST", body: JSON.stringify({ method: "eth_chainId" }) };
  expect(await ask(page, "/rpc", call)).toBe("TypeError");
  expect(await ask(page, "/rpc", call)).toBe("TypeError");
  expect(target.requestsFor("/rpc")).toHaveLength(0);
  expect(await ask(page, "/rpc", call)).toBe('{"path":"/rpc"}');
});

test("a held request goes on when it is released", async ({ page }) => {
  await page.goto(line.url);
  const held = line.hold(asksFor("/a"));
  const answer = ask(page, "/a");
  expect(await held.arrived).toMatchObject({ path: "/a", status: undefined });
  expect(target.requestsFor("/a")).toHaveLength(0);
  await held.release();
  expect(await answer).toBe('{"path":"/a"}');

  const lost = line.hold(asksFor("/a"));
  const none = ask(page, "/a");
  await lost.arrived;
  lost.drop();
  expect(await none).toBe("TypeError");
  expect(target.requestsFor("/a")).toHaveLength(1);
});

test("a held answer is known before the client has it, even if the client leaves", async ({
  page,
}) => {
  await page.goto(line.url);
  const held = line.holdAnswer(asksFor("/a"));
  const answer = ask(page, "/a");
  expect(await held.arrived).toMatchObject({ status: 200, answer: '{"path":"/a"}' });
  line.mend();
  expect(await answer).toBe('{"path":"/a"}');

  const late = line.hold(asksFor("/late"));
  const given = page.evaluate(async (url) => {
    window.leaving = new AbortController();
    return fetch(url, { signal: window.leaving.signal }).catch((error) => error.name);
  }, `${line.url}/late`);
  await late.arrived;
  await page.evaluate(() => window.leaving.abort());
  expect(await given).toBe("AbortError");
  await late.release();
  expect(target.requestsFor("/late")).toHaveLength(1);
});

test("a detour asks for another path, until the line is mended", async ({ page }) => {
  await page.goto(line.url);
  line.detour("/a", "/b");
  expect(await ask(page, "/a?x=/a")).toBe('{"path":"/b?x=/a"}');
  expect(await ask(page, "/a/c")).toBe('{"path":"/a/c"}');
  expect(line.seen.filter(asksFor("/a"))).toHaveLength(1);
  line.mend();
  expect(await ask(page, "/a")).toBe('{"path":"/a"}');
});

test("a file of its own is not asked for at the target, but by whoever looks at the line", async ({ page }) => {
  await page.goto(line.url);
  line.serve("/own", "text/plain", "mine");
  expect(await ask(page, "/own?x=1")).toBe("mine");
  expect(target.requestsFor("/own")).toHaveLength(0);
  expect(line.seen.filter(asksFor("/own"))).toMatchObject([{ status: 200 }]);
});

test("a server that is gone is a line that is dead", async () => {
  await target.stop();
  await expect(fetch(line.url)).rejects.toThrow("fetch failed");
});

test("an error of a rule comes out at the end", async () => {
  const other = await BrokenLine.to(target.url);
  other.dropRequests(() => {
    throw new Error("a bad rule");
  });
  await expect(fetch(other.url)).rejects.toThrow("fetch failed");
  await expect(other.stop()).rejects.toThrow("a bad rule");
});
