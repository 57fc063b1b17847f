// Amounts are bigint base units, formatted and parsed digit by digit, so they are exact.
import { PageError } from "./page-error.js";

/** The most that the contract can hold: 192 bits. */
const LARGEST = (1n << 192n) - 1n;

/** 1500n with 3 decimals is "1.5". */
export function formatUnits(amount, decimals) {
  const digits = String(amount).padStart(decimals + 1, "0");
  const whole = digits.slice(0, digits.length - decimals);
  const fraction = digits.slice(digits.length - decimals).replace(/0+$/, "");
  return fraction === "" ? whole : `${whole}.${fraction}`;
}

/** Arabic and Persian digits; the last half byte is the value of each. */
const OTHER_DIGITS = /[\u0660-\u0669\u06f0-\u06f9]/g;

/** "1.5" with 3 decimals is 1500n, and so are "1,5", "١٫٥" and "۱٫۵". Throws on any other format. */
export function parseUnits(text, decimals) {
  const digits = text.trim().replace(OTHER_DIGITS, (digit) => String(digit.charCodeAt(0) & 0xf));
  const match = /^(\d*)(?:[.,\u066b](\d*))?$/.exec(digits);
  const [whole, fraction] = [match?.[1] ?? "", (match?.[2] ?? "").replace(/0+$/, "")];
  if (!match || (match[1] === "" && !match[2])) {
    throw new PageError("amount-malformed", `not a decimal number: "${text}"`);
  }
  if (fraction.length > decimals) {
    throw new PageError("amount-too-fine", `more than ${decimals} decimals: "${text}"`, {
      decimals,
    });
  }
  const amount = BigInt(whole + fraction.padEnd(decimals, "0"));
  if (amount > LARGEST) {
    throw new PageError("amount-too-large", `above 192 bits: "${text}"`);
  }
  return amount;
}

export const ETHER = { symbol: "ETH", decimals: 18 };
