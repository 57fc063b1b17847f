// What is locked up on behalf of a server is limited, also where nobody has set a policy.
import { DEPOSIT, PRICE, expect, test } from "./support/payer.mjs";

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
