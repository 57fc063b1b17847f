import type { Hex, MicroRaiden, Watch } from "./index.js";

/**
 * Buys 50 demonstration tokens for 0.1 ether and returns the transaction's hash. Other tokens have no such
 * function, which fails with `rule-violated`.
 *
 * ```js
 * import { mint } from "microraiden/demo";
 *
 * const hash = await mint(client);
 * ```
 */
export function mint(client: MicroRaiden, options?: Watch): Promise<Hex>;
