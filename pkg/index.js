// The package for pages and bundlers: its module lies beside this script.
import { setUp } from "./core.js";

setUp(() => {
  const { href } = new URL("./dist/microraiden_bg.wasm", import.meta.url);
  // Vite 7's optimizer moves the script into its own folder and leaves the module where it was.
  return href.replace("/.vite/deps/dist/", "/microraiden/dist/");
});

export {
  init as default,
  initSync,
  recoverBalanceProof,
  shareStorage,
  useStorage,
  Channel,
  InjectedWallet,
  LocalKey,
  MicroRaiden,
  MicroRaidenError,
  Wallets,
} from "./core.js";
