// The live text of `examples/stream.rs` as a child process.
import { once } from "node:events";
import { closeSync, existsSync, mkdirSync, openSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { startGuarded } from "./guarded.mjs";
import { root } from "./root.mjs";

/**
 * @param {object} options
 * @param {string} options.rpcUrl
 * @param {string} options.contract
 * @param {string} options.receiverKey of an account of its own, with ether.
 * @param {string} options.store the file that keeps its channels.
 * @param {string} options.price of an interval, in base units.
 * @param {number} [options.interval] in seconds.
 * @param {number} [options.port] 0 takes any free one.
 * @param {string} [options.faucet] the account that fills others.
 * @param {boolean} [options.credit] whether payments may have numbers.
 * @param {string} options.log the file for what it says.
 */
export async function startStream({ rpcUrl, contract, receiverKey, store, price, interval = 5, port = 0, faucet, credit, log }) {
  const program = join(root, "target/debug/examples/stream");
  if (!existsSync(program)) {
    throw new Error(`${program} is missing; build it with: cargo build --features paywall --example stream`);
  }
  mkdirSync(join(log, ".."), { recursive: true });
  const errors = openSync(log, "w");
  const env = {
    ...process.env,
    MICRORAIDEN_RECEIVER_KEY: receiverKey,
    MICRORAIDEN_STORE: store,
    MICRORAIDEN_PRICE: price,
    MICRORAIDEN_INTERVAL: String(interval),
    ...(faucet && { MICRORAIDEN_FAUCET: faucet }),
    ...(credit && { MICRORAIDEN_CREDIT: "1" }),
  };
  const service = startGuarded(program, [rpcUrl, contract, `127.0.0.1:${port}`], { env, errors });
  closeSync(errors);
  const ended = service.ended.then((code) => {
    throw new Error(`The live text ended with code ${code}: see ${log}.`);
  });
  // Who stops it expects its end.
  ended.catch(() => {});
  const [line] = await Promise.race([once(createInterface({ input: service.output }), "line"), ended]);
  return { url: line.replace("listening on ", ""), stop: () => service.stop() };
}
