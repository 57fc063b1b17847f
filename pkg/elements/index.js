// Custom elements for pages that sell and pay: <microraiden-paywall>, <microraiden-balance>, <microraiden-history>.
import { MicroraidenBalance } from "./balance-element.js";
import { MicroraidenHistory } from "./history-element.js";
import { MicroraidenPaywall } from "./paywall-element.js";

const elements = {
  "microraiden-paywall": MicroraidenPaywall,
  "microraiden-balance": MicroraidenBalance,
  "microraiden-history": MicroraidenHistory,
};

for (const [name, element] of Object.entries(elements)) {
  // A second copy of the package in the same page leaves the first one's in place.
  if (globalThis.customElements?.get(name) === undefined) {
    globalThis.customElements?.define(name, element);
  }
}

export { MicroraidenBalance, MicroraidenHistory, MicroraidenPaywall };
export { useLibrary } from "./model/library.js";
export { addLanguage } from "./text/text.js";
