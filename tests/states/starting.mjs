// Where scripts do not run, do not come, or can do nothing.

/** @typedef {import("./scene.mjs").Journey} Journey */

/** @type {Journey} */
export const noScripts = {
  title: "Without scripts",
  scripts: false,
  states: {
    "no scripts: a priced file": ({ page, stack }) => page.goto(`${stack.url}/doggo.jpg`),
    "no scripts: the list": ({ page, stack }) => page.goto(stack.url),
  },
};

/** Answers requests for these with an error, for the next page only. */
async function without(page, pattern, work) {
  await page.route(pattern, (route) => route.fulfill({ status: 404 }));
  await work();
  await page.unroute(pattern);
}

const startNote = (page) => page.locator("#not-started");

/** @type {Journey} */
export const missingScripts = {
  title: "Scripts that do not come",
  states: {
    "a script is missing": ({ page, stack }) =>
      without(page, "**/js/**/elements/index.js", async () => {
        await page.goto(`${stack.url}/doggo.jpg`);
        await startNote(page).waitFor();
      }),
    "no script came": ({ page, stack }) =>
      without(page, "**/js/**/main.js", async () => {
        await page.goto(`${stack.url}/doggo.jpg`);
        await page.evaluate(() => document.getAnimations().forEach((animation) => animation.finish()));
        await startNote(page).waitFor();
      }),
    "what pays did not load": ({ page, visitor, stack }) =>
      without(page, "**/*.wasm", async () => {
        await page.goto(`${stack.url}/doggo.jpg`);
        await visitor.by("error").waitFor();
      }),
    "asked for by a form": async ({ page, visitor, stack }) => {
      await page.goto(`${stack.url}/cm`);
      await page.evaluate(() => {
        const form = Object.assign(document.createElement("form"), { method: "post", action: "/doggo.jpg" });
        document.body.append(form);
        form.submit();
      });
      await visitor.by("error").waitFor();
    },
    "the server's description makes no sense": async ({ page, visitor, stack }) => {
      const url = `${stack.url}/doggo.jpg`;
      await page.route(url, async (route) => {
        const response = await route.fetch();
        const body = (await response.text()).replace(/"token":\s*"0x/, '"token":"0y');
        await route.fulfill({ response, body });
      });
      await page.goto(url);
      await visitor.by("error").waitFor();
    },
  },
};
