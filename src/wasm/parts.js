// Loads the later parts of the library. Bundled into the glue, beside which the files lie.

/**
 * Parts of another build would work on this one's memory as if it were theirs, so the browser checks
 * each file. The bundler knows the hashes.
 */
const files = {
  paying: [new URL("./paying.wasm", import.meta.url), INTEGRITY.paying],
  keys: [new URL("./keys.wasm", import.meta.url), INTEGRITY.keys],
  wallet: [new URL("./wallet.wasm", import.meta.url), INTEGRITY.wallet],
  managing: [new URL("./managing.wasm", import.meta.url), INTEGRITY.managing],
};

/** What a part needs beside itself. */
const needs = { paying: [], keys: ["paying"], wallet: ["paying"], managing: ["keys", "wallet"] };

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
    const others = needs[name].map((other) => load(other, exports));
    const part = Promise.all([link(name, { start: exports }), ...others]);
    parts.set(name, part);
    // What failed is tried again by the next call.
    part.catch(() => parts.delete(name));
  }
  return parts.get(name);
}
