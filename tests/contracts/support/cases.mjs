// A case states which items of the conformance checklist it covers and for which generations.
import { after, before, test } from "node:test";
import { GENERATIONS, createFixture } from "./fixture.mjs";

/** A case for both generations. `items` is like "C7 C13", or a word for what is not on the list. */
export function both(items, title, run) {
  return { items: items.split(" "), generations: GENERATIONS, title, run };
}

/** A case for one generation. */
export function only(generation, items, title, run) {
  return { items: items.split(" "), generations: [generation], title, run };
}

/** Runs cases one after the other on one chain, each from the same state. */
export function runCases(cases) {
  let fixture;
  before(async () => {
    fixture = await createFixture();
  });
  after(() => fixture?.stop());
  for (const { items, generations, title, run } of cases) {
    test(`${items.join(" ")} [${generations.join(", ")}] ${title}`, async (t) => {
      for (const generation of generations) {
        await t.test(generation, async () => {
          const { chain, stages } = fixture;
          await chain.undoing(() => run(stages[generation]));
        });
      }
    });
  }
}
