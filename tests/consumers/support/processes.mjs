// Programs that a consumer runs, and what ends with it.
import { spawn } from "node:child_process";

/** What ends with the consumer: servers, and processes with all that they started. */
export class Ends {
  #ends = [];

  add(end) {
    this.#ends.push(end);
  }

  async all() {
    for (const end of this.#ends.splice(0)) await end();
  }
}

/** A process of its own group; its output is shown where it fails. */
function launch(folder, command, args, env, ends) {
  const options = { cwd: folder, env: { ...process.env, CI: "1", NEXT_TELEMETRY_DISABLED: "1", ...env }, detached: true };
  const child = spawn(command, args, options);
  const output = { text: "" };
  child.stdout.on("data", (data) => (output.text += data));
  child.stderr.on("data", (data) => (output.text += data));
  const ended = new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("exit", resolve);
  });
  ends.add(async () => {
    if (child.exitCode === null && child.signalCode === null) process.kill(-child.pid, "SIGKILL");
    await ended;
  });
  return { child, output, ended };
}

/** Runs a program to its end. */
export async function run(folder, command, args, env, ends) {
  const { output, ended } = launch(folder, command, args, env, ends);
  const code = await ended;
  if (code !== 0) throw new Error(`${command} ${args.join(" ")} ended with ${code}:\n${output.text}`);
}

/** Starts a server and returns the URL that it prints. */
export async function start(folder, command, args, ends) {
  const { child, output, ended } = launch(folder, command, args, { NO_COLOR: "1" }, ends);
  return new Promise((resolve, reject) => {
    const look = () => {
      const [url] = /http:\/\/(127\.0\.0\.1|localhost):\d+/.exec(output.text) ?? [];
      if (url) resolve(`${url}/`);
    };
    child.stdout.on("data", look);
    ended.then((code) => reject(new Error(`${command} ended with ${code}:\n${output.text}`)), reject);
  });
}
