// What does not fit on a page as it is looked at, as told by its layout.

/**
 * A line for each fault: the page is wider than its window, text is cut, or a short address goes on in another line.
 * @param {import("@playwright/test").Page} page
 * @returns {Promise<string[]>}
 */
export function layoutFaults(page) {
  return page.evaluate(() => {
    /** Rounding may cost as much, in pixels. */
    const slack = 1;
    const faults = [];
    const named = (element) => {
      const { id, className, localName, dataset } = element;
      return localName + (id ? `#${id}` : dataset?.testid ? `[${dataset.testid}]` : className ? `.${className}` : "");
    };
    const { clientWidth } = document.documentElement;
    const root = document.scrollingElement ?? document.documentElement;
    if (root.scrollWidth > clientWidth + slack) {
      faults.push(`the page is wider than its window`);
    }
    const look = (/** @type {Element} */ element) => {
      if (!element.checkVisibility({ visibilityProperty: true }) || element.matches(".visually-hidden")) return;
      const box = element.getBoundingClientRect();
      const { overflowX } = getComputedStyle(element);
      if (box.width > 0 && (box.left < -slack || box.right > clientWidth + slack)) {
        faults.push(`${named(element)} reaches beyond the window`);
      }
      const tooLong = element.scrollWidth > element.clientWidth + slack;
      if (tooLong && ["hidden", "clip"].includes(overflowX) && !element.matches("input, svg")) {
        faults.push(`${named(element)} is cut`);
      }
      if (element.matches("textarea") && element.scrollHeight > element.clientHeight + slack) {
        faults.push(`${named(element)} is too low for its value`);
      }
      // Their insides are not this page's, or are scrolled by design.
      if (element.matches("iframe, video, audio, svg")) return;
      for (const node of [...(element.shadowRoot?.childNodes ?? []), ...element.childNodes]) {
        if (node instanceof Element) look(node);
        else if (node instanceof Text) read(node);
      }
    };
    const read = (/** @type {globalThis.Text} */ node) => {
      for (const { 0: short, index } of node.data.matchAll(/0x[0-9a-f]{4}…\u2060?[0-9a-f]{4}/gi)) {
        const range = document.createRange();
        range.setStart(node, index);
        range.setEnd(node, index + short.length);
        const lines = new Set([...range.getClientRects()].map(({ bottom }) => Math.round(bottom)));
        if (lines.size > 1) faults.push(`${named(node.parentElement)} breaks a short address`);
      }
    };
    look(document.body);
    return faults;
  });
}
