// Calls that are aborted while a wallet asks its user, or does not answer: see aborted-waiting.spec.mjs.
import { openings } from "./support/books.mjs";
import { coreIf } from "./support/core.mjs";
import { PRICE, expect, test } from "./support/fixtures.mjs";
import { MOMENT, abortWhile } from "./support/held-awaits.mjs";

const pay = async ({ client, url, argument: price }) => {
  const pay = client.fetch({ maxPrice: price, deposit: 5n * price });
  return (await pay(`${url}/doggo.jpg`)).status;
};

/** Aborts a call while the wallet holds a request, whose user then agrees. */
async function abortHeld({ library, wallet }, act, method) {
  const held = wallet.hold(method);
  held.asked.then(() => library.page.evaluate(() => window.reached()));
  const how = { act, held: "outside:", wallet: true, moment: MOMENT };
  const ending = library.with({ how, keep: true }).value(abortWhile, PRICE);
  const ended = await Promise.race([
    ending,
    // `abortWhile` waits for what it has called; a call that does not end is let go.
    new Promise((resolve) => setTimeout(resolve, 5000)),
  ]);
  held.release();
  return ended ?? ending;
}

for (const [act, methods] of Object.entries({
  connect: ["eth_requestAccounts", "eth_accounts", "eth_chainId"],
  open: ["eth_accounts", "eth_chainId", "eth_signTypedData", "eth_sendTransaction"],
  fund: ["eth_requestAccounts", "eth_sendTransaction"],
})) {
  for (const method of methods) {
    test(`${act}, while the wallet holds ${method}`, async ({ library, wallet, stack }) => {
      // Connected before anything is held.
      await library.with({ keep: true }).value(({ client }) => client.sender);
      const ended = await abortHeld({ library, wallet }, act, method);
      expect(ended).toEqual({ same: true, code: "aborted", locks: 0, signed: false });
      // However the user has answered by now, the next payment finds what was opened.
      const sent = act === "open" && method === "eth_sendTransaction";
      if (sent) {
        await expect.poll(() => openings(stack, wallet.address)).toBe(1);
      }
      expect(await library.value(pay, PRICE)).toBe(200);
      expect(await openings(stack, wallet.address)).toBe(1);
    });
  }
}

for (const [act, method] of [
  ["pay", "eth_signTypedData"],
  ["topUp", "eth_sendTransaction"],
]) {
  test(`${act}, while the wallet holds ${method}`, coreIf(act === "pay"), async ({ library, wallet, stack }) => {
    expect(await library.with({ keep: true }).value(pay, PRICE)).toBe(200);
    const ended = await abortHeld({ library, wallet }, act, method);
    expect(ended).toEqual({ same: true, code: "aborted", locks: 0, signed: false });
    const deposit = act === "topUp" ? 6n * PRICE : 5n * PRICE;
    // The user's late answer may still be on its way to the chain.
    await expect
      .poll(() =>
        library.value(async ({ client }) => {
          await client.resume();
          const [channel] = await client.channels();
          await channel.refresh();
          return channel.deposit;
        }),
      )
      .toBe(deposit);
    expect(await library.value(pay, PRICE)).toBe(200);
    expect(await openings(stack, wallet.address)).toBe(1);
  });
}
