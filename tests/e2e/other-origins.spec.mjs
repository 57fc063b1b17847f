// Servers that name the receiver of another one, or never answer. Two ports are two origins.
import { getAddress } from "viem";
import { core } from "./support/core.mjs";
import { ScriptedServer } from "./support/hostile-server.mjs";
import { PRICE, Payer, charge, expect, isPaid, proofsIn, test as base } from "./support/payer.mjs";

/** @type {import("../types/fixtures.d.ts").OriginsTest} */
const test = base.extend({
  /** Names the shop's receiver, serves whoever pays, and says nothing of the payment. */
  impostor: async ({ stack }, use) => {
    const impostor = await ScriptedServer.start(charge(stack, () => ({ body: "served" })));
    await use(impostor);
    await impostor.stop();
  },

  /** Pays to that server, from the same page. */
  lured: async ({ library, stack, impostor }, use) => {
    await use(new Payer(library, stack, impostor.url));
  },
});

test("a server that names the shop's receiver is refused before anything is signed", core, async ({
  server,
  victim,
  impostor,
  lured,
  stack,
}) => {
  server.answer = charge(stack, () => ({ body: "goods" }));
  await victim.served("/");
  const before = await victim.channel();
  for (let count = 0; count < 2; count++) {
    const { code, details } = await lured.pay("/");
    expect({ code, details }).toEqual({
      code: "wrong-origin",
      details: {
        receiver: getAddress(stack.receiver),
        asked: impostor.url,
        expected: [server.url],
      },
    });
  }
  expect(impostor.requests.filter(isPaid)).toEqual([]);
  expect(await victim.channel()).toEqual(before);
  await victim.served("/");
  expect(await victim.channel()).toMatchObject({ balance: 2n * PRICE, pending: undefined });
});

test("another origin of the same seller is named by the caller, once", async ({
  server,
  victim,
  impostor,
  lured,
  stack,
}) => {
  server.answer = charge(stack, () => ({ body: "goods" }));
  await victim.served("/");
  await lured.served("/", { origins: [impostor.url] });
  await lured.served("/");
  expect(await victim.channel()).toMatchObject({ balance: 3n * PRICE, pending: undefined });
});

test("what is no origin is refused by name", async ({ victim }) => {
  for (const origins of ["https://a.example", [1], ["a.example"], ["https://a.example/x"]]) {
    const { code, details } = await victim.pay("/", { origins });
    expect({ code, details }).toEqual({
      code: "invalid-argument",
      details: { argument: "origins" },
    });
  }
  for (const timeout of [0, 2 ** 31, -1, "1"]) {
    const { code, details } = await victim.pay("/", { timeout });
    expect({ code, details }).toEqual({
      code: "invalid-argument",
      details: { argument: "timeout" },
    });
  }
});

test("with credentials a page pays where its origin is named, and without anywhere", core, async ({
  library,
  stack,
}) => {
  // Of another origin than the page.
  const elsewhere = stack.url.replace("127.0.0.1", "localhost");
  const payer = new Payer(library, stack, elsewhere);
  const asking = (credentials) =>
    payer.pay("/doggo.jpg", {}, { credentials, headers: { authorization: "Basic bWU6bXk=" } });
  try {
    await stack.paywall.restart({ credentialOrigins: "https://app.example" });
    expect(await asking("include")).toMatchObject({ code: "server-unreachable" });
    expect(await payer.channels()).toEqual([]);
    expect(await asking("omit")).toMatchObject({ status: 200 });
    await stack.paywall.restart({ credentialOrigins: stack.url });
    expect(await asking("include")).toMatchObject({ status: 200 });
    expect(await asking("omit")).toMatchObject({ status: 200 });
  } finally {
    await stack.paywall.restart({ credentialOrigins: "" });
  }
  await payer.expectPaid(3n * PRICE);
});

test("a server that never answers does not keep the turn", async ({ server, victim, stack }) => {
  let free;
  const held = new Promise((resolve) => (free = resolve));
  server.answer = charge(stack, (_, count) => (count === 1 ? held : { body: "goods" }));
  const { code, details } = await victim.pay("/", { timeout: 500 });
  expect({ code, details }).toEqual({ code: "payment-unknown", details: { balance: PRICE } });
  expect(await victim.channel()).toMatchObject({ balance: 0n, pending: PRICE });
  await victim.served("/");
  expect(proofsIn(server.requests)).toHaveLength(1);
  expect(await victim.channel()).toMatchObject({ balance: PRICE, pending: undefined });
  free();
});
