// What is tried in which browser, and what one of them can't do.
import { browserJourneys } from "./journeys/browser.mjs";
import { pageJourneys } from "./journeys/page.mjs";
import { tabJourneys } from "./journeys/tabs.mjs";
import { kinds } from "./kinds.mjs";

/**
 * @typedef {object} Journey
 * @property {string} name
 * @property {(place: import("./place.mjs").Place) => Promise<void>} run
 * @property {object} [wish] what the browser is started with, instead of the one that is shared.
 * @property {Record<string, string>} [cannot] by browser, why it can't be tried there.
 */

/** @type {Journey[]} */
export const journeys = [...pageJourneys, ...tabJourneys, ...browserJourneys];

/** What a cell says where nothing fails. */
export function expected(journey, kind) {
  const reason = journey.cannot?.[kind.name];
  return reason ? `cannot: ${reason}` : "passed";
}

/** The lines of a table in Markdown; `cell(journey, kind)` gives what a cell says. */
export function table(cell = expected, columns = kinds) {
  const row = (cells) => `| ${cells.join(" | ")} |`;
  return [
    row(["journey", ...columns.map(({ name }) => name)]),
    `|${"---|".repeat(columns.length + 1)}`,
    ...journeys.map((journey) => row([journey.name, ...columns.map((kind) => cell(journey, kind))])),
  ];
}
