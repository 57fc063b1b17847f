// The browsers that are driven, each by the WebDriver that is made for it.
import { readdirSync, existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { chromiumOptions } from "../../demo/chromium.mjs";

/**
 * @typedef {object} Kind
 * @property {string} name as `BROWSERS` and the table say it.
 * @property {string} driver the program that speaks WebDriver.
 * @property {boolean} [screen] whether it needs a screen: it has no headless mode.
 * @property {"tab" | "window"} opens what each journey's pages are opened in.
 * @property {string} [pid] the capability that tells the process of a browser that outlives its driver.
 * @property {(wish: Wish) => Record<string, any>} capabilities
 *
 * @typedef {object} Wish
 * @property {string} [profile] a folder that outlives the browser.
 * @property {boolean} [blocked] the user has forbidden sites to store anything.
 */

/** @type {Kind[]} */
export const kinds = [
  {
    name: "Chromium",
    driver: process.env.CHROMEDRIVER || "chromedriver",
    opens: "tab",
    pid: "goog:processID",
    capabilities: ({ profile, blocked }) => {
      const { executablePath, args } = chromiumOptions();
      const own = ["--headless=new", ...(profile ? [`--user-data-dir=${profile}`] : [])];
      const prefs = blocked ? { "profile.default_content_setting_values.cookies": 2 } : {};
      return { "goog:chromeOptions": { binary: executablePath, args: [...args, ...own], prefs } };
    },
  },
  {
    name: "Firefox",
    driver: process.env.GECKODRIVER || "geckodriver",
    opens: "tab",
    pid: "moz:processID",
    capabilities: ({ profile, blocked }) => {
      const binary = program("firefox-esr") ?? program("firefox");
      const args = ["-headless", ...(profile ? ["-profile", profile] : [])];
      const prefs = blocked ? { "network.cookie.cookieBehavior": 2 } : {};
      return { "moz:firefoxOptions": { binary, args, prefs } };
    },
  },
  {
    name: "WebKit",
    driver: "WebKitWebDriver",
    screen: true,
    // It never answers a request for a picture of a tab that is not in front.
    opens: "window",
    capabilities: () => ({
      "webkitgtk:browserOptions": { binary: miniBrowser(), args: ["--automation"] },
    }),
  },
];

/** Those that the variable `BROWSERS` names, or all. */
export function chosenKinds(names = process.env.BROWSERS) {
  if (!names) {
    return kinds;
  }
  return names.split(",").map((name) => {
    const kind = kinds.find((one) => one.name.toLowerCase() === name.trim().toLowerCase());
    if (!kind) {
      throw new Error(`BROWSERS names ${name}; there are ${kinds.map((one) => one.name).join(", ")}.`);
    }
    return kind;
  });
}

/** Where a program is on PATH. */
function program(name) {
  const folders = (process.env.PATH ?? "").split(delimiter);
  return folders.map((folder) => join(folder, name)).find((file) => existsSync(file));
}

/** WebKitGTK's own browser, which Debian keeps in a folder for each architecture and version. */
function miniBrowser() {
  const libraries = "/usr/lib";
  for (const architecture of readdirSync(libraries)) {
    for (const version of ["6.0", "4.1", "4.0"]) {
      const folder = version === "6.0" ? "webkitgtk" : "webkit2gtk";
      const file = join(libraries, architecture, `${folder}-${version}`, "MiniBrowser");
      if (existsSync(file)) {
        return file;
      }
    }
  }
  throw new Error("WebKitGTK's MiniBrowser is missing; run: cargo xtask test browsers");
}
