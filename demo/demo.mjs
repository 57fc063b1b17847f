// The demo: node demo/demo.mjs [--port 5000] [--generation 0.2] [--once]
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { formatUnits, parseEther } from "viem";
import { generatePrivateKey, privateKeyToAddress } from "viem/accounts";
import { runOnce } from "./once.mjs";
import { root } from "./root.mjs";
import { startStack } from "./stack.mjs";
import { startStream } from "./stream.mjs";

const { values } = parseArgs({
  options: {
    port: { type: "string" },
    generation: { type: "string", default: "0.2" },
    once: { type: "boolean", default: false },
  },
});

let stack;
let stream;
let ending;

/** Ends everything that was started, once, and then this process. */
function end(code) {
  ending ??= (async () => {
    await stream?.stop();
    await stack?.stop();
    process.exit(code);
  })();
  return ending;
}

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
  process.on(signal, () => end(values.once ? 130 : 0));
}

async function main() {
  console.log(
    `starting a development chain and the paywall, contract generation ${values.generation}…`,
  );
  stack = await startStack({
    generation: values.generation,
    port: Number(values.port ?? (values.once ? 0 : 5000)),
    onCrash: (message) => {
      console.error(message);
      end(1);
    },
  });
  if (values.once) {
    describe();
    await runOnce(stack);
    console.log("The demo ran to its end: every amount on the chain is as it should be.");
    await end(0);
  } else {
    stream = await startLive();
    describe();
    console.log(`
Open ${stack.url}/doggo.jpg in a browser. Then:
  1. create a key in the browser, and fill it with demo tokens and ether by one click;
  2. open a channel and pay, and see the picture; pay again, top up, close.
Open ${stream.url} for a text that flows for as long as it is paid for.
A browser wallet works too: add a network with the node above and chain id ${stack.chainId}.
Ctrl-C ends everything.`);
  }
}

/** A live text, of a receiver of its own, on the port after the paywall's. */
async function startLive() {
  const receiverKey = generatePrivateKey();
  await stack.setEther(privateKeyToAddress(receiverKey), parseEther("10"));
  const folder = mkdtempSync(join(tmpdir(), "microraiden-"));
  const { stop, ...live } = await startStream({
    rpcUrl: stack.rpcUrl,
    contract: stack.contract,
    receiverKey,
    store: join(folder, "stream.db"),
    price: String(stack.price / 10n),
    port: Number(new URL(stack.url).port) + 1,
    faucet: stack.owner,
    credit: true,
    log: join(root, "target/logs", `stream-${process.pid}.log`),
  });
  return {
    ...live,
    async stop() {
      await stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function describe() {
  const price = formatUnits(stack.price, 18);
  console.log(`
  paywall   ${stack.url}
  node      ${stack.rpcUrl} (chain id ${stack.chainId})
  contract  ${stack.contract}
  token     ${stack.token}
  receiver  ${stack.receiver}
  price     ${price} TKN (${stack.price} base units)
`);
}

main().catch((error) => {
  if (!ending) {
    console.error(`\n${error.message}`);
    const log = stack?.paywall.log().trimEnd().split("\n").slice(-20).join("\n");
    if (log) {
      console.error(`\nThe last lines of the paywall server:\n${log}`);
    }
    end(1);
  }
});
