// From navigation to the first signature, with nothing cached.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../../demo/root.mjs";
import { bundleClients, bundleOurs, bundleSigners, bundledFiles, output } from "../candidates.mjs";
import { KEY, payment } from "../pages/payment.mjs";
import { signHash } from "../rivals/signers/noble-curves.mjs";
import { serve } from "../server.mjs";
import { timingTable } from "../statistics.mjs";

/** What a page loads. */
const budget = JSON.parse(readFileSync(join(root, "benches/budget.json"), "utf8"));
const sign = budget.all.files;
export const SAMPLES = 40;
const LIMIT_MS = 30_000;
const BUNDLED = "ours, bundled";
const EMPTY = "a page without a library";

export const CONDITIONS = [
  { title: "this machine, loopback" },
  { title: "processor slowed down 4 times, 10 Mbit/s, 40 ms", slow: true },
];

/** 10 Mbit/s and 40 ms. */
const NETWORK = {
  offline: false,
  latency: 40,
  downloadThroughput: 10_000_000 / 8,
  uploadThroughput: 10_000_000 / 8,
};

export async function run(browser, rounds = SAMPLES) {
  const candidates = await prepare();
  const pages = Object.fromEntries(candidates.map(({ path, html }) => [path, html]));
  const folders = {
    pkg: join(root, "pkg"),
    ours: join(output, "ours"),
    sign: join(output, "sign"),
    client: join(output, "client"),
  };
  const server = await serve(folders, pages);
  try {
    const tables = [];
    for (const condition of CONDITIONS) {
      tables.push(...(await measure(browser, server.url, candidates, rounds, condition)));
    }
    return tables;
  } finally {
    await server.stop();
  }
}

async function prepare() {
  await bundleOurs();
  const signers = await bundleSigners();
  const clients = await bundleClients();
  const first = payment(0);
  const secret = Uint8Array.from(Buffer.from(KEY.slice(2), "hex"));
  const expected = async (id) => {
    const { digest } = await import(`../rivals/signers/${id}.mjs`);
    return signHash(await digest(first), secret);
  };
  const balanceProof = await expected("noble-curves");
  const rival = (kind) => async ({ id, name, own, files }) => ({
    name: kind === "client" ? `${name.split(",")[0]}, whole client` : name,
    path: `/${kind}-${id}`,
    html: page(
      `import { create } from "/${kind}/${id}/index.js";`,
      "create(KEY)(payment)",
      files.map((file) => `/${kind}/${id}/${file}`),
    ),
    signature: own || kind === "client" ? await expected(id) : balanceProof,
  });
  return [
    {
      ...ours("ours, plain page", "/plain", "/pkg/index.js", balanceProof, sign.map(inPackage)),
      files: [...sign].sort(),
    },
    ours(BUNDLED, "/bundled", "/ours/index.js", balanceProof, bundledFiles),
    ...(await Promise.all(signers.map(rival("sign")))),
    ...(await Promise.all(clients.map(rival("client")))),
    { name: EMPTY, path: "/empty", html: page("", "undefined", []) },
  ];
}

const inPackage = (file) => `/pkg/${file}`;

function ours(name, path, library, signature, files) {
  const code = `import init, { LocalKey } from "${library}"; await init();`;
  const sign = "LocalKey.fromHex(KEY).signBalanceProof(payment).signature";
  return { name, path, html: page(code, sign, files), signature };
}

/** Tells the browser which files the scripts will ask for, as a page in a hurry does. */
export function hint(file) {
  return file.endsWith(".wasm")
    ? `<link rel="preload" as="fetch" crossorigin href="${file}">`
    : `<link rel="modulepreload" href="${file}">`;
}

/** The signature's own time is that from the key's text on. */
function page(imports, sign, files) {
  const { balance, ...rest } = payment(0);
  const hints = files.map(hint).join("");
  return `<!doctype html><title>start</title><link rel="icon" href="data:,">${hints}<script type="module">${imports}
    const KEY = "${KEY}";
    const payment = { ...${JSON.stringify(rest)}, balance: ${balance}n };
    const start = performance.now();
    const signature = await ${sign};
    const end = performance.now();
    ${tell("{ end, own: end - start, signature }")}
  </script>`;
}

