// Ranges of a file are one payment. A receiver of the credit extension serves them for the same payment number, which is
// the core's work. Another one would be paid for each: there the file is paid for and read once, as a whole, and kept for
// as long as the extension's receivers usually remember.

const CACHE = "microraiden-files";
/** In milliseconds. */
const KEPT_FOR = 600_000;
const KEPT_AT = "X-Kept-At";

const isFresh = (file) => Date.now() - Number(file?.headers.get(KEPT_AT)) < KEPT_FOR;

/** The first and last byte that a header asks for; missing: none that can be told, so the whole is right, too. */
function bytesOf(range, size) {
  const [, first, last] = /^bytes=(\d*)-(\d*)$/.exec(range) ?? [];
  if (first) return [Number(first), last ? Math.min(Number(last), size - 1) : size - 1];
  return last ? [Math.max(size - Number(last), 0), size - 1] : undefined;
}

/** The part of a whole file that a header asks for. */
async function part(file, range) {
  const type = file.headers.get("Content-Type") ?? "";
  const blob = await file.blob();
  const headers = { "Content-Type": type, "Accept-Ranges": "bytes" };
  const bytes = bytesOf(range, blob.size);
  if (!bytes) return new Response(blob, { headers });
  const [first, last] = bytes;
  if (first > last) return new Response(null, { status: 416, headers: { "Content-Range": `bytes */${blob.size}` } });
  const place = { "Content-Range": `bytes ${first}-${last}/${blob.size}`, "Content-Length": String(last - first + 1) };
  return new Response(blob.slice(first, last + 1, type), { status: 206, headers: { ...headers, ...place } });
}

/** The same, or the whole of it, in the mode in which its answer is shown, and as the core asks. */
function shown({ url, headers: own, mode, credentials: asked }, { whole }) {
  const headers = new Headers(own);
  if (whole) for (const name of ["Range", "If-Range"]) headers.delete(name);
  const credentials = mode === "no-cors" && asked === "include" ? "same-origin" : asked;
  return new Request(url, { headers, credentials, cache: "no-store" });
}

export class KeptFiles {
  #most;
  /** By origin: whether its server serves other ranges for one payment. */
  #once = new Map();
  /** Files that are being read. */
  #reading = new Map();
  /** Files that are too large to be kept: each of their ranges is paid for. */
  #large = new Set();

  /** @param {number} most bytes of a file */
  constructor(most) {
    this.#most = most;
  }

  /** Pays for a request, unless what it asks for is kept. */
  async answer(request, pay) {
    const range = request.headers.get("Range");
    if (!range) return pay(request);
    const { url } = request;
    const file = await this.#kept(url);
    if (file) return part(file, range);
    const { origin } = new URL(url);
    if (!this.#once.has(origin)) {
      // What it speaks is told with the price.
      const asked = await fetch(shown(request, { whole: false }));
      if (asked.status !== 402) return asked;
      this.#once.set(origin, asked.headers.has("RDN-Credit"));
      await asked.body?.cancel();
    }
    if (this.#once.get(origin) || this.#large.has(url)) {
      const response = await pay(request);
      if (response.ok) this.#once.set(origin, response.headers.has("RDN-Credit"));
      return response;
    }
    if (!this.#reading.has(url)) {
      const reading = this.#read(request, pay).finally(() => this.#reading.delete(url));
      this.#reading.set(url, reading);
      const { whole, response } = await reading;
      return response ?? part(whole.clone(), range);
    }
    const { whole } = await this.#reading.get(url);
    return whole ? part(whole.clone(), range) : pay(request);
  }

  /** Pays for a whole file; gives what can be kept, or the answer as it is. */
  async #read(request, pay) {
    const { url } = request;
    const response = await pay(shown(request, { whole: true }));
    const size = Number(response.headers.get("Content-Length") ?? Infinity);
    if (response.status !== 200 || size > this.#most) {
      if (response.status === 200) this.#large.add(url);
      return { response };
    }
    const kept = { "Content-Type": response.headers.get("Content-Type") ?? "", [KEPT_AT]: String(Date.now()) };
    const whole = new Response(await response.blob(), { headers: kept });
    // Where there is no room, it is only for those who wait for it.
    await this.#keep(url, whole.clone()).catch(() => {});
    return { whole };
  }

  async #kept(url) {
    if (!(await caches.has(CACHE))) return undefined;
    const file = await (await caches.open(CACHE)).match(url);
    return file && isFresh(file) ? file : undefined;
  }

  async #keep(url, file) {
    const cache = await caches.open(CACHE);
    for (const other of await cache.keys()) {
      if (!isFresh(await cache.match(other))) await cache.delete(other);
    }
    await cache.put(url, file);
  }
}
