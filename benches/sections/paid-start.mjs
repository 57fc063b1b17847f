// From navigation to a paid answer in an open channel, with nothing cached.
import { join } from "node:path";
import { parseEther } from "viem";
import { privateKeyToAddress } from "viem/accounts";
import { startStack } from "../../demo/stack.mjs";
import { root } from "../../demo/root.mjs";
import { bundleOurs, bundlePayers, bundledFiles, output } from "../candidates.mjs";
import { serve } from "../server.mjs";
import { timingTable } from "../statistics.mjs";
import { CONDITIONS, SAMPLES, hint, leave, tell, visit } from "./start-up.mjs";

const PRICE = 1000n;
const DEPOSIT = PRICE * 10_000n;
const PATH = "/poem.txt";
const REFERENCE = "ours";

export async function run(browser, rounds = SAMPLES) {
  await bundleOurs();
  const stack = await startStack({ price: String(PRICE), credit: false });
  const pages = { "/open": "<!doctype html><title>open</title>" };
  const folders = {
    pkg: join(root, "pkg"),
    ours: join(output, "ours"),
    payers: join(output, "payers"),
  };
  // One origin for pages and goods, so that nobody needs leave for a request to another.
  const server = await serve(folders, pages, { [PATH]: stack.url });
  try {
    const candidates = await prepare();
    for (const candidate of candidates) {
      await open(browser, server.url, stack, candidate);
      pages[candidate.path] = page(candidate, stack);
    }
    const tables = [];
    for (const condition of CONDITIONS) {
      tables.push(await measure(browser, server.url, candidates, rounds, condition));
    }
    return tables;
  } finally {
    await server.stop();
    await stack.stop();
  }
}

/** Each has a key of its own, and so a channel of its own. */
async function prepare() {
  const ours = (name, options) => ({ name, files: bundledFiles, code: payOurs(options) });
  const candidates = [
    ours(REFERENCE, ""),
    ours("ours, asking for the price", ", priceAge: 0"),
    ...(await bundlePayers()).map(({ id, name }) => ({
      name: `${name}: ask, sign, ask again`,
      files: [`/payers/${id}/index.js`],
      code: payTwice(`/payers/${id}/index.js`),
    })),
  ];
  return candidates.map((candidate, index) => ({
    ...candidate,
    path: `/candidate-${index}`,
    key: `0x${(0xc1 + index).toString(16).repeat(32)}`,
    openBlock: 0,
    storage: undefined,
  }));
}

/** Opens the channel and pays once in it, so that the receiver knows it. */
async function open(browser, url, stack, candidate) {
  const account = privateKeyToAddress(candidate.key);
  await stack.sendTokens(account, parseEther("1"));
  await stack.setEther(account, parseEther("1"));
  const context = await browser.newContext();
  try {
    const page = await context.newPage();
    await page.goto(`${url}/open`);
    const { contract, rpcUrl, receiver } = stack;
    candidate.openBlock = await page.evaluate(
      async ({ key, contract, rpcUrl, receiver, price, deposit, path }) => {
        // By a name that no type checker follows.
        const library = await import(String("/pkg/index.js"));
        await library.default();
        const wallet = library.LocalKey.fromHex(key);
        const client = await library.MicroRaiden.connect({ wallet, contract, rpc: rpcUrl });
        const { openBlock } = await client.open({ receiver, deposit: BigInt(deposit) });
        const { status } = await client.payingFetch({ maxPrice: BigInt(price) })(path);
        if (status !== 200) {
          throw new Error(`The first payment is answered ${status}.`);
        }
        return openBlock;
      },
      {
        key: candidate.key,
        contract,
        rpcUrl,
        receiver,
        price: String(PRICE),
        deposit: String(DEPOSIT),
        path: PATH,
      },
    );
    candidate.storage = await leave(page);
  } finally {
    await context.close();
  }
}

const payOurs = (options) => `
    import init, { LocalKey, MicroRaiden } from "/ours/index.js";
    await init();
    const wallet = LocalKey.fromHex(key);
    const client = await MicroRaiden.connect({ wallet, contract, rpc: rpcUrl });
    const response = await client.payingFetch({ maxPrice: ${PRICE}n${options} })(path);`;

// Its balance is in storage, and nothing else.
const payTwice = (script) => `
    import { connect, create, pay } from "${script}";
    connect(key, rpcUrl, contract, []);
    const balance = localStorage.getItem("balance") ?? "${PRICE}";
    const channel = { contract, receiver, sender, openBlock, balance, path };
    const response = await pay(create(key), channel);
    localStorage.setItem("balance", String(BigInt(balance) + ${PRICE}n));`;

function page({ key, openBlock, files, code }, { contract, receiver, rpcUrl }) {
  const setting = {
    key,
    contract,
    receiver,
    rpcUrl,
    path: PATH,
    openBlock,
    sender: privateKeyToAddress(key),
  };
  const hints = files.map(hint).join("");
  return `<!doctype html><title>start</title><link rel="icon" href="data:,">${hints}<script type="module">
    const { ${Object.keys(setting).join(", ")} } = ${JSON.stringify(setting)};${code}
    const { length } = await response.text();
    ${tell("{ end: performance.now(), status: response.status, length }")}
  </script>`;
}

async function measure(browser, url, candidates, rounds, { title, slow = false }) {
  const times = Object.fromEntries(candidates.map(({ name }) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (let place = 0; place < candidates.length; place++) {
      const candidate = candidates[(round + place) % candidates.length];
      const measured = await visit(browser, url + candidate.path, slow, candidate.storage);
      if (measured.status !== 200 || measured.length === 0) {
        throw new Error(`${candidate.name}: the payment is answered ${measured.status}.`);
      }
      candidate.storage = measured.storage;
      times[candidate.name].push(measured.end);
    }
  }
  return timingTable(times, {
    title: `From navigation to a paid answer in an open channel: ${title}`,
    reference: REFERENCE,
    unit: "ms",
  });
}
