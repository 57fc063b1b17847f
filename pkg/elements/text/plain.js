// Foreign text and long digits, made fit to be shown.

/** Foreign text: printable characters only, cut to a limit. */
export function plain(text, limit) {
  const printable = [...String(text ?? "")].filter((c) => !/[\p{C}\p{Zl}\p{Zp}]/u.test(c));
  return printable.length > limit
    ? `${printable.slice(0, limit - 1).join("")}…`
    : printable.join("");
}

/** The word joiner behind the dots: no line ends there. */
const DOTS = "…\u2060";

/** `0x1234…cdef`, for hashes and addresses in running text. */
export function shorten(hex, dots = DOTS) {
  const text = String(hex);
  return text.length > 14 ? `${text.slice(0, 6)}${dots}${text.slice(-4)}` : text;
}
