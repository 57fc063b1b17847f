// Node, without a browser: keys and proofs; payments from a folder that processes share, and are killed over.
import assert from "node:assert/strict";
import { execFile, fork } from "node:child_process";
import { once } from "node:events";
import { copyFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { parseEther } from "viem";
import { root } from "../../../demo/root.mjs";
import { openings, receiverBalance } from "../../e2e/support/books.mjs";
import { BrokenLine } from "../../e2e/support/broken-line.mjs";
import { Loopback } from "../../e2e/support/loopback.mjs";

const carriesPayment = ({ headers }) => headers["rdn-balance"] !== undefined;

/** A process that pays. */
class Payer {
  #child;
  #ended;
  /** Resolves to what it tells at its end. */
  told;

  constructor(folder, query, times) {
    this.#child = fork("pay.mjs", [query, "state", String(times)], { cwd: folder });
    this.#ended = once(this.#child, "exit");
    this.connected = once(this.#child, "message");
    this.told = new Promise((resolve, reject) => {
      this.#child.on("message", (message) => typeof message === "object" && resolve(message));
      this.#ended.then(([code, signal]) => reject(new Error(`the payer ended with ${code ?? signal}`)), reject);
    });
    this.told.catch(() => {});
  }

  async kill() {
    this.#child.kill("SIGKILL");
    await this.#ended;
  }
}

export default async function node({ run, folder, query, stack }) {
  await run("node", ["sign.mjs"]);
  // With numbers a killed payer's payment would be served to the next one.
  await stack.paywall.restart({ credit: false });
  const line = await BrokenLine.to(stack.url);
  const account = (await query()).replace(encodeURIComponent(stack.url), encodeURIComponent(line.url));
  const payers = [];
  const start = (times) => {
    const payer = new Payer(folder, account, times);
    payers.push(payer);
    return payer;
  };
  try {
    await payThroughKills(start, line, stack);
    await payAtOnce(start, stack);
    await payByExample(folder, stack);
    await payRedirected(run, query, stack);
  } finally {
    for (const payer of payers) await payer.kill();
    await stack.paywall.restart({ credit: true });
    await line.stop();
  }
}

/** What sender, receiver and chain know agrees. */
async function checkBooks({ answers, channels, ledger, ends }, stack, { payments }) {
  for (const [status, length] of answers) assert.ok(status === 200 && length > 1000);
  const [channel, ...others] = channels;
  assert.deepEqual(others, []);
  assert.equal(await openings(stack, channel.sender), 1);
  assert.deepEqual(ends, []);
  const amounts = ledger.filter(([outcome]) => outcome !== "refused").map(([, amount]) => BigInt(amount));
  const sum = amounts.reduce((total, amount) => total + amount, 0n);
  assert.equal(sum, BigInt(payments) * stack.price);
  assert.equal(BigInt(channel.balance), sum);
  assert.equal(BigInt(channel.exposure), sum);
  assert.equal(await receiverBalance(stack, channel), sum);
}

async function payThroughKills(start, line, stack) {
  const first = await start(1).told;
  assert.equal(first.turns, "storage");
  assert.equal(first.persisted, true);
  await checkBooks(first, stack, { payments: 1 });

  // Killed after the receiver has counted the payment; meanwhile another process waits for its turn.
  const answer = line.holdAnswer(carriesPayment);
  const unlucky = start(1);
  await answer.arrived;
  const heir = start(1);
  await heir.connected;
  const killed = Date.now();
  await unlucky.kill();
  answer.drop();
  const taken = await heir.told;
  assert.ok(Date.now() - killed < 5_000, "the next process paid at once");
  assert.deepEqual(taken.ledger.map(([outcome]) => outcome), ["paid", "taken", "paid"]);
  await checkBooks(taken, stack, { payments: 3 });

  // Killed before the receiver has heard of the payment, which goes again, and is paid once.
  const request = line.hold(carriesPayment);
  const unheard = start(1);
  await request.arrived;
  await unheard.kill();
  request.drop();
  const again = await start(1).told;
  assert.deepEqual(again.ledger.map(([outcome]) => outcome), ["paid", "taken", "paid", "paid"]);
  await checkBooks(again, stack, { payments: 4 });
}

/** Two processes pay from the same folder. */
async function payAtOnce(start, stack) {
  await Promise.all([start(8).told, start(8).told]);
  await checkBooks(await start(1).told, stack, { payments: 4 + 17 });
}

/** The program of examples/node, with a key of a file, and of the environment. */
async function payByExample(folder, stack) {
  copyFileSync(join(root, "examples/node/pay.mjs"), join(folder, "example.mjs"));
  const account = "0x17c5185167401eD00cF5F5b2fc97D9BBfDb7D025";
  await stack.sendTokens(account, parseEther("10"));
  await stack.setEther(account, parseEther("1"));
  const places = { MICRORAIDEN_CONTRACT: stack.contract, MICRORAIDEN_RPC_URL: stack.rpcUrl };
  const pay = (own, ...args) =>
    promisify(execFile)("node", ["example.mjs", ...args], {
      cwd: folder,
      encoding: "buffer",
      env: { PATH: process.env.PATH, ...places, ...own },
    });
  const ofFile = {
    MICRORAIDEN_KEYSTORE: join(root, "tests/keystores/eth-keyfile-pbkdf2.json"),
    MICRORAIDEN_PASSWORD: "correct horse, πß",
  };
  for (const [own, payments] of [[ofFile, 1n], [{ MICRORAIDEN_KEY: `0x${"42".repeat(32)}` }, 2n]]) {
    const { stdout, stderr } = await pay(own, `${stack.url}/doggo.jpg`);
    assert.ok(stdout.length > 1000);
    const spent = `${payments * BigInt(stack.price)} of ${parseEther("10")} spent`;
    assert.ok(String(stderr).includes(spent), String(stderr));
  }
  await assert.rejects(pay({}, `${stack.url}/doggo.jpg`), ({ stderr }) => /Set MICRORAIDEN_KEYSTORE/.test(stderr));
}

/** Node's `fetch` shows redirects, which browsers hide; a redirect of a paid request is no answer to it. */
async function payRedirected(run, query, stack) {
  const upstream = await Loopback.start(async ({ url }, response) => {
    const moved = url === "/moved";
    response.writeHead(moved ? 302 : 200, moved ? { location: "/goods" } : {}).end("goods");
  });
  try {
    await stack.paywall.restart({ upstream: upstream.url });
    await run("node", ["redirected.mjs", `${await query()}&path=${stack.url}/moved`]);
  } finally {
    await stack.paywall.restart({ upstream: null });
    await upstream.stop();
  }
}
