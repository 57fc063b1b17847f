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

/** The module on its way, or there. */
let loading;
let loaded = false;

function notLoaded(message, options) {
  const error = new Error(message, options);
  return Object.assign(error, { name: "MicroRaidenError", code: "not-loaded", details: {} });
}

export default function init(source) {
  loading ??= load(source === undefined ? undefined : { module_or_path: source }).then(
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
  instantiate({ module });
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

export const useStorage = loadsFirst(use);
export const shareStorage = needsModule(share);
export const recoverBalanceProof = needsModule(recover);
export { Channel, InjectedWallet, LocalKey, MicroRaiden, Wallets };
