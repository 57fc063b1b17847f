// One tab: what a person does in it and sees in it, and scripts.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../../demo/root.mjs";

/** How long a tab may take to show what is waited for, in milliseconds. */
const PATIENCE = 45_000;
/** How often it is looked at: WebDriver has no events. */
const LOOK = 30;

export class Tab {
  #within;
  #open = true;

  /** `within(work)` runs `work(session)` with this tab in front. */
  constructor(within) {
    this.#within = within;
  }

  /** Loads a page. */
  open(url) {
    return this.#within((session) => session.get(url));
  }

  reload() {
    return this.#within((session) => session.navigate().refresh());
  }

  /** Closes the tab, whatever it is doing. */
  async close() {
    if (this.#open) {
      this.#open = false;
      await this.#within((session) => session.close());
    }
  }

  /**
   * Runs a function in the page; arguments and value are JSON. Its last parameter is `find(testId)`, which looks
   * into open shadow roots, too.
   */
  evaluate(work, ...values) {
    const source = `return (${work})(...arguments, ${find})`;
    return this.#within((session) => session.executeScript(source, ...values));
  }

  /** Waits until such a function gives something, and gives it. */
  async until(what, work, ...values) {
    const end = Date.now() + PATIENCE;
    for (;;) {
      const value = await this.evaluate(work, ...values);
      if (value) {
        return value;
      }
      if (Date.now() > end) {
        throw new Error(`After ${PATIENCE / 1000} s there is not: ${what}. ${await this.#seen()}`);
      }
      await new Promise((resolve) => setTimeout(resolve, LOOK));
    }
  }

  /** Waits for an element that is shown and can be used, and presses it. */
  async click(testId) {
    const button = await this.#usable(testId);
    await this.#within(() => button.click());
  }

  /** The same for a field, and writes into it. */
  async fill(testId, text) {
    const field = await this.#usable(testId);
    await this.#within(async () => {
      await field.clear();
      await field.sendKeys(text);
    });
  }

  /** `{ shown, text, data }` of an element, or null. */
  look(testId) {
    return this.evaluate((name, find) => {
      const element = find(name);
      const data = { ...element?.dataset };
      return element && { shown: element.checkVisibility(), text: element.textContent, data };
    }, testId);
  }

  /** Writes what the tab shows into a file, unless it was closed. */
  async picture(name) {
    if (!this.#open) {
      return undefined;
    }
    const folder = join(root, "target/browsers");
    mkdirSync(folder, { recursive: true });
    const file = join(folder, `${name.replaceAll(/\W+/g, "-")}.png`);
    writeFileSync(file, await this.#within((session) => session.takeScreenshot()), "base64");
    return file;
  }

  #usable(testId) {
    const usable = (name, find) => {
      const element = find(name);
      if (!element?.checkVisibility() || element.disabled) {
        return undefined;
      }
      // WebKit's driver does not do it for an element above the window.
      element.scrollIntoView({ block: "center" });
      return element;
    };
    return this.until(`"${testId}", to be used`, usable, testId);
  }

  /** What the tab shows, for whoever reads of a failure. */
  async #seen() {
    const told = await this.evaluate((find) => ({
      url: location.href,
      error: find("error")?.textContent,
      progress: find("progress")?.textContent,
    }));
    return `The tab shows ${JSON.stringify(told)}.`;
  }
}

/**
 * In the page: the element with this test id, also in open shadow roots.
 * @param {string} testId
 * @param {Document | ShadowRoot} place
 */
function find(testId, place = document) {
  const found = place.querySelector(`[data-testid="${testId}"]`);
  if (found) {
    return found;
  }
  for (const { shadowRoot } of place.querySelectorAll("*")) {
    const within = shadowRoot && find(testId, shadowRoot);
    if (within) {
      return within;
    }
  }
  return null;
}
