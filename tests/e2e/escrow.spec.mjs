// What is locked up on behalf of a server is limited, also where nobody has set a policy.
import { getAddress } from "viem";
import { core } from "./support/core.mjs";
import { DEPOSIT, PRICE, ask, expect, isPaid, test } from "./support/payer.mjs";

const FILE = "/doggo.jpg";

/** In the page: leaves the only open channel alone, without waiting. */
const leave = async ({ client }) => {
  const open = (await client.channels()).find(({ state }) => state === "open");
  await open.close({ cooperative: false, force: true });
};

test("a server gets three channels opened in a day, and as many as the person says", async ({
  payer,
  library,
  line,
}) => {
  for (let opening = 0; opening < 3; opening += 1) {
    await payer.served(FILE, { priceAge: 0 });
    await library.value(leave);
  }
  const { code, details } = await payer.pay(FILE);
  expect({ code, ...details }).toEqual({
    code: "openings-exceeded",
    origin: line.url,
    limit: 3,
  });
  expect(await payer.channels()).toHaveLength(3);
  // What the person opens is not the server's doing.
  await payer.open();
  await payer.served(FILE);
  await library.value(leave);

  await library.value(({ client }) => client.setPolicy({ maxOpenings: 4 }));
  await payer.served(FILE);
  await library.value(leave);
  expect(await payer.pay(FILE)).toMatchObject({ code: "openings-exceeded" });
  expect(await payer.channels()).toHaveLength(5);
});

test("no more is escrowed in a day than the policy says", async ({ payer, library, line }) => {
  await library.value(
    ({ client, argument: dailyEscrow }) => client.setPolicy({ dailyEscrow }),
    DEPOSIT + PRICE,
  );
  await payer.served(FILE);
  await library.value(leave);
  const { code, details } = await payer.pay(FILE);
  expect({ code, ...details }).toEqual({
    code: "escrow-exceeded",
    origin: line.url,
    limit: DEPOSIT + PRICE,
    left: PRICE,
  });
  expect(await payer.channels()).toHaveLength(1);
});

test("a server that names a fresh receiver each time gets one channel opened", core, async ({
  server,
  victim,
  stack,
}) => {
  let fresh = stack.receiver;
  server.answer = (asked) => (isPaid(asked) ? { body: "served" } : ask(stack, { receiver: fresh }));
  expect(await victim.pay("/")).toMatchObject({ status: 200 });
  for (let name = 1; name < 4; name += 1) {
    fresh = getAddress(`0x${String(name).padStart(40, "0")}`);
    const { code, details } = await victim.pay(`/${name}`);
    expect({ code, ...details }).toEqual({
      code: "wrong-receiver",
      asked: fresh,
      expected: getAddress(stack.receiver),
      origin: server.url,
    });
  }
  expect(await victim.channels()).toHaveLength(1);
  // The caller may name it.
  expect(await victim.pay("/1", { receiver: fresh })).toMatchObject({ status: 200 });
});
