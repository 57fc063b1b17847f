// A page with many paid pictures, six at once, over a link with latency.
import { told, withPayingPage } from "../paying-page.mjs";
import { quantile } from "../statistics.mjs";

const ROUNDS = 3;
const PICTURES = 200;
const LANES = 6;
const LATENCY_MS = 100;

export async function run(browser, rounds = ROUNDS) {
  const times = await withPayingPage(browser, "parallel", { credit: true }, async (page, setting) => {
    const given = { ...setting, path: "/doggo.jpg", pictures: PICTURES, lanes: LANES };
    await page.evaluate((all) => globalThis.prepareParallel(all), given);
    const devTools = await page.context().newCDPSession(page);
    // The latency of Chromium's own throttling, which is added to each answer's headers.
    const link = { offline: false, latency: LATENCY_MS, downloadThroughput: -1, uploadThroughput: -1 };
    await devTools.send("Network.enable");
    await devTools.send("Network.emulateNetworkConditions", link);
    return told(await page.evaluate((count) => globalThis.measureParallel(count), rounds));
  });
  return [table(times)];
}

function table(times) {
  const base = quantile(times.parallel, 0.5);
  const row = (name, list) => ({
    name,
    median: quantile(list, 0.5) / 1000,
    each: quantile(list, 0.5) / PICTURES,
    ratio: quantile(list, 0.5) / base,
  });
  return {
    title: `${PICTURES} paid pictures of one channel on a page, ${LANES} at once, ${LATENCY_MS} ms of latency`,
    columns: [
      { key: "name", title: "who" },
      { key: "median", title: "median, s", digits: 2 },
      { key: "each", title: "for each, ms", digits: 1 },
      { key: "ratio", title: "times ours", digits: 2 },
    ],
    rows: [
      row("ours, payments with numbers", times.parallel),
      row("ours, in turns (`maxCredit: 0n`)", times.turns),
      row("ask, sign with viem, ask again, in turns; nothing stored", times.loop),
    ],
    notes: [],
  };
}
