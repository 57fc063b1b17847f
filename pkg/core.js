// The package without a place for its module: index.js, node.js and inline.js each know one.
import load, {
  initSync as instantiate,
  recoverBalanceProof as recover,
  shareStorage as share,
  useErrorClass,
  useStorage as use,
  Channel,
  InjectedWallet,
  LocalKey,
  MicroRaiden,
  Wallets,
} from "./dist/microraiden.js";
import { MicroRaidenError, checkSource, optionsOf, refused, withModule, withModuleNow } from "./module.js";
import { addValues, boundOnce } from "./values.js";

/** Returns where the module is, or what it is. */
let find;
/** Reads a file by its URL, where there are files. */
let read;

/** The module on its way, or there. */
let loading;
let loaded = false;

/** What each of the package's scripts does first. Bytes that are inside are preferred to a place. */
export function setUp(source, { reader, inside = false } = {}) {
  if (inside || !find) find = source;
  read ??= reader;
}

function wasmOf(options) {
  const { wasm } = optionsOf(options, ["wasm"]);
  if (wasm !== undefined) checkSource(wasm);
  return wasm;
}

function ready() {
  useErrorClass(MicroRaidenError);
  loaded = true;
}

export async function init(options) {
  const wasm = wasmOf(options);
  if (!loading) {
    let source = find;
    if (wasm !== undefined) {
      source = () => wasm;
      // A response can be read once only.
      if (!("then" in Object(wasm) || "bodyUsed" in Object(wasm))) find = source;
    }
    loading = withModule(source, read, (module) => load({ module_or_path: module })).then(ready, (error) => {
      // The next call tries again.
      loading = undefined;
      throw error;
    });
  }
  await loading;
}

export function initSync(options) {
  const wasm = wasmOf(options);
  if (loaded) return;
  // A second instance would not know the objects of the first.
  if (loading) throw new MicroRaidenError("the module is on its way: `await init()`", "not-loaded");
  withModuleNow(wasm, (module) => instantiate({ module }));
  ready();
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
    if (loaded) return call.apply(this, values);
    throw new MicroRaidenError("call `await init()` first: this function can't wait for the module", "not-loaded");
  };

MicroRaiden.connect = loadsFirst(MicroRaiden.connect);
// Of one name with the method of objects, which the module can't have.
MicroRaiden.begin = loadsFirst(MicroRaiden.__begin);
delete MicroRaiden.__begin;
Wallets.discover = loadsFirst(Wallets.discover);
LocalKey.load = loadsFirst(LocalKey.load);
LocalKey.forget = loadsFirst(LocalKey.forget);
LocalKey.fromBackup = loadsFirst(LocalKey.fromBackup);
LocalKey.create = needsModule(LocalKey.create);
LocalKey.fromHex = needsModule(LocalKey.fromHex);
InjectedWallet.from = needsModule(InjectedWallet.from);

/** Methods that return at once; all others return promises. */
const AT_ONCE = [
  "events",
  "getSnapshot",
  "on",
  "payingFetch",
  "signBalanceProof",
  "snapshot",
  "subscribe",
  "toHex",
  "toJSON",
];

/** Methods that may be passed on without their object. */
const BOUND = ["getSnapshot", "subscribe"];

/** A method or getter that fails by itself for an object that was freed, or is of another class. */
function guarded(type, name, call, atOnce) {
  return function (...values) {
    const own = this instanceof type;
    if (own && this.__wbg_ptr) return call.apply(this, values);
    if (own && name === "free") return undefined;
    const error = own
      ? new MicroRaidenError(`this ${type.name} was freed`, "freed", { class: type.name })
      : refused("this", `the ${type.name} whose ${name} is used`);
    if (atOnce) throw error;
    return Promise.reject(error);
  };
}

addValues();

/** What `microraiden/demo` exports: no method, since other tokens than the demonstration's can't do it. */
const buy = guarded(MicroRaiden, "mint", MicroRaiden.prototype.mint);
delete MicroRaiden.prototype.mint;
export async function mint(client, options) {
  if (client instanceof MicroRaiden) return buy.call(client, options);
  throw refused("client", "a MicroRaiden");
}

for (const [name, type] of Object.entries({ Channel, InjectedWallet, LocalKey, MicroRaiden, Wallets, MicroRaidenError })) {
  // Minifiers rename classes, and people see the names in their browser's tools.
  Object.defineProperty(type, "name", { value: name });
  if (type === MicroRaidenError) continue;
  const { prototype } = type;
  Object.defineProperty(prototype, Symbol.toStringTag, { value: name });
  for (const [key, property] of Object.entries(Object.getOwnPropertyDescriptors(prototype))) {
    if (key === "constructor" || key.startsWith("__")) continue;
    const { get, value } = property;
    const guard = guarded(type, key, get ?? value, get || AT_ONCE.includes(key));
    const bound = BOUND.includes(key) && { get: guarded(type, key, boundOnce(key, guard), true), configurable: true };
    Object.defineProperty(prototype, key, bound || { ...property, [get ? "get" : "value"]: guard });
  }
  if (Symbol.dispose) prototype[Symbol.dispose] = prototype.free;
}

// The name of before, until 0.2.
MicroRaiden.prototype.fetch = MicroRaiden.prototype.payingFetch;

export const useStorage = loadsFirst(use);
export const shareStorage = needsModule(share);
export const recoverBalanceProof = needsModule(recover);
export { Channel, InjectedWallet, LocalKey, MicroRaiden, MicroRaidenError, Wallets };
