// The package: the generated glue, whose module is loaded when it is first needed.
import load, {
  initSync as instantiate,
  recoverBalanceProof as recover,
  shareStorage as share,
  useStorage as use,
  Channel,
  InjectedWallet,
  LocalKey,
  MicroRaiden,
  Wallets,
} from "./dist/microraiden.js";

/** The version of this script, and of the module that fits it. */
const VERSION = "0.1.0-alpha";

/** The module on its way, or there. */
let loading;
let loaded = false;

function notLoaded(message, options) {
  const error = new Error(message, options);
  return Object.assign(error, { name: "MicroRaidenError", code: "not-loaded", details: {} });
}

/** Whether a module is of this script's version: caches may hold an old one beside a new script. */
const fits = (module) => {
  const [version] = WebAssembly.Module.customSections(module, "microraiden-version");
  return Boolean(version) && new TextDecoder().decode(version) === VERSION;
};

async function compile(source) {
  const given = await source;
  if (given instanceof WebAssembly.Module) return given;
  if (typeof given?.arrayBuffer !== "function") return WebAssembly.compile(given);
  if (!given.ok) throw new Error(`the module was answered by status ${given.status}`);
  // Only this exact type, and only of the browser's own responses, is compiled as it arrives.
  const streams = given instanceof Response && given.headers.get("Content-Type") === "application/wasm";
  if (streams) return WebAssembly.compileStreaming(given);
  return WebAssembly.compile(await given.arrayBuffer());
}

async function fitting(source) {
  const place = source ?? new URL("./dist/microraiden_bg.wasm", import.meta.url);
  const fetched = typeof place === "string" || place instanceof URL || place instanceof Request;
  const module = await compile(fetched ? fetch(place) : place).catch((error) => {
    if (!(error instanceof WebAssembly.CompileError)) throw error;
    return error;
  });
  if (module instanceof WebAssembly.Module && fits(module)) return module;
  // Anew, past all caches, once.
  const fresh = fetched ? await compile(fetch(place, { cache: "reload" })) : module;
  if (fresh instanceof Error) throw fresh;
  if (!fits(fresh)) throw new Error("the module is of another version than its script");
  return fresh;
}

export default function init(source) {
  loading ??= fitting(source).then((module) => load({ module_or_path: module })).then(
    () => {
      loaded = true;
    },
    (cause) => {
      // The next call tries again.
      loading = undefined;
      throw notLoaded("the WebAssembly module can't be loaded; nothing was signed or sent", { cause });
    },
  );
  return loading;
}

export function initSync(module) {
  if (loaded) return;
  // A second instance would not know the objects of the first.
  if (loading) throw notLoaded("the module is on its way: await `init()`");
  const compiled = module instanceof WebAssembly.Module ? module : new WebAssembly.Module(module);
  if (!fits(compiled)) throw notLoaded("the module is of another version than its script");
  instantiate({ module: compiled });
  loaded = true;
  loading = Promise.resolve();
}

/** A function that returns a promise: it loads the module first. */
const loadsFirst = (call) =>
  async function (...values) {
    await init();
    return call.apply(this, values);
  };

/** A function that returns at once: the module must be there. */
const needsModule = (call) =>
  function (...values) {
    if (!loaded) throw notLoaded("call `await init()` first: this function can't wait for the module");
    return call.apply(this, values);
  };

MicroRaiden.connect = loadsFirst(MicroRaiden.connect);
Wallets.discover = loadsFirst(Wallets.discover);
LocalKey.load = loadsFirst(LocalKey.load);
LocalKey.forget = loadsFirst(LocalKey.forget);
LocalKey.fromBackup = loadsFirst(LocalKey.fromBackup);
LocalKey.create = needsModule(LocalKey.create);
LocalKey.fromHex = needsModule(LocalKey.fromHex);
InjectedWallet.from = needsModule(InjectedWallet.from);

// The name of before, until 0.2.
MicroRaiden.prototype.fetch = MicroRaiden.prototype.payingFetch;

export const useStorage = loadsFirst(use);
export const shareStorage = needsModule(share);
export const recoverBalanceProof = needsModule(recover);
export { Channel, InjectedWallet, LocalKey, MicroRaiden, Wallets };
