// Starts a development chain for a test and makes sure that it does not outlive the test.
import { spawn } from "node:child_process";
import { createRequire } from "node:module";
import { createServer } from "node:net";
import { dirname, join } from "node:path";

const require = createRequire(import.meta.url);

/** Makes long waits cheap: blocks are mined without keeping old states, which snapshots survive. */
const defaultArgs = ["--prune-history"];

/**
 * anvil ends with the shell, the shell's reader ends with this process: its input is a pipe that
 * the system closes even when this process is killed.
 */
const guard = `
exec 3<&0
"$0" "$@" </dev/null 3<&- &
anvil=$!
{ cat <&3 >/dev/null; kill -9 $anvil 2>/dev/null; } >/dev/null 2>&1 &
wait $anvil
`;

/**
 * Starts anvil with the Cancun rules on the loopback interface and waits until it answers.
 *
 * @param {object} [options]
 * @param {string[]} [options.args] further anvil arguments, instead of `--prune-history`.
 * @param {number} [options.port] a free port is taken when it is left out.
 * @returns {Promise<{ url: string, port: number, stop: () => Promise<void> }>}
 */
export async function startAnvil({ args = defaultArgs, port } = {}) {
  for (let attempt = 1; ; attempt++) {
    try {
      // Asking for the port first tells a chain that is already there from the one started here.
      return await start(args, await claimPort(port ?? 0));
    } catch (error) {
      // Somebody else may have taken the free port in the meantime.
      const retry = port === undefined && attempt < 3 && /in use/i.test(error.message);
      if (!retry) throw error;
    }
  }
}

async function start(args, port) {
  const url = `http://127.0.0.1:${port}`;
  const fixed = ["--host", "127.0.0.1", "--port", String(port), "--hardfork", "cancun", "--silent"];
  /** @type {any} its streams are sockets, which can be unreferenced. */
  const shell = spawn("/bin/sh", ["-c", guard, anvilPath(), ...fixed, ...args], {
    stdio: ["pipe", "ignore", "pipe"],
  });
  let complaint = "";
  shell.stderr.setEncoding("utf8").on("data", (text) => (complaint += text));
  shell.stdin.on("error", () => {});
  let running = true;
  /** @type {Promise<void>} */
  const ended = new Promise((resolve) => {
    shell.once("exit", () => {
      running = false;
      resolve();
    });
    shell.once("error", (error) => {
      running = false;
      complaint += error.message;
      resolve();
    });
  });
  const stop = () => {
    shell.stdin.destroy();
    return ended;
  };

  const deadline = Date.now() + 20_000;
  while (!(await answers(url))) {
    if (running && Date.now() < deadline) continue;
    await stop();
    throw new Error(`anvil does not answer on port ${port}: ${complaint.trim() || "no message"}`);
  }
  if (!running) {
    throw new Error(`anvil ended and something else answers on port ${port}: ${complaint.trim()}`);
  }
  // An unreferenced child lets a test runner end although stop() was forgotten.
  shell.unref();
  shell.stderr.unref();
  shell.stdin.unref();
  return { url, port, stop };
}

function anvilPath() {
  const manifest = require.resolve("@foundry-rs/anvil-linux-amd64/package.json");
  return join(dirname(manifest), "bin", "anvil");
}

async function answers(url) {
  try {
    const response = await fetch(url, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: '{"jsonrpc":"2.0","id":1,"method":"eth_chainId","params":[]}',
      signal: AbortSignal.timeout(2_000),
    });
    return response.ok;
  } catch {
    // Refused at once while the port is closed; a short pause keeps the loop from spinning.
    await new Promise((resolve) => setTimeout(resolve, 20));
    return false;
  }
}

/** Checks that nobody listens on the port, or finds a free one for 0. */
function claimPort(wanted) {
  return new Promise((resolve, reject) => {
    const server = createServer().once("error", (/** @type {any} */ cause) =>
      reject(new Error(`Port ${wanted} is in use or not allowed (${cause.code}).`, { cause })),
    );
    server.listen(wanted, "127.0.0.1", () => {
      const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
      server.close(() => resolve(port));
    });
  });
}