async function measure(browser, url, candidates, rounds, { title, slow = false }) {
  const whole = Object.fromEntries(candidates.map(({ name }) => [name, []]));
  const own = Object.fromEntries(candidates.map(({ name }) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (let place = 0; place < candidates.length; place++) {
      const candidate = candidates[(round + place) % candidates.length];
      const measured = await visit(browser, url + candidate.path, slow);
      check(candidate, measured);
      whole[candidate.name].push(measured.end);
      own[candidate.name].push(measured.own * 1_000);
    }
  }
  delete own[EMPTY];
  const reference = BUNDLED;
  const total = timingTable(whole, {
    title: `From navigation to the first signature: ${title}`,
    reference,
    unit: "ms",
  });
  // What the browser needs for any page says nothing of a library.
  const empty = total.rows.find(({ name }) => name === EMPTY).q1;
  for (const row of total.rows) {
    row.above = row.q1 - empty;
  }
  total.columns.splice(2, 0, { key: "above", title: "above an empty page", digits: 1 });
  return [
    total,
    timingTable(own, {
      title: `The first signature alone: ${title}`,
      reference,
      unit: "µs",
      digits: 0,
    }),
  ];
}

/** Leaves a page, so that it gives its locks back. Returns what is stored then. */
export async function leave(page) {
  await page.goto("about:blank");
  return page.context().storageState({ indexedDB: true });
}

const SIGN = "measured ";

/**
 * What a page says when it is done. The console costs it nothing before: a function that waited in the page would be
 * parsed and polled there, which took 130 ms of a slowed down page's start.
 */
export const tell = (value) => `console.log("${SIGN}" + JSON.stringify(${value}));`;

/** A new context has an empty cache; it may have a storage. Returns what the page measured. */
export async function visit(browser, url, slow, storageState = undefined) {
  const context = await browser.newContext({ storageState });
  try {
    const page = await context.newPage();
    const failed = new Promise((_, reject) => page.once("pageerror", reject));
    // It may fail before anybody waits for it.
    failed.catch(() => {});
    if (slow) {
      const session = await context.newCDPSession(page);
      await session.send("Network.enable");
      await session.send("Network.emulateNetworkConditions", NETWORK);
      await session.send("Emulation.setCPUThrottlingRate", { rate: 4 });
    }
    const ended = page.waitForEvent("console", {
      timeout: LIMIT_MS,
      predicate: (message) => message.text().startsWith(SIGN),
    });
    ended.catch(() => {});
    await page.goto(url);
    const message = await Promise.race([ended, failed]);
    const measured = JSON.parse(message.text().slice(SIGN.length));
    const loaded = await loadedBy(page);
    return { ...measured, loaded, storage: await leave(page) };
  } catch (cause) {
    throw new Error(`${url} measured nothing.`, { cause });
  } finally {
    await context.close();
  }
}

/** The browser notes a file some time after its last byte, which a page may have used by then. */
async function loadedBy(page) {
  const list = () => performance.getEntriesByType("resource").map(({ name }) => name);
  const asked = await page.evaluate(
    () => document.querySelectorAll("link:not([rel=icon]), script[src]").length,
  );
  await page.waitForFunction(
    (count) => performance.getEntriesByType("resource").length >= count,
    asked,
    { timeout: LIMIT_MS },
  );
  return page.evaluate(list);
}

function check({ name, signature, files }, measured) {
  const scalars = (text) => String(text).slice(0, 130).toLowerCase();
  if (scalars(measured.signature) !== scalars(signature)) {
    throw new Error(`${name} signs ${measured.signature}, and the reference ${signature}.`);
  }
  const paths = measured.loaded.map((url) => new URL(url).pathname);
  const ours = paths.filter((path) => path.startsWith("/pkg/"));
  const loaded = ours.map((path) => path.slice("/pkg/".length)).sort();
  if (files && String(loaded) !== String(files)) {
    throw new Error(`A page loads ${loaded}, and benches/budget.json says ${files}.`);
  }
}
