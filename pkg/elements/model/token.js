// The token's symbol and decimals, which are claims of its contract.

/** The most digits of an amount. */
const MOST_DECIMALS = 58;
const SYMBOL_LENGTH = 12;

/**
 * `{ symbol, decimals }` fit to be shown, by the same rules as the server's: short, no white space, no
 * control or formatting characters. Undefined where amounts are better shown in base units.
 */
export function tokenLabel(symbol, decimals) {
  if (!Number.isInteger(decimals) || decimals < 0 || decimals > MOST_DECIMALS) {
    return undefined;
  }
  const shown = [...String(symbol ?? "")].filter((c) =>
    /[\p{Alphabetic}\p{N}!-~\u20a0-\u20cf]/u.test(c),
  );
  return { symbol: shown.slice(0, SYMBOL_LENGTH).join("") || "tokens", decimals };
}
