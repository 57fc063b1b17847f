// A QR code of an address, drawn as one path.
import { draw } from "./dom.js";

/** Modules of white around the code, which readers need. */
const MARGIN = 4;

/**
 * The code of a text; undefined where its script does not load.
 * @returns {Promise<SVGElement | undefined>}
 */
export async function qrCode(text, label) {
  // @ts-ignore The build puts it there.
  const library = await import("../../dist/qr-code.js").catch(() => undefined);
  if (!library) {
    return undefined;
  }
  const code = /** @type {any} */ (library).generate(text);
  let path = "";
  for (let y = 0; y < code.size; y += 1) {
    for (let x = 0; x < code.size; x += 1) {
      path += code.get(x, y) ? `M${x} ${y}h1v1h-1z` : "";
    }
  }
  const side = code.size + 2 * MARGIN;
  return draw(
    "svg",
    { viewBox: `${-MARGIN} ${-MARGIN} ${side} ${side}`, role: "img", "aria-label": label, class: "qr" },
    draw("path", { d: path }),
  );
}
