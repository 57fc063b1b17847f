export {
  default,
  initSync,
  recoverBalanceProof,
  shareStorage,
  useStorage,
  Channel,
  InjectedWallet,
  LocalKey,
  MicroRaiden,
  Wallets,
} from "./dist/microraiden.js";
