// A browser of any kind, driven by WebDriver: its tabs, its end, its next start.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Capabilities, WebDriver } from "selenium-webdriver";
import { Executor, HttpClient } from "selenium-webdriver/http/index.js";
import { Apart, Program, Silence, freePort, whileRuns } from "./process.mjs";
import { Tab } from "./tab.mjs";

/** How long a driver may take to start, a browser as well, in milliseconds. */
const START = 60_000;
/** How long a command may take: longer than a page may load. */
const COMMAND = 40_000;
const TIMEOUTS = { implicit: 0, pageLoad: 30_000, script: 30_000 };

export class Browser {
  /** Its name and version, as it tells them. */
  version;
  /** Why it takes no commands any more, if so. */
  stuck;
  #kind;
  #wish;
  #screen;
  #driver;
  #session;
  /** The browser's, if it does not end with its driver. */
  #process;
  #tabs = [];
  #first;
  #front;
  #last = Promise.resolve();

  /**
   * @param {import("./kinds.mjs").Kind} kind
   * @param {import("./kinds.mjs").Wish & { lasting?: boolean }} [wish] `lasting`: it keeps its profile when
   *   it is killed.
   */
  static async start(kind, { lasting = false, ...wish } = {}) {
    const browser = new Browser();
    browser.#kind = kind;
    const profile = lasting ? mkdtempSync(join(tmpdir(), "microraiden-profile-")) : undefined;
    browser.#wish = { ...wish, profile };
    try {
      await browser.#start();
    } catch (error) {
      await browser.stop();
      throw new Error(`${kind.name} does not start: ${error.message}`, { cause: error });
    }
    return browser;
  }

  /** Opens a tab of its own, not by another one's script. */
  async newTab() {
    const handle = await this.#inTurn(async () => {
      // A new window is opened from the one in front, which may be gone.
      await this.#session.switchTo().window(this.#first);
      await this.#session.switchTo().newWindow(this.#kind.opens);
      this.#front = await this.#session.getWindowHandle();
      return this.#front;
    });
    const tab = new Tab((work) => this.#within(handle, work));
    this.#tabs.push(tab);
    return tab;
  }

  /** Files with what the open tabs show. */
  async pictures(name) {
    const files = [];
    for (const [index, tab] of this.#tabs.entries()) {
      files.push(await tab.picture(`${name} ${index + 1}`).catch(() => undefined));
    }
    return files.filter(Boolean);
  }

  /** Closes all tabs that are open. */
  async closeTabs() {
    for (const tab of this.#tabs.splice(0)) {
      await tab.close().catch((error) => {
        if (!this.stuck) throw error;
      });
    }
  }

  /** Kills the browser as a crash does, and starts it again with its profile. */
  async crash() {
    await this.#end();
    await this.#start();
  }

  /** Ends the browser, and starts it again with its profile. */
  async restart() {
    await this.#session.quit();
    await this.#end();
    await this.#start();
  }

  async stop() {
    if (this.#session && !this.stuck) {
      await whileRuns(this.#driver, this.#session.quit(), COMMAND).catch(() => {});
    }
    await this.#end();
    if (this.#wish.profile) {
      // The browser's own children may still write.
      rmSync(this.#wish.profile, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
    }
  }

  async #start() {
    const env = this.#kind.screen ? { DISPLAY: await this.#showScreen() } : {};
    const port = await freePort();
    this.#driver = new Program(this.#kind.driver, [`--port=${port}`], { env });
    const url = `http://127.0.0.1:${port}`;
    await whileRuns(this.#driver, answers(`${url}/status`), START);
    const wanted = this.#kind.capabilities(this.#wish);
    const session = WebDriver.createSession(
      new Executor(new HttpClient(url)),
      new Capabilities({ ...wanted, timeouts: TIMEOUTS }),
    );
    const capabilities = await whileRuns(this.#driver, session.getCapabilities(), START);
    this.version = `${capabilities.get("browserName")} ${capabilities.get("browserVersion")}`;
    this.#session = session;
    this.#process = this.#kind.pid && new Apart(capabilities.get(this.#kind.pid));
    this.#first = await session.getWindowHandle();
    this.#front = this.#first;
    this.#tabs = [];
  }

  /** A screen that nobody sees; its name. */
  async #showScreen() {
    let tell;
    const told = new Promise((resolve) => (tell = resolve));
    const args = ["-displayfd", "3", "-screen", "0", "1280x1024x24", "-nolisten", "tcp"];
    this.#screen = new Program("Xvfb", args, { hear: (text) => /\d+/.test(text) && tell(text.trim()) });
    return `:${await whileRuns(this.#screen, told, START)}`;
  }

  /** Ends what still runs at once. */
  async #end() {
    this.#session = undefined;
    this.#process?.kill();
    this.#process = undefined;
    for (const program of [this.#driver, this.#screen]) {
      program?.kill();
      await program?.ended;
    }
    this.#driver = undefined;
    this.#screen = undefined;
  }

  /** Works in the tab with this handle. */
  #within(handle, work) {
    return this.#inTurn(async () => {
      if (this.#front !== handle) {
        await this.#session.switchTo().window(handle);
        this.#front = handle;
      }
      return work(this.#session);
    });
  }

  /** A session has one tab in front: one command after the other. */
  #inTurn(work) {
    const turn = this.#last.then(async () => {
      if (this.stuck) {
        throw new Error(this.stuck);
      }
      try {
        return await whileRuns(this.#driver, work(), COMMAND);
      } catch (error) {
        // A driver whose browser does not answer takes no other command.
        if (error instanceof Silence) {
          this.stuck = `${this.#kind.name} is stuck: ${error.message}`;
        }
        throw error;
      }
    });
    this.#last = turn.then(() => {}, () => {});
    return turn;
  }
}

/** Waits until a driver says that it is ready. */
async function answers(url) {
  for (;;) {
    try {
      const { value } = await (await fetch(url, { signal: AbortSignal.timeout(2_000) })).json();
      if (value.ready) return;
    } catch {
      // It does not listen yet.
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
