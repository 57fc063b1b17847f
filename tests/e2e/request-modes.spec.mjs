// Requests as elements make them, which a service worker passes on.
import { core } from "./support/core.mjs";
import { DEPOSIT, PRICE, expect, test } from "./support/payer.mjs";

test("a request in the mode no-cors is paid like any other", core, async ({ library, payer, stack }) => {
  const limits = { maxPrice: PRICE, deposit: DEPOSIT };
  const paid = await library.with({ url: `${stack.url}/doggo.jpg`, limits }).value(async ({ client, url, limits }) => {
    const asked = new Request(url, { mode: "no-cors", headers: { Accept: "image/*" } });
    const response = await client.payingFetch(limits)(asked);
    return { mode: asked.mode, status: response.status, type: (await response.blob()).type };
  });
  expect(paid).toEqual({ mode: "no-cors", status: 200, type: "image/jpeg" });
  await payer.expectPaid(PRICE);
});

for (const credentials of ["same-origin", "include"]) {
  test(`so is one of another origin, with credentials: ${credentials}`, async ({ library, payer, line }) => {
    const setting = { url: `${line.url}/doggo.jpg`, limits: { maxPrice: PRICE, deposit: DEPOSIT }, credentials };
    const status = await library.with(setting).value(async ({ client, url, limits, credentials }) => {
      const response = await client.payingFetch(limits)(url, { mode: "no-cors", credentials });
      return response.status;
    });
    expect(status).toBe(200);
    await payer.expectPaid(PRICE);
  });
}
