// The package's errors as TypeScript sees them. What each code means for the money: docs/errors.md.

import type { Action, Address, ChannelState, Hex } from "./index.js";

/** An error of one code. */
export interface CodedError<Code extends ErrorCode> extends Error {
    name: "MicroRaidenError";
    /** Stable, for programs. The message is for people, and ends with the place of the code in docs/errors.md. */
    code: Code;
    details: ErrorDetails[Code];
    /** What it came from: an error of the browser, the wallet or the node. */
    cause?: unknown;
}

/**
 * What all methods throw or reject with, but for aborted calls: those reject with the reason of their signal,
 * whose `code` is `aborted` unless it has one. The code tells the type of `details`.
 *
 * ```js
 * try {
 *   await pay(url);
 * } catch (error) {
 *   if (!(error instanceof MicroRaidenError)) throw error;
 *   if (error.code === "price-above-limit") console.log(error.details.price - error.details.limit);
 * }
 * ```
 */
export type MicroRaidenError = { [Code in ErrorCode]: CodedError<Code> }[ErrorCode];
export const MicroRaidenError: {
    readonly prototype: MicroRaidenError;
    /** @hidden Errors are made by the package. */
    new (message: string, code: ErrorCode, details?: object, cause?: unknown): MicroRaidenError;
};

/** No details. */
export interface NoDetails {}

/** The `details` of errors by their codes. Amounts are token base units, unless they are said to be wei. */
export interface ErrorDetails {
    /** `argument`: the name of what is wrong, as in the documentation of the method. */
    "invalid-argument": { argument?: string };
    /** `class`: of the object that `free` was called of. */
    "freed": { class: string };
    /** Where the module was sought, the answer's status, up to 16 of its first bytes, and what to do. */
    "not-loaded": { url?: string; status?: number; firstBytes?: string; hint?: string };
    "aborted": NoDetails;
    "storage-unavailable": NoDetails;
    "storage-full": NoDetails;
    /** `key`: the name of the text in storage. */
    "corrupt-record": { key: string };
    "no-turns": NoDetails;
    "key-exists": NoDetails;
    "key-lost": { key: string };
    "insecure-context": NoDetails;
    "wrong-password": NoDetails;
    /** `reason`: what is wrong with a channel in it. */
    "corrupt-backup": { reason?: string };
    "backup-unsupported": NoDetails;
    /** `walletCode`: that of the wallet's own error. */
    "wallet-rejected": { walletCode?: number };
    "wallet-unauthorized": { walletCode?: number };
    "wallet-unsupported": { walletCode?: number };
    "wallet-disconnected": { walletCode?: number };
    "wallet-pending": { walletCode?: number };
    "wallet-error": { walletCode?: number };
    "wallet-cannot-sign": { account: Address; alternative: "local-key" };
    "wallet-signatures-differ": { account: Address; alternative: "local-key" };
    "no-account": { expected?: Address };
    "wrong-signer": { expected: Address };
    /** Chain ids. */
    "wrong-network": { expected: number; actual: number; method?: string };
    "not-a-manager": { contract: Address; chainId: number };
    /** `method`: the JSON-RPC method. `status`: of an answer by HTTP. */
    "rpc-unreachable": { method?: string; status?: number };
    /** What the node said. */
    "rpc-error": { rpcCode: number; rpcMessage: string; method?: string };
    "rpc-malformed": { method?: string; contract?: Address; function?: string };
    "channel-unseen": { hash: Hex; receiver: Address };
    /** `asked`: the deposit; `arrived`: what the contract got, or would have. */
    "fee-on-transfer": { asked: bigint; arrived: bigint; hash?: Hex };
    "insufficient-tokens": { balance: bigint; required: bigint };
    /** In wei. */
    "insufficient-ether": { balance: bigint; required?: bigint };
    /** For one unit of gas, in wei. */
    "fee-above-limit": { asked: bigint; limit: bigint };
    /** `limit`: of the deposit, for the rule `deposit-limit`. */
    "rule-violated": { rule: string; limit?: bigint };
    "settle-too-early": { settleBlock: number; currentBlock: number; rule: string };
    "transaction-reverted": { hash: Hex };
    "transaction-replaced": { action: Action };
    "transaction-dropped": { action: Action };
    "transaction-pending": { action: Action; hash?: Hex };
    "no-channel": { receiver?: Address; openBlock?: number };
    "channel-not-open": { state: ChannelState };
    "channel-not-settled": NoDetails;
    "insufficient-deposit": { deposit: bigint; required: bigint };
    /** `balance`: of the proof whose outcome is not known. */
    "proof-pending": { balance: bigint };
    "proof-mismatch": NoDetails;
    "close-refused": { reason: "pending-proof" | "unknown-balance" };
    "close-not-agreed": NoDetails;
    "price-above-limit": { price: bigint; limit: bigint };
    "wrong-contract": { asked: Address; expected?: Address };
    "wrong-receiver": { asked: Address; expected?: Address; origin?: string };
    /** Origins; `expected` lists those that may ask. */
    "wrong-origin": { receiver: Address; asked: string; expected: string | string[] };
    "payments-stopped": NoDetails;
    "page-hidden": NoDetails;
    "deposit-above-limit": { deposit: bigint; limit: bigint };
    "openings-exceeded": { origin: string; limit: number };
    "escrow-exceeded": { origin: string; limit: bigint; left: bigint };
    "budget-exceeded": { origin: string; budget: bigint; left: bigint };
    "rate-exceeded": { payments: number; seconds: number };
    "price-rise": { before: bigint; price: bigint };
    /** `total`: what the stream would cost with its next interval. */
    "stream-limit": { total: bigint; limit: bigint };
    "policy-unreadable": NoDetails;
    /** `price`: missing where the caller's question failed. */
    "payment-declined": { price?: bigint };
    /**
     * `acknowledged` and `shown`: balances, for the reason `below-acknowledged`; `claimed` and `counted`: sums, for
     * `charged-more`; `url`: for `redirected`.
     */
    "payment-refused": { reason?: string; acknowledged?: bigint; shown?: bigint; claimed?: bigint; counted?: bigint; url?: string };
    "payment-unknown": { balance: bigint };
    "payment-taken": { balance: bigint };
    /** `timeout`: in milliseconds. */
    "server-unreachable": { url?: string; timeout?: number };
    /** `header`: its name. */
    "malformed-header": { header: string };
}

