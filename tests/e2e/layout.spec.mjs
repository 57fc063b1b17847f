// Large text in a narrow window, in each language: nothing is cut, sticks out or is torn apart. `cargo xtask pictures` looks at
// all states, and at more windows.
import { arabicPage } from "../states/arabic.mjs";
import { layoutFaults } from "../states/layout.mjs";
import { take } from "../states/looks.mjs";
import { Scene, walk } from "../states/scene.mjs";
import { journeys } from "../states/states.mjs";
import { expect, test } from "./support/fixtures.mjs";

const NARROW = { name: "", group: "", width: 320, text: "200%" };

/** By journey, its last state that is looked at. */
const LAST = {
  Arriving: "the choice of an account, with a stored key",
  "The first payment": "the channel waits for the network",
  "Without scripts": "no scripts: the list",
  "Scripts that do not come": "no script came",
};

const short = journeys
  .filter(({ title }) => title in LAST)
  .map((journey) => {
    const states = Object.entries(journey.states);
    const end = states.findIndex(([name]) => name === LAST[journey.title]) + 1;
    return { ...journey, states: Object.fromEntries(states.slice(0, end)) };
  });

for (const [language, own] of Object.entries({ "en-GB": false, "de-DE": false, "ar-EG": true })) {
  test(`text of twice the size fits a window of 320 pixels: ${language}`, async ({ stack, browser }) => {
    test.setTimeout(360_000);
    const scene = await Scene.on({ stack, browser, language, folder: own ? arabicPage() : null });
    const seen = [];
    await walk(scene, short, {
      async see(_, name, { page }) {
        await take(page, NARROW);
        expect.soft(await layoutFaults(page), name).toEqual([]);
        await take(page, { ...NARROW, width: 1280, text: "" });
        seen.push(name);
      },
      missed(_, name, error) {
        throw new Error(`"${name}" can't be reached.`, { cause: error });
      },
    });
    await scene.stop();
    expect(seen).toEqual(short.flatMap(({ states }) => Object.keys(states)));
  });
}
