// The journeys in each browser: `node --test tests/browsers/journeys.test.mjs`, with the last build.
// BROWSERS=firefox,webkit takes some of them, --test-name-pattern some journeys.
import { after, before, describe, test } from "node:test";
import { startStack } from "../../demo/stack.mjs";
import { Browser } from "./browser.mjs";
import { chosenKinds } from "./kinds.mjs";
import { PRICE, Place } from "./place.mjs";
import { expected, journeys, table } from "./table.mjs";

/** How long a journey may take, in milliseconds. */
const LIMIT = 120_000;

const chosen = chosenKinds();
const results = new Map();
const versions = [];
let stack;

before(async () => {
  stack = await startStack({ price: PRICE.toString(), blockTime: 0.25 });
});

after(async () => {
  await stack?.stop();
  const found = (journey, kind) => results.get(`${kind.name} ${journey.name}`) ?? "not tried";
  console.log([`\n${versions.join(", ")}:\n`, ...table(found, chosen), ""].join("\n"));
});

for (const kind of chosen) {
  describe(kind.name, () => {
    /** The browser of all journeys that wish for nothing. */
    let shared;

    before(async () => {
      shared = await Browser.start(kind);
      versions.push(shared.version);
    });
    after(() => shared?.stop());

    for (const journey of journeys) {
      const reason = journey.cannot?.[kind.name];
      const note = (result) => results.set(`${kind.name} ${journey.name}`, result);
      if (reason) note(expected(journey, kind));
      test(journey.name, { skip: reason, timeout: LIMIT }, async () => {
        note("failed");
        if (shared.stuck) {
          await shared.stop();
          shared = await Browser.start(kind);
        }
        const own = journey.wish && (await Browser.start(kind, journey.wish));
        try {
          await take(journey, kind, own ?? shared);
          note("passed");
        } finally {
          await own?.stop();
        }
      });
    }
  });
}

/** Makes a journey; what its tabs showed when it failed is kept. */
async function take(journey, kind, browser) {
  const place = await Place.at(stack, browser);
  try {
    await journey.run(place);
  } catch (error) {
    const pictures = await browser.pictures(`${kind.name} ${journey.name}`);
    throw new Error(`${error.message}\n${pictures.join("\n")}`, { cause: error });
  } finally {
    await place.leave();
  }
}
