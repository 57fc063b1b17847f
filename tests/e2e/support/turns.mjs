// Who has the turn of a channel, and who waits for it.
import { expect } from "@playwright/test";

/** Waits until so many works wait for the turn of a channel, or of an opening, in whatever tab. */
export async function expectWaiting(page, count = 1, kind = "channel") {
  const waiting = () =>
    page.evaluate(async (start) => {
      const { pending } = await navigator.locks.query();
      return pending.filter(({ name }) => name.startsWith(start)).length;
    }, `microraiden:${kind}:`);
  await expect.poll(waiting).toBe(count);
}

/** Has the turn of the browser's only channel, until the function that it gives is called. */
export async function takeTurn(page) {
  // The turn is named as the record is.
  const release = await page.evaluateHandle(() => {
    const [name] = Object.keys(localStorage).filter((n) => n.startsWith("microraiden:channel:"));
    return new Promise((granted) => {
      navigator.locks.request(name, () => new Promise((done) => granted({ done })));
    });
  });
  return () => release.evaluate(({ done }) => done());
}
