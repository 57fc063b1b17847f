// Programs that the tests start, and that do not outlive them.
import { spawn } from "node:child_process";
import { createServer } from "node:net";

/** What is to be killed: programs, and processes that they started apart from them. */
const running = new Set();
process.once("exit", () => running.forEach((program) => program.kill()));
// A signal ends this process without its "exit", unless somebody listens.
for (const signal of /** @type {NodeJS.Signals[]} */ (["SIGINT", "SIGTERM", "SIGHUP"])) {
  process.once(signal, () => process.exit(1));
}

/** One program, in a process group of its own with all that it starts. */
export class Program {
  #child;
  #said = "";
  /** Resolves when it has ended. */
  ended;

  /** `hear` gets what it says on its third output, if it has one. */
  constructor(name, args, { env = {}, hear = undefined } = {}) {
    const stdio = ["ignore", "pipe", "pipe", ...(hear ? ["pipe"] : [])];
    this.#child = spawn(name, args, /** @type {any} */ ({
      stdio,
      detached: true,
      env: { ...process.env, ...env },
    }));
    for (const output of [this.#child.stdout, this.#child.stderr]) {
      output.setEncoding("utf8").on("data", (text) => (this.#said = (this.#said + text).slice(-2000)));
    }
    if (hear) {
      /** @type {any} */ (this.#child.stdio[3]).setEncoding("utf8").on("data", hear);
    }
    running.add(this);
    this.ended = new Promise((resolve) => {
      const end = (reason) => {
        running.delete(this);
        resolve(`${name} ended (${reason}): ${this.#said.trim()}`);
      };
      this.#child.once("exit", (code, signal) => end(signal ?? code));
      this.#child.once("error", (error) => end(error.message));
    });
  }

  /** Ends it, and what it started. */
  kill() {
    kill(this.#child.pid && -this.#child.pid);
  }
}

/** A process that a program has started apart from itself. */
export class Apart {
  #pid;

  constructor(pid) {
    this.#pid = pid;
    running.add(this);
  }

  kill() {
    running.delete(this);
    kill(this.#pid);
  }
}

/** Kills a process, or a process group if the number is negative, unless it has ended. */
function kill(pid) {
  try {
    if (pid) process.kill(pid, "SIGKILL");
  } catch {
    // It has ended.
  }
}

/** A program ended, or did not answer in time. */
export class Silence extends Error {}

/** Waits for work of a program that may end first, for so many milliseconds at most. */
export async function whileRuns(program, work, patience) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Silence(`no answer within ${patience} ms.`)), patience);
  });
  const ended = program.ended.then((reason) => Promise.reject(new Silence(reason)));
  try {
    return await Promise.race([work, ended, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** A port that is free. */
export async function freePort() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(undefined)));
  const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
  await new Promise((resolve) => server.close(resolve));
  return port;
}
