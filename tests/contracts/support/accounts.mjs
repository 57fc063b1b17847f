// The development accounts of anvil, with their keys.
import { toHex } from "viem";
import { mnemonicToAccount } from "viem/accounts";

const mnemonic = "test test test test test test test test test test test junk";

function account(addressIndex) {
  const { address, getHdKey } = mnemonicToAccount(mnemonic, { addressIndex });
  const privateKey = /** @type {Uint8Array} */ (getHdKey().privateKey);
  return { address, key: toHex(privateKey) };
}

/** Deploys everything and has the token supply. */
export const owner = account(0);
export const sender = account(1);
export const receiver = account(2);
/** Has tokens, but no part in the channel. */
export const stranger = account(3);
/** Another receiver. */
export const rival = account(4);
