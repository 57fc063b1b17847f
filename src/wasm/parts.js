// Loads the later parts of the library. Bundled into the glue, beside which the files lie.

/**
 * Parts of another build would work on this one's memory as if it were theirs, so the browser checks
 * each file. The bundler knows the hashes.
 */
const files = {
  shared: [new URL("./shared.wasm", import.meta.url), INTEGRITY.shared],
  paying: [new URL("./paying.wasm", import.meta.url), INTEGRITY.paying],
  managing: [new URL("./managing.wasm", import.meta.url), INTEGRITY.managing],
};

/** What is there or on its way, by name. */
const parts = new Map();

async function fetchPart(name) {
  const [url, integrity] = files[name];
  const response = await fetch(url, { integrity });
  if (!response.ok) throw new Error(`${url}: HTTP status ${response.status}`);
  return response;
}

async function link(response, imports) {
  // Streaming needs the right type, which some servers don't know.
  const type = response.headers.get("Content-Type") ?? "";
  if (type.startsWith("application/wasm")) {
    await WebAssembly.instantiateStreaming(response, imports);
  } else {
    await WebAssembly.instantiate(await response.arrayBuffer(), imports);
  }
}

function once(name, work) {
  if (!parts.has(name)) {
    const part = work();
    parts.set(name, part);
    // What failed is tried again by the next call.
    part.catch(() => parts.delete(name));
  }
  return parts.get(name);
}

/**
 * Adds a part to the running module, whose memory and table it shares, and first what the parts have
 * in common.
 */
export function load(name, exports) {
  const imports = { __wasm_split: exports };
  return once(name, async () => {
    const response = fetchPart(name);
    response.catch(() => {});
    await once("shared", async () => link(await fetchPart("shared"), imports));
    await link(await response, imports);
  });
}
