// Finds and compiles the WebAssembly module, and says why where that fails.

/** The version of this script, and of the module that fits it. */
const VERSION = "0.1.0-alpha";

/** How a module begins. */
const MAGIC = "\\x00asm";

const INSTEAD =
  "import `microraiden/inline`, which needs no file, or call `init({ wasm })` first with the URL of microraiden_bg.wasm";

/** What all methods throw or reject with, but for the reason of a signal. */
export class MicroRaidenError extends Error {
  constructor(message, code, details = {}, cause) {
    super(`${message} (docs/errors.md#${code})`, cause === undefined ? undefined : { cause });
    Object.assign(this, { name: "MicroRaidenError", code, details });
  }
}

export const refused = (argument, expected) =>
  new MicroRaidenError(`${argument} must be ${expected}`, "invalid-argument", { argument });

/** As in `[object URL]`: also right for the objects of another frame, or of a test's browser. */
export const tag = (value) => Object.prototype.toString.call(value).slice(8, -1);

/** Options that are all known; others are refused by name. */
export function optionsOf(options = {}, known) {
  if (tag(options) !== "Object") throw refused("options", `an object: \`{ ${known} }\``);
  const other = Object.keys(options).find((name) => !known.includes(name));
  if (other !== undefined) throw refused(other, `left out: options may have \`${known}\``);
  return options;
}

const isModule = (value) => tag(value) === "WebAssembly.Module";
const isPlace = (value) => ["String", "URL", "Request"].includes(tag(value));
const isBytes = (value) => ArrayBuffer.isView(value) || tag(value).endsWith("ArrayBuffer");
const isResponse = (value) => typeof value?.arrayBuffer === "function";

const SOURCE = "a URL, a Response, bytes or a WebAssembly.Module";

/** Refuses what can't be a module, nor become one. */
export function checkSource(value) {
  const known = [isPlace, isResponse, isBytes, isModule].some((is) => is(value)) || typeof value?.then === "function";
  if (!known) throw refused("wasm", SOURCE);
}

/** The first bytes, as text. */
function shown(given) {
  const bytes = new Uint8Array(given.buffer ?? given, given.byteOffset ?? 0, Math.min(16, given.byteLength));
  const escaped = (byte) => `\\x${byte.toString(16).padStart(2, "0")}`;
  const printed = (byte) => byte > 31 && byte < 127 && byte !== 92;
  return Array.from(bytes, (byte) => (printed(byte) ? String.fromCharCode(byte) : escaped(byte))).join("");
}

/** The module of a place, a response, bytes or a module. Notes in `about` what errors name. */
async function compile(source, read, about, again) {
  let given = await source;
  let fault;
  if (isPlace(given)) {
    // The data of a `data:` URL is long.
    about.url = String(given.url ?? given).slice(0, 200);
    const file = read && about.url.startsWith("file:");
    given = await (file ? read(about.url) : fetch(given, again && { cache: "reload" }));
  }
  if (isResponse(given)) {
    const { url, status, ok = true, headers } = given;
    Object.assign(about, { url: url || about.url, status });
    // Only this exact type, and only of the browser's own responses, is compiled as it arrives. The second time
    // the bytes are wanted, for the error.
    const streams = ok && !again && tag(given) === "Response" && headers.get("Content-Type") === "application/wasm";
    if (streams) return WebAssembly.compileStreaming(given);
    if (!ok) fault = new Error(`it was answered by status ${status}`);
    given = await given.arrayBuffer();
  }
  if (isModule(given)) return given;
  if (!isBytes(given)) throw refused("wasm", SOURCE);
  about.firstBytes = shown(given);
  if (fault) throw fault;
  return WebAssembly.compile(given);
}

/** Fails for a module of another version than this script: caches may hold an old one beside a new script. */
function check(module) {
  const [section] = WebAssembly.Module.customSections(module, "microraiden-version");
  const version = section ? new TextDecoder().decode(section) : "none";
  if (version === VERSION) return module;
  throw Object.assign(new Error(`the module has version ${version}, and its script ${VERSION}`), {
    hint: "a cache or a service worker holds the module of another release: serve the files of one release together",
  });
}

/** What to do about a known mistake. */
function hint({ url, status, firstBytes }, cause) {
  if (cause?.hint) return cause.hint;
  if (typeof WebAssembly !== "object") return "there is no WebAssembly here; is the browser in Lockdown Mode?";
  if (/content.security.policy|unsafe-eval|\bCSP\b/i.test(cause?.message)) {
    return "the page's Content-Security-Policy has to allow 'wasm-unsafe-eval' in script-src";
  }
  if (/^(\\x..| )*</.test(firstBytes)) {
    return (
      "this is HTML, with which servers answer for a file that is not there: a bundler moved the script without its " +
      `module. With Vite set optimizeDeps: { exclude: ["microraiden"] }; elsewhere ${INSTEAD}`
    );
  }
  if (status >= 400 || url?.startsWith("file:") || (firstBytes !== undefined && status !== 0 && !firstBytes.startsWith(MAGIC))) {
    return `the module is not there: ${INSTEAD}`;
  }
  if (url && !firstBytes) {
    return "is the browser offline, or the server's CORS or the page's Content-Security-Policy (connect-src) against it?";
  }
  return url || firstBytes ? "browsers before Chrome 91, Firefox 89 and Safari 16.4 lack what it needs (SIMD)" : INSTEAD;
}

function notLoaded(about, cause) {
  const { url, status, firstBytes } = about;
  const known = [
    status !== undefined && `status ${status}`,
    firstBytes !== undefined && `first bytes "${firstBytes}"`,
  ].filter(Boolean);
  const found = url ? ` from ${url}` : "";
  const seen = known.length > 0 ? ` (${known.join(", ")})` : "";
  const advice = hint(about, cause);
  const message = `the WebAssembly module can't be loaded${found}${seen}, so nothing was signed or sent: ${advice}`;
  return new MicroRaidenError(message, "not-loaded", { ...about, hint: advice }, cause);
}

/**
 * Hands the module of `source()` to `start`. A module of a place that does not compile or fit is asked for anew,
 * past all caches, once.
 */
export async function withModule(source, read, start) {
  const about = {};
  try {
    const given = source();
    const first = await compile(given, read, about)
      .then(check)
      .catch((error) => {
        const old = error.hint || error instanceof WebAssembly.CompileError;
        if (old && isPlace(given)) return undefined;
        throw error;
      });
    return await start(first ?? check(await compile(given, read, about, true)));
  } catch (cause) {
    throw cause instanceof MicroRaidenError ? cause : notLoaded(about, cause);
  }
}

/** The same at once, of bytes or a module. */
export function withModuleNow(given, start) {
  const about = {};
  if (!isModule(given) && !isBytes(given)) throw refused("wasm", "bytes or a WebAssembly.Module");
  try {
    if (!isModule(given)) about.firstBytes = shown(given);
    return start(check(isModule(given) ? given : new WebAssembly.Module(given)));
  } catch (cause) {
    throw notLoaded(about, cause);
  }
}
