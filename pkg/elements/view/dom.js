// Small helpers around the document. Text goes in as text nodes only, never as markup.
import { withSymbol } from "../model/amount.js";

/**
 * The element with this id; index.html defines every id used here, and its element's type.
 * @returns {any}
 */
export function byId(id) {
  return document.getElementById(id);
}

/** @returns {any} */
export function byTestId(name) {
  return document.querySelector(`[data-testid="${name}"]`);
}

/** Builds an element; `props` are properties, `data-…` and `aria-…` keys are attributes. */
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

/** Changes the text only when it differs, so that live regions do not repeat themselves. */
export function setText(node, text) {
  if (node.textContent !== text) {
    node.textContent = text;
  }
}

/** Says something to those who do not see the page. */
export function announce(text) {
  setText(byId("announcement"), text);
}

/** Shows an amount and keeps its exact base units in `data-amount`. */
export function setAmount(node, amount, token) {
  setText(node, withSymbol(amount, token));
  node.dataset.amount = String(amount);
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

/** Foreign text: printable characters only, cut to a limit. */
export function plain(text, limit) {
  const printable = [...String(text ?? "")].filter((c) => !/[\p{C}\p{Zl}\p{Zp}]/u.test(c));
  return printable.length > limit
    ? `${printable.slice(0, limit - 1).join("")}…`
    : printable.join("");
}

/** `0x1234…cdef`, for hashes and addresses in running text. */
export function shorten(hex) {
  const text = String(hex);
  return text.length > 14 ? `${text.slice(0, 6)}…${text.slice(-4)}` : text;
}
