// The package with the module's bytes inside, for bundlers that carry no other files.
import { setUp } from "./core.js";
import text from "./dist/bytes.js";

setUp(() => Uint8Array.from(atob(text), (character) => character.charCodeAt(0)), { inside: true });

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
