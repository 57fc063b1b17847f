//! The hand-written part of the TypeScript declarations.

use wasm_bindgen::prelude::wasm_bindgen;

#[wasm_bindgen(typescript_custom_section)]
const TYPES: &str = r#"
/** `0x` and 40 hex digits. */
export type Address = `0x${string}`;
/** `0x` and hex digits. */
export type Hex = `0x${string}`;
/** The contract's generation. */
export type Generation = "0.1" | "0.2";
/** Open: payments are possible. Closing: the challenge period. Settled: paid out and gone. */
export type ChannelState = "open" | "closing" | "settled";
/** Why a transaction is sent. */
export type Action =
  | "approve-reset" | "approve" | "open" | "top-up"
  | "close" | "cooperative-close" | "settle" | "mint";

/** What long work is waiting for. */
export type Progress =
  | { type: "waiting-for-wallet"; request: "accounts" | "signature" | "transaction"; action?: Action }
  | { type: "sent"; action: Action; hash: Hex }
  | { type: "confirming"; action: Action; hash: Hex; confirmations: number; required: number }
  | { type: "paying"; price: bigint; balance: bigint; receiver: Address; openBlock: number }
  | { type: "waiting-for-receiver"; attempt: number; attempts: number };

export interface Watch {
  /** Told what the work is waiting for. */
  onProgress?: (progress: Progress) => void;
  /** Gives up. A transaction that was sent already still takes effect. */
  signal?: AbortSignal;
}

export interface ConnectOptions extends Watch {
  wallet: LocalKey | InjectedWallet;
  /** The channel manager. */
  contract: Address;
  /** A node. A local key needs one; a wallet's own node is used where it is missing. */
  rpcUrl?: string;
  /** Fails with `wrong-network` on any other chain. */
  chainId?: number;
  /** How many blocks, its own included, confirm a transaction (1). */
  confirmations?: number;
}

/** Amounts are token base units. */
export interface TokenInfo { name: string; symbol: string; decimals: number; balance: bigint }
export interface OpenOptions extends Watch { receiver: Address; deposit: bigint }
export interface FindOptions extends Watch { receiver: Address }

export interface FetchOptions extends Watch {
  /** The most for one request. */
  maxPrice: bigint;
  /** Open a channel with this deposit where there is none. Missing: never. */
  deposit?: bigint;
  /** Add this much when the deposit is used up. Missing: never. */
  topUp?: bigint;
  /** Pay nobody else. */
  receiver?: Address;
}

/** Like the browser's `fetch`, but a 402 is paid. */
export type PayingFetch = (input: RequestInfo | URL, init?: RequestInit) => Promise<Response>;

/** A balance proof: the total owed and the sender's signature. */
export interface Proof { balance: bigint; signature: Hex }

export interface CloseOptions extends Watch {
  /** The URL of the receiver's REST interface; default: as its server named it. */
  gateway?: string;
  /** `false`: do not ask the receiver. */
  cooperative?: boolean;
}

export interface Closed {
  /** Paid out at once; otherwise the challenge period has begun. */
  cooperative: boolean;
  hash: Hex;
  balance: bigint;
  /** The last block of the challenge period. */
  settleBlock?: number;
}

/** What all methods throw or reject with. */
export interface MicroRaidenError extends Error {
  name: "MicroRaidenError";
  code: ErrorCode;
  details: Record<string, unknown>;
}

export type ErrorCode =
  | "invalid-argument"
  | "storage-unavailable" | "storage-full" | "corrupt-record"
  | "key-exists" | "key-lost" | "insecure-context"
  | "wrong-password" | "corrupt-backup" | "backup-unsupported"
  | "wallet-rejected" | "wallet-unauthorized" | "wallet-unsupported" | "wallet-disconnected"
  | "wallet-pending" | "wallet-error" | "no-account" | "wrong-signer" | "wrong-network"
  | "not-a-manager" | "rpc-unreachable" | "rpc-error" | "rpc-malformed"
  | "insufficient-tokens" | "insufficient-ether" | "rule-violated" | "settle-too-early"
  | "transaction-reverted" | "transaction-lost" | "aborted"
  | "no-channel" | "channel-not-open" | "channel-not-settled" | "insufficient-deposit"
  | "proof-pending" | "proof-mismatch"
  | "price-above-limit" | "wrong-contract" | "wrong-receiver"
  | "payment-refused" | "payment-unknown" | "server-unreachable" | "malformed-header";
"#;
