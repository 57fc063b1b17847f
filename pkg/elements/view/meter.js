// A bar that shows which part is left. Its text stands beside it.
import { draw, make } from "./dom.js";

/** @param {bigint} part @param {bigint} whole */
export function meter(part, whole) {
  const width = whole === 0n ? 0 : Number((part * 100n) / whole);
  const bar = draw("rect", { height: 4, width });
  const svg = draw("svg", { viewBox: "0 0 100 4", preserveAspectRatio: "none" }, bar);
  return make("div", { className: "meter", "aria-hidden": "true" }, svg);
}
