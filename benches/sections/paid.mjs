// Paid requests over one channel, by a page of the paywall.
import { told, withPayingPage } from "../paying-page.mjs";
import { quantile } from "../statistics.mjs";

// The first rounds, in which the browser still compiles what is called often, are not counted.
const WARM_UP = 10;
const ROUNDS = 100;
const REQUESTS = 10;

export async function run(browser, rounds = ROUNDS) {
  const result = await withPayingPage(browser, "paid", { credit: false }, async (page, setting) => {
    const given = { ...setting, path: "/poem.txt", warmUp: WARM_UP, rounds, requests: REQUESTS };
    return told(await page.evaluate((all) => globalThis.measurePaid(all), given));
  });
  return [table(result)];
}

function table(result) {
  const base = quantile(result.ours.times, 0.25);
  const row = (name, { times, requests, others, paid }) => ({
    name,
    q1: quantile(times, 0.25),
    median: quantile(times, 0.5),
    rate: 1_000 / quantile(times, 0.25),
    trips: requests / paid,
    others: others / paid,
    ratio: quantile(times, 0.25) / base,
  });
  return {
    title: "Paid requests over one channel",
    columns: [
      { key: "name", title: "who" },
      { key: "q1", title: "first quartile, ms", digits: 2 },
      { key: "median", title: "median, ms", digits: 2 },
      { key: "rate", title: "per second", digits: 1 },
      { key: "trips", title: "requests each", digits: 2 },
      { key: "others", title: "others each", digits: 2 },
      { key: "ratio", title: "times ours", digits: 2 },
    ],
    rows: [
      row("ours, journal, lock and list of payments", result.ours),
      row("ask, sign with viem, ask again; nothing stored", result.viem),
      row("sign for the price and ask once; nothing stored", result.bare),
    ],
    notes: [],
  };
}
