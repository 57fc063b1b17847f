// What an account has of a wallet: which one filled it, so that what is left can go back there; and whether one brings
// its key back.

const nameOf = (account) => `microraiden-page:filled-by:${account.toLowerCase()}`;
const keyNameOf = (account) => `microraiden-page:wallet-key:${account.toLowerCase()}`;

/** Remembers that a wallet brings the account's key back. */
export function rememberWalletKey(account) {
  try {
    localStorage.setItem(keyNameOf(account), "yes");
  } catch {
    // without it a backup is asked for
  }
}

/** Whether a wallet does, as far as this browser knows. */
export function isWalletKey(account) {
  try {
    return localStorage.getItem(keyNameOf(account)) !== null;
  } catch {
    return false;
  }
}

/** Remembers the wallet's account that filled another one, or none. */
export function rememberOrigin(account, wallet) {
  try {
    if (wallet === undefined) {
      localStorage.removeItem(nameOf(account));
    } else {
      localStorage.setItem(nameOf(account), wallet);
    }
  } catch {
    // without it the address is typed
  }
}

/** The wallet's account that filled this one last, if this browser knows. */
export function originOf(account) {
  try {
    return localStorage.getItem(nameOf(account)) ?? undefined;
  } catch {
    return undefined;
  }
}
