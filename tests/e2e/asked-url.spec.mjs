// What is paid for is what was asked for, with its query.
import { core } from "./support/core.mjs";
import { PRICE, expect, expectPicture, inTokens, test } from "./support/fixtures.mjs";

/** Notes where the page's payments go; one that is sent again, until the receiver knows the channel, once. */
function notePayments(visitor) {
  const asked = new Set();
  visitor.page.on("request", (request) => {
    if (request.headers()["rdn-balance"] !== undefined) {
      asked.add(request.url());
    }
  });
  return asked;
}

async function ledgerOf(visitor) {
  return visitor.page.evaluate(() =>
    Object.entries(localStorage)
      .filter(([name]) => name.startsWith("microraiden:ledger:"))
      .map(([, text]) => JSON.parse(text).url),
  );
}

test("the query is paid for, also after a redirect and a reload", async ({ visitor, stack }) => {
  const asked = notePayments(visitor);
  const first = `${stack.url}/doggo.jpg?id=5&of=a%20b`;
  await visitor.page.route("**/moved", (route) =>
    route.fulfill({ status: 302, headers: { location: first } }),
  );
  await visitor.open(`${stack.url}/moved`);
  await expect(visitor.page).toHaveTitle(/^doggo\.jpg\?id=5/);
  await visitor.signIn();
  await visitor.fund();
  await visitor.openAndPay(inTokens(5n * PRICE));
  await expectPicture(visitor);
  expect([...asked]).toEqual([first]);
  expect(await ledgerOf(visitor)).toEqual([first]);

  await test.step("another query is another resource, and is offered", async () => {
    const second = `${stack.url}/doggo.jpg?id=6`;
    await visitor.open(second);
    await visitor.page.reload();
    await visitor.comeBack();
    await expect(visitor.by("content")).toBeHidden();
    await visitor.act("pay");
    await expectPicture(visitor);
    expect([...asked]).toEqual([first, second]);
  });
});

test("a fragment is the browser's own and changes nothing", core, async ({ visitor, stack }) => {
  const asked = notePayments(visitor);
  await visitor.open(`${stack.url}/doggo.jpg?id=7#part`);
  await visitor.signIn();
  await visitor.fund();
  await visitor.openAndPay(inTokens(5n * PRICE));
  expect([...asked]).toEqual([`${stack.url}/doggo.jpg?id=7`]);
});

test("what a form asks for is not paid for as if it was a link", async ({ visitor, stack }) => {
  await visitor.page.goto(`${stack.url}/`);
  await visitor.page.evaluate(() => {
    const form = Object.assign(document.createElement("form"), {
      method: "post",
      action: "/doggo.jpg",
    });
    document.body.append(form);
    form.submit();
  });
  await expect(visitor.by("error-code")).toHaveText("not-a-link");
  await expect(visitor.by("pay")).toBeHidden();
});
