// Small helpers around elements. Text goes in as text nodes only, never as markup.

/** What elements extend; servers that render pages import them, too, and have no `HTMLElement`. */
export const Base = /** @type {typeof HTMLElement} */ (
  globalThis.HTMLElement ?? /** @type {any} */ (class {})
);

/**
 * Builds an element; `props` are properties, `data-…` and `aria-…` keys are attributes.
 * @returns {any}
 */
export function make(tag, props = {}, ...children) {
  const node = document.createElement(tag);
  for (const [key, value] of Object.entries(props)) {
    if (key.includes("-")) {
      node.setAttribute(key, value);
    } else {
      node[key] = value;
    }
  }
  node.append(...children);
  return node;
}

/** Builds an element of SVG, by its attributes. */
export function draw(tag, attributes = {}, ...children) {
  const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [key, value] of Object.entries(attributes)) {
    node.setAttribute(key, String(value));
  }
  node.append(...children);
  return node;
}

/** Changes the text only when it differs, so that live regions do not repeat themselves. */
export function setText(node, text) {
  if (node.textContent !== text) {
    node.textContent = text;
  }
}

/** Whether the element can take the focus now. */
export function isUsable(node) {
  return Boolean(node?.isConnected && !node.disabled && node.getClientRects().length > 0);
}

/** Focuses an element. Of one higher than the window browsers show the middle: its top is shown. */
export function focusTop(node) {
  if (node.getBoundingClientRect().height <= innerHeight) {
    node.focus();
  } else {
    node.focus({ preventScroll: true });
    node.scrollIntoView({ block: "start" });
  }
}
