// The paywall server as a child process.
import { closeSync, existsSync, mkdirSync, openSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { startGuarded } from "./guarded.mjs";
import { root } from "./root.mjs";

const START_LIMIT_MS = 30_000;
let count = 0;

export class Paywall {
  #options;
  #process;
  #stopping = false;
  #log;
  #port;
  url;
  receiver;

  /**
   * @param {object} options
   * @param {string} options.rpcUrl
   * @param {string} options.contract
   * @param {string} options.receiverKey
   * @param {string} options.adminSecret
   * @param {string} options.store the file that keeps the channels.
   * @param {string} options.price base units, for files that are not in `prices`.
   * @param {Record<string, string>} [options.prices] by path, as in `{ "/doggo.jpg": "5" }`.
   * @param {number} options.port 0 takes any free one, which a restart keeps.
   * @param {string} options.packageFolder
   * @param {string} [options.publicRpcUrl] the node that pages are told of, instead of `rpcUrl`.
   * @param {string} [options.credentialOrigins] whose pages may send credentials; `""` is none.
   * @param {string} [options.files] the folder that is sold, instead of the demo's.
   * @param {string} [options.page] the page's folder, instead of `www`.
   * @param {string | null} options.faucet the account that fills others; `null` is none.
   * @param {number} options.confirmations
   * @param {boolean} [options.credit] whether payments may have numbers.
   * @param {(message: string) => void} options.onCrash hears of an end that nobody asked for.
   */
  constructor(options) {
    this.#options = options;
    this.#port = options.port;
    mkdirSync(join(root, "target/logs"), { recursive: true });
    count += 1;
    this.#log = join(root, `target/logs/paywall-${process.pid}-${count}.log`);
  }

  async start() {
    const program =
      process.env.MICRORAIDEN_PAYWALL || join(root, "target/debug/microraiden-paywall");
    if (!existsSync(program)) {
      throw new Error(
        `${program} is missing; build it with: ` +
          "cargo build --features paywall --bin microraiden-paywall",
      );
    }
    const errors = openSync(this.#log, "a");
    this.#stopping = false;
    try {
      this.#process = startGuarded(program, this.#arguments(), {
        env: this.#environment(),
        errors,
      });
    } finally {
      closeSync(errors);
    }
    this.#process.ended.then(
      (code) => this.#ended(code),
      () => {},
    );
    const { url, port, receiver } = await this.#listening();
    this.url = url;
    this.#port = port;
    this.receiver = receiver;
  }

  /** What the server has written so far. */
  log() {
    return existsSync(this.#log) ? readFileSync(this.#log, "utf8") : "";
  }

  get running() {
    return this.#process?.running() ?? false;
  }

  async stop() {
    this.#stopping = true;
    await this.#process?.stop().catch(() => {});
  }

  /**
   * Starts again at the same address, with other prices, with numbered payments or without, another node for pages, other origins that may send
   * credentials, before a server instead of files, with another folder of files or for the page, without a faucet, or
   * with a file of settings (`null`: not any more), if they are given.
   * @param {{ price?: string, prices?: Record<string, string>, publicRpcUrl?: string, credentialOrigins?: string,
   *   credit?: boolean, upstream?: string | null, files?: string | null, page?: string | null, config?: string | null, faucet?: string | null }} changes
   */
  async restart(changes = {}) {
    await this.stop();
    const given = Object.entries(changes).filter(([, value]) => value !== undefined);
    this.#options = { ...this.#options, ...Object.fromEntries(given) };
    await this.start();
  }

  #arguments() {
    const {
      rpcUrl,
      contract,
      price,
      prices = {},
      packageFolder,
      files,
      page,
      faucet,
      confirmations,
      store,
      publicRpcUrl,
      credentialOrigins,
      credit,
      upstream,
      config,
    } = this.#options;
    return [
      "--rpc-url",
      rpcUrl,
      "--contract",
      contract,
      ...(upstream ? ["--upstream", upstream] : ["--files", files ?? join(root, "demo/content")]),
      ...(config ? ["--config", config] : []),
      "--price",
      price,
      ...Object.entries(prices).flatMap(([path, amount]) => ["--price-for", `${path}=${amount}`]),
      "--listen",
      `127.0.0.1:${this.#port}`,
      "--page",
      page ?? join(root, "www"),
      "--package",
      packageFolder,
      "--confirmations",
      String(confirmations),
      "--poll-interval-ms",
      "200",
      ...(faucet ? ["--faucet", faucet] : []),
      "--store",
      store,
      ...(publicRpcUrl === undefined ? [] : ["--public-rpc-url", publicRpcUrl]),
      ...(credentialOrigins ? ["--credential-origins", credentialOrigins] : []),
      ...(credit ? ["--credit"] : []),
    ];
  }

  #environment() {
    // A stack trace would hide the sentence that says what is wrong.
    return {
      ...process.env,
      RUST_LIB_BACKTRACE: "0",
      MICRORAIDEN_RECEIVER_KEY: this.#options.receiverKey,
      MICRORAIDEN_ADMIN_SECRET: this.#options.adminSecret,
    };
  }

  #ended(code) {
    if (!this.#stopping) {
      this.#options.onCrash(`The paywall server ended with code ${code}.\n${this.#lastWords()}`);
    }
  }

  #lastWords() {
    const lines = this.log().trimEnd().split("\n");
    return `Its last lines (all in ${this.#log}):\n${lines.slice(-20).join("\n")}`;
  }

  /** Waits for the line that says where it serves. */
  #listening() {
    const server = this.#process;
    return new Promise((resolve, reject) => {
      const fail = (reason) => reject(new Error(`${reason}\n${this.#lastWords()}`));
      const timer = setTimeout(() => {
        this.stop();
        fail("The paywall server does not start to serve.");
      }, START_LIMIT_MS);
      const done = () => clearTimeout(timer);
      createInterface({ input: server.output }).on("line", (line) => {
        const match =
          /^listening on (http:\/\/127\.0\.0\.1:(\d+)) receiver (0x[0-9a-fA-F]{40})$/.exec(line);
        if (match) {
          done();
          resolve({ url: match[1], port: Number(match[2]), receiver: match[3] });
        }
      });
      server.ended.then(
        (code) => {
          done();
          this.#stopping = true;
          fail(`The paywall server ended with code ${code} before it served.`);
        },
        (cause) => {
          done();
          reject(new Error(`The paywall server cannot be started: ${cause.message}`, { cause }));
        },
      );
    });
  }
}
