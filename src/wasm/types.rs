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
/**
 * Open: payments are possible. Closing: the challenge period. Settled: paid out and gone.
 * Removed: a reorganisation of the chain took the opening back.
 */
export type ChannelState = "open" | "closing" | "settled" | "removed";
/** Why a transaction is sent. */
export type Action =
  | "approve-reset" | "approve" | "open" | "top-up"
  | "close" | "cooperative-close" | "settle" | "mint" | "transfer-tokens" | "transfer-ether";

/** What long work is waiting for. */
export type Progress =
  | { type: "waiting-for-wallet"; request: "accounts" | "signature" | "transaction"; action?: Action }
  | { type: "sent"; action: Action; hash: Hex }
  | { type: "confirming"; action: Action; hash?: Hex; confirmations: number; required: number }
  | { type: "paying"; price: bigint; balance: bigint; receiver: Address; openBlock: number }
  | { type: "waiting-for-receiver"; reason: "confirmations" | "channel" | "top-up"; attempt: number; attempts: number }
  | { type: "resending"; attempt: number }
  | { type: "scanning"; block: number; from: number; to: number }
  | { type: "set-aside"; key: string };

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
  /**
   * The most that a local key offers for a unit of gas, in wei (500 gwei); and never more than ten
   * times what was paid in recent blocks, where the node tells. Above it, opening and all else that
   * takes a transaction fails with `fee-above-limit`. A wallet sets the fee itself.
   */
  maxFeePerGas?: bigint;
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
  /**
   * Pay nobody else. A server that was paid for one receiver before is paid for another one only if it is
   * named here, or in the policy's `receivers` (`wrong-receiver`).
   */
  receiver?: Address;
  /**
   * Origins that you vouch for, as in `["https://cdn.example.org"]`: each may name a receiver that
   * another origin was paid for before. Without it only the origin that was the first to be paid for
   * a receiver is (`wrong-origin`). The origin is that of the resource, not of the page.
   */
  origins?: string[];
  /**
   * For how many milliseconds a price that was paid goes with the next request without asking
   * (a day); 0: always ask first.
   */
  priceAge?: number;
  /**
   * For how many milliseconds the server may let a call wait for answers to requests with a payment,
   * all of them together, up to their headers (30000, at least 1). Then the call fails with
   * `payment-unknown`, the payment goes again with the next request, and other calls have their turn.
   * A slow body is not cut off.
   */
  timeout?: number;
}

export interface RecoverOptions extends Watch {
  /** Where the search begins; default: the contract's first block. */
  fromBlock?: number;
}

/** What an earlier page left unfinished. */
export type OpenEnd = { receiver: Address; openBlock?: number } & (
  /** A proof whose outcome is not known: it goes again with the next request. */
  | { kind: "payment"; balance: bigint; state: "waiting" }
  | { kind: "transaction"; action: Action; hash?: Hex; state: "waiting" | "done" }
  | { kind: "transaction"; action: Action; hash?: Hex; state: "failed"; error: MicroRaidenError }
  /** `due`: `settle` pays out now. */
  | { kind: "closing"; settleBlock: number; blocksLeft: number; state: "waiting" | "due" | "done" }
  /** What was paid in a channel found on the chain is not known yet. */
  | { kind: "balance"; state: "waiting" }
);

/** A person's rules. A rule that is missing does not limit, but for `maxOpenings`. Amounts are token base units. */
export interface Policy {
  /** Nothing is signed. */
  stopped?: boolean;
  /** The only receivers that may be paid. */
  receivers?: Address[];
  /** The only channel managers that may hold tokens. */
  contracts?: Address[];
  /** For each of these receivers, the only origins that may ask for its payments. */
  origins?: Record<Address, string[]>;
  /** The most for one request. */
  maxPrice?: bigint;
  /** The most that one channel may hold. */
  maxDeposit?: bigint;
  /**
   * The most channels that are opened for each origin in a day (UTC). Missing: 3 by `fetch`, any number by
   * `open`.
   */
  maxOpenings?: number;
  /** The most that openings and top ups lock up for each origin in a day (UTC). */
  dailyEscrow?: bigint;
  /** The most for each origin in a day (UTC). */
  dailyBudget?: bigint;
  /** The most payments in a time; those before the rule was set count, too. */
  maxRate?: { payments: number; seconds: number };
  /** By how many percent a price may be above the one last paid for the same. */
  maxPriceRise?: number;
  /** Nothing is signed while the page is hidden. */
  pauseWhenHidden?: boolean;
}

