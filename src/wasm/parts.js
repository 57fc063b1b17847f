// Loads the later parts of the library. Bundled into the glue, beside which the files lie.

/**
 * Parts of another build would work on this one's memory as if it were theirs, so the browser checks
 * each file. The bundler knows the hashes.
 */
const files = {
  paying: [new URL("./paying.wasm", import.meta.url), INTEGRITY.paying],
  hand: [new URL("./hand.wasm", import.meta.url), INTEGRITY.hand],
  keys: [new URL("./keys.wasm", import.meta.url), INTEGRITY.keys],
  wallet: [new URL("./wallet.wasm", import.meta.url), INTEGRITY.wallet],
  policy: [new URL("./policy.wasm", import.meta.url), INTEGRITY.policy],
  port: [new URL("./port.wasm", import.meta.url), INTEGRITY.port],
  managing: [new URL("./managing.wasm", import.meta.url), INTEGRITY.managing],
};

/** What a part needs beside itself: each of them the paying one. */
const needs = (name) => {
  if (name === "paying") return [];
  return name === "managing" ? ["hand", "keys", "wallet", "policy"] : ["paying"];
};

/** What is there or on its way, by name. */
const parts = new Map();

async function link(name, imports) {
  const [url, integrity] = files[name];
  const response = await fetch(url, { integrity });
  if (!response.ok) throw new Error(`${url}: HTTP status ${response.status}`);
  // Streaming needs the right type, which some servers don't know.
  const type = response.headers.get("Content-Type") ?? "";
  if (type.startsWith("application/wasm")) {
    await WebAssembly.instantiateStreaming(response, imports);
  } else {
    await WebAssembly.instantiate(await response.arrayBuffer(), imports);
  }
}

/**
 * Adds a part to the running module, whose memory and table it shares, and what it needs. They call
 * each other through the table, so they may come in any order.
 */
export function load(name, exports) {
  if (!parts.has(name)) {
    const others = needs(name).map((other) => load(other, exports));
    const part = Promise.all([link(name, { start: exports }), ...others]);
    parts.set(name, part);
    // What failed is tried again by the next call.
    part.catch(() => parts.delete(name));
  }
  return parts.get(name);
}
