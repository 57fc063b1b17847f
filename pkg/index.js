export { default, initSync, Channel, InjectedWallet, LocalKey, MicroRaiden, Wallets } from "./dist/microraiden.js";
