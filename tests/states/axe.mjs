// What axe finds wrong with a page: WCAG 2.2 up to AA, and best practice.
import axe from "axe-core";

const TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

/**
 * A line for each element with a fault, as in "color-contrast (serious): #pay: …". What was bought is not the page's:
 * frames are not looked into.
 * @param {import("@playwright/test").Page} page
 * @returns {Promise<string[]>}
 */
export async function axeFaults(page) {
  // As text, which the page's own policy does not forbid.
  await page.evaluate(`globalThis.axe ?? (() => { ${axe.source} })()`);
  const violations = await page.evaluate(async (values) => {
    const options = /** @type {any} */ ({ runOnly: { type: "tag", values }, iframes: false, resultTypes: ["violations"] });
    return (await globalThis.axe.run(document, options)).violations;
  }, TAGS);
  return violations.flatMap(({ id, impact, nodes }) => nodes.map((node) => `${id} (${impact}): ${place(node)}: ${why(node)}`));
}

/** Where it is; in shadow roots from the outside to the inside. */
function place({ target }) {
  return target.flat().join(" ");
}

function why({ failureSummary }) {
  const [, ...reasons] = failureSummary.split("\n").map((line) => line.trim()).filter(Boolean);
  return reasons[0] ?? "";
}