export type ErrorCode =
| "invalid-argument" | "freed"
| "storage-unavailable" | "storage-full" | "corrupt-record" | "no-turns"
| "key-exists" | "key-lost" | "insecure-context"
| "wrong-password" | "corrupt-backup" | "backup-unsupported"
| "wallet-rejected" | "wallet-unauthorized" | "wallet-unsupported" | "wallet-disconnected"
| "wallet-pending" | "wallet-error" | "wallet-cannot-sign" | "wallet-signatures-differ" | "no-account" | "wrong-signer" | "wrong-network"
| "not-a-manager" | "rpc-unreachable" | "rpc-error" | "rpc-malformed"
| "channel-unseen" | "fee-on-transfer" | "insufficient-tokens" | "insufficient-ether" | "fee-above-limit" | "rule-violated"
| "settle-too-early"
| "transaction-reverted" | "transaction-replaced" | "transaction-dropped"
| "transaction-pending" | "aborted"
| "no-channel" | "channel-not-open" | "channel-not-settled" | "insufficient-deposit"
| "proof-pending" | "proof-mismatch" | "close-refused" | "close-not-agreed"
| "price-above-limit" | "wrong-contract" | "wrong-receiver" | "wrong-origin"
| "payments-stopped" | "page-hidden" | "deposit-above-limit" | "openings-exceeded" | "escrow-exceeded" | "budget-exceeded"
| "rate-exceeded" | "price-rise" | "stream-limit" | "policy-unreadable"
| "payment-declined" | "payment-refused" | "payment-unknown" | "payment-taken" | "server-unreachable"
| "malformed-header" | "not-loaded";