export interface LedgerEntry {
  /** Milliseconds since 1970. */
  time: number;
  /** Empty for a proof signed by hand, and for what a receiver showed beyond the listed. */
  url: string;
  receiver: Address;
  openBlock: number;
  amount: bigint;
  /** The channel's total with this payment. */
  balance: bigint;
  /**
   * `taken`: counted by the receiver, but the answer never came. `uncounted`: served, but the
   * receiver proved later that it had not counted so much. Paid and taken less uncounted add up to
   * the channel's balance.
   */
  outcome: "unknown" | "paid" | "taken" | "refused" | "uncounted";
}

export interface SweepOptions extends Watch { to: Address }
export interface Swept { tokens: bigint; ether: bigint; tokensHash?: Hex; etherHash?: Hex }
export interface FundOptions extends Watch { from: InjectedWallet; tokens?: bigint; ether?: bigint }
export interface Funded { tokensHash?: Hex; etherHash?: Hex }

/** Like the browser's `fetch`, but a 402 is paid. */
export type PayingFetch = (input: RequestInfo | URL, init?: RequestInit) => Promise<Response>;

/**
 * What a balance proof says. Signed is, in 0.2, Keccak-256 of two hashes one after the other: that of
 * the schema `string message_idaddress receiveruint32 block_createduint192 balanceaddress contract`
 * and that of the values, packed without gaps (the text `Sender balance proof signature`, 20, 4, 24
 * and 20 bytes, most significant first). 0.1 has no `message_id`.
 */
export interface BalanceMessage {
  contract: Address;
  receiver: Address;
  openBlock: number;
  /** The total owed, in token base units. */
  balance: bigint;
  /** Missing: 0.2. */
  generation?: Generation;
}
/** A balance proof: the total owed and the sender's signature. */
export interface Proof { balance: bigint; signature: Hex }

export interface CloseOptions extends Watch {
  /** The URL of the receiver's REST interface; default: as its server named it. */
  gateway?: string;
  /**
   * `true`: only if the receiver agrees, else fail with `close-not-agreed` before anything is sent.
   * `false`: do not ask it. Missing: ask, and close alone if it does not agree.
   */
  cooperative?: boolean;
  /** Close although a payment's outcome or the balance is not known. */
  force?: boolean;
}

export interface Closed {
  /** Paid out at once; otherwise the challenge period has begun. */
  cooperative: boolean;
  hash: Hex;
  /** What the receiver gets. */
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
  | "storage-unavailable" | "storage-full" | "corrupt-record" | "no-turns"
  | "key-exists" | "key-lost" | "insecure-context"
  | "wrong-password" | "corrupt-backup" | "backup-unsupported"
  | "wallet-rejected" | "wallet-unauthorized" | "wallet-unsupported" | "wallet-disconnected"
  | "wallet-pending" | "wallet-error" | "no-account" | "wrong-signer" | "wrong-network"
  | "not-a-manager" | "rpc-unreachable" | "rpc-error" | "rpc-malformed"
  | "channel-unseen" | "insufficient-tokens" | "insufficient-ether" | "fee-above-limit" | "rule-violated"
  | "settle-too-early"
  | "transaction-reverted" | "transaction-replaced" | "transaction-dropped"
  | "transaction-pending" | "aborted"
  | "no-channel" | "channel-not-open" | "channel-not-settled" | "insufficient-deposit"
  | "proof-pending" | "proof-mismatch" | "close-refused" | "close-not-agreed"
  | "price-above-limit" | "wrong-contract" | "wrong-receiver" | "wrong-origin"
  | "payments-stopped" | "page-hidden" | "deposit-above-limit" | "openings-exceeded" | "escrow-exceeded" | "budget-exceeded"
  | "rate-exceeded" | "price-rise" | "policy-unreadable"
  | "payment-refused" | "payment-unknown" | "payment-taken" | "server-unreachable"
  | "malformed-header" | "not-loaded";
"#;
