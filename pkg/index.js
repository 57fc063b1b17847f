export {
  default,
  initSync,
  shareStorage,
  useStorage,
  Channel,
  InjectedWallet,
  LocalKey,
  MicroRaiden,
  Wallets,
} from "./dist/microraiden.js";
