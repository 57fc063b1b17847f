// Starts a program that cannot outlive this process, however this process ends.
import { spawn } from "node:child_process";

/**
 * The shell's input is a pipe from this process, which the system closes even after a kill. The
 * shell then ends the program, first politely.
 */
const guard = `
exec 3<&0
"$0" "$@" </dev/null 3<&- &
program=$!
{
  cat <&3 >/dev/null
  kill $program
  for _ in 1 2 3 4 5 6 7 8 9 10; do
    sleep 0.2
    kill -0 $program || exit
  done
  kill -9 $program
} >/dev/null 2>&1 &
wait $program
`;

/**
 * @param {string} program
 * @param {string[]} args
 * @param {object} options
 * @param {NodeJS.ProcessEnv} [options.env]
 * @param {number} options.errors file descriptor for the program's standard error.
 * @returns {{
 *   output: import("node:stream").Readable,
 *   ended: Promise<number | null>,
 *   running: () => boolean,
 *   stop: () => Promise<number | null>,
 * }}
 */
export function startGuarded(program, args, { env = process.env, errors }) {
  const shell = spawn("/bin/sh", ["-c", guard, program, ...args], {
    env,
    stdio: ["pipe", "pipe", errors],
    // In a session of its own the terminal's Ctrl-C does not reach it: this process decides.
    detached: true,
  });
  const { stdin, stdout } = shell;
  if (!stdin || !stdout) {
    throw new Error("A child that was asked for pipes has none.");
  }
  stdin.on("error", () => {});
  let running = true;
  const ended = new Promise((resolve, reject) => {
    shell.once("error", (error) => {
      running = false;
      reject(error);
    });
    shell.once("exit", (code) => {
      running = false;
      // The watcher inside the shell waits for its input as long as the pipe is open.
      stdin.destroy();
      resolve(code);
    });
  });
  return {
    output: stdout,
    ended,
    running: () => running,
    stop() {
      stdin.destroy();
      return ended;
    },
  };
}
