import type { Address, Hex, MicroRaiden, Watch } from "./index.js";

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

/** What `fund` needs; the page of a demonstration has the first three in its `paywall-config`. */
export interface Faucet {
    rpcUrl: string;
    /** An account of the node, which signs for it. */
    faucet: Address;
    token: Address;
    /** Who gets one ether and the tokens. */
    account: Address;
    /** In base units. */
    tokens: bigint;
    signal?: AbortSignal;
}

/**
 * Sends one ether and tokens from an account that a development node signs for, and waits for the receipts.
 *
 * ```js
 * import { fund } from "microraiden/demo";
 *
 * const terms = JSON.parse(document.getElementById("paywall-config")?.textContent ?? "");
 * await fund({ ...terms, account: key.address, tokens: 10n ** 19n });
 * ```
 */
export function fund(options: Faucet): Promise<void>;
