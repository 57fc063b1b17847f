// Which wallet filled an account, so that what is left can go back there.

const nameOf = (account) => `microraiden-page:filled-by:${account.toLowerCase()}`;

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
