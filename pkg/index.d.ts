// The package as TypeScript sees it. Amounts are bigints in the token's base units; addresses and hashes are
// `0x` text; block numbers are numbers, and may be given as bigints.

import type { ErrorCode, MicroRaidenError } from "./errors.js";

export * from "./errors.js";

/** What `init` may be told. */
export interface InitOptions {
    /**
     * Where the module `microraiden_bg.wasm` is, or what it is: its URL, a response, its bytes, or compiled.
     * Missing: beside the package's script, or inside of it (`microraiden/inline`).
     */
    wasm?: string | URL | Request | Response | Promise<Response> | BufferSource | WebAssembly.Module;
}

/**
 * Loads the WebAssembly module, unless it is there already. Every method that returns a promise does that by
 * itself; those that don't ({@link LocalKey.create}, {@link LocalKey.fromHex}, {@link InjectedWallet.from},
 * {@link recoverBalanceProof}, {@link shareStorage}) need it done before, and throw `not-loaded` otherwise.
 *
 * Where the module is counts for the first call only. Fails with `not-loaded` if it can't be had, whose `details`
 * say why and what to do; the next call tries again, at the same URL.
 *
 * ```js
 * import init from "microraiden";
 *
 * await init(); // or await init({ wasm: "/assets/microraiden_bg.wasm" })
 * ```
 */
export default function init(options?: InitOptions): Promise<void>;

/**
 * The same at once, of bytes or a compiled module. Throws `not-loaded` while `init` is under way.
 *
 * ```js
 * import { initSync } from "microraiden";
 *
 * initSync({ wasm: bytes });
 * ```
 */
export function initSync(options: { wasm: BufferSource | WebAssembly.Module }): void;

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
| { type: "waiting-for-wallet"; request: "accounts" | "chain" | "key" | "signature" | "trial-signature" | "transaction"; action?: Action }
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

/** An EIP-1193 provider, such as `window.ethereum`, a viem wallet client for one, or a wallet library's. */
export interface Provider {
    request(call: any): Promise<any>;
}

/**
 * An account that signs any hash by itself, as viem's `privateKeyToAccount` makes one. It signs balance proofs and
 * transactions without asking anybody, so it is for keys that a program holds. `sign` returns the 65 bytes of
 * its signature as hex; what is not the account's own is refused with `wrong-signer`.
 */
export interface HashSigner {
    address: string;
    sign(call: { hash: Hex }): Hex | Promise<Hex>;
}

/** The same as ethers' `Wallet` has it. */
export interface EthersWallet {
    address: string;
    signingKey: { sign(hash: string): { serialized: string } };
}

/**
 * A node: its URL, which may hold a user and a password; a URL with HTTP headers, such as an API key, which the node's
 * CORS has to allow; or an EIP-1193 provider. Headers and passwords appear in no error.
 */
export type Rpc = string | URL | { url: string | URL; headers?: Readonly<Record<string, string>> | Headers } | Provider;
/** What a lock is asked for with. */
export interface LockOptions {
    /** Ends the wait: `lock` rejects then, and does not call `run`. */
    signal?: AbortSignal;
    /** Do not wait: if the lock is not free, `run` is called with `null` at once. */
    ifAvailable?: boolean;
}

/**
 * Where a client keeps its texts and takes its locks, instead of the site's `localStorage` and Web Locks: see
 * {@link ConnectOptions.storage}. `microraiden/files` has one for Node.
 *
 * The texts are the only copy of what was signed and paid, so a store keeps them like money. Names are text of
 * up to some thousands of characters, texts are up to a few thousand characters long; both are opaque. All clients that pay from
 * one account use one store.
 *
 * Whatever it throws or rejects with is `storage-unavailable`, as is an answer of another type than documented here, or none
 * within ten seconds; nothing is signed or sent then that could not be stored. Rejecting `set` with a
 * `QuotaExceededError`, or an error with the code `ENOSPC` or `EDQUOT`, is `storage-full`.
 *
 * ```ts
 * import type { StateStore } from "microraiden";
 *
 * const texts = new Map<string, string>();
 * const memory: StateStore = {
 *   get: async (name) => texts.get(name),
 *   set: async (name, text) => void texts.set(name, text),
 *   remove: async (name) => void texts.delete(name),
 *   names: async (prefix) => [...texts.keys()].filter((name) => name.startsWith(prefix)),
 *   lock: (name, options, run) => navigator.locks.request(name, options, run),
 * };
 * const client = await MicroRaiden.connect({ wallet, contract, rpc: rpcUrl, storage: memory });
 * ```
 */
export interface StateStore {
    /**
     * The text that was stored last under this name. Whoever holds a lock sees all that its holders before it stored.
     *
     * ```js
     * await store.set("name", "text");
     * console.log(await store.get("name"), await store.get("another name")); // text undefined
     * ```
     */
    get(name: string): Promise<string | null | undefined>;

    /**
     * Stores a text. Resolves only once it is durable: the next process, after a crash of this one or of the machine,
     * reads this text, or the one before it if `set` had not resolved; never a part.
     *
     * ```js
     * await store.set("name", "text");
     * ```
     */
    set(name: string, text: string): Promise<unknown>;

    /**
     * Removes a text, as durably; also if there is none.
     *
     * ```js
     * await store.remove("name");
     * ```
     */
    remove(name: string): Promise<unknown>;

    /**
     * All names that begin with this, in any order.
     *
     * ```js
     * for (const name of await store.names("microraiden:channel:")) console.log(await store.get(name));
     * ```
     */
    names(prefix: string): Promise<string[]>;

    /**
     * Takes a lock, calls `run` with anything but `null`, and releases the lock when the promise that `run` returns
     * settles, or when the process ends, however it ends; not before, not after some time. A lock excludes all others
     * of its name that use the store, in this process and in all others. Those that wait should have their turns in
     * order, and must all have one. Settles when the lock is released; rejects without calling `run` if the lock
     * can't be had. These are the terms of `navigator.locks.request`, which fits here where all clients are pages of one origin;
     * in Node it is of no use, as its locks are those of one process.
     *
     * ```js
     * await store.lock("name", {}, async () => store.set("name", "text"));
     * await store.lock("name", { ifAvailable: true }, (lock) => console.log(lock ? "free" : "taken"));
     * ```
     */
    lock(name: string, options: LockOptions, run: (lock: unknown) => unknown): Promise<unknown>;

    /**
     * Asks for what is stored to be kept, before the first deposit; whether it is. Missing: the browser is asked.
     *
     * ```js
     * console.log((await store.persist?.()) ? "kept" : "may be deleted");
     * ```
     */
    persist?(): Promise<boolean>;
}

export interface ConnectOptions extends Watch {
    /** Who pays: a key or wallet of this package, a provider, or an account of viem or ethers. */
    wallet: LocalKey | InjectedWallet | Provider | HashSigner | EthersWallet | { account: HashSigner };
    /**
     * The account that is expected. Of a wallet it is the one that pays, and `no-account` if the wallet does not
     * show it; of a key another one is `invalid-argument`. Missing: the wallet's first.
     */
    account?: Address;
    /** The channel manager. */
    contract: Address;
    /**
     * A node, or several that stand in for each other, the first one preferred. Accounts that are no wallets need one; a
     * wallet's own node is used where it is missing.
     */
    rpc?: Rpc | readonly Rpc[];
    /** @deprecated The name of `rpc` until 0.2. */
    rpcUrl?: Rpc | readonly Rpc[];
    /** Fails with `wrong-network` on any other chain. */
    chainId?: number | bigint;
    /** How many blocks, its own included, confirm a transaction (1). */
    confirmations?: number;
    /**
     * The most that a local key offers for a unit of gas, in wei (500 gwei); and never more than ten
     * times what was paid in recent blocks, where the node tells. Above it, opening and all else that
     * takes a transaction fails with `fee-above-limit`. A wallet sets the fee itself.
     */
    maxFeePerGas?: bigint;
    /**
     * Where texts and locks are kept. Missing: `localStorage` and Web Locks, shared by all pages of the origin (by a
     * worker through its page, see {@link useStorage}). Another store hears of no change by another process: there
     * `change` events tell of this process's own, and a channel's properties are those last read here
     * (`client.channels()` reads them all).
     */
    storage?: StateStore;
}

/** Amounts are token base units. */
export interface TokenInfo { name: string; symbol: string; decimals: number; balance: bigint }
export interface OpenOptions extends Watch { receiver: Address; deposit: bigint }
export interface FindOptions extends Watch { receiver: Address }

/** What an account still needs before it can open a channel; both 0: nothing. */
export interface Lacks {
    /** Token base units that are missing of the deposit. */
    tokens: bigint;
    /** Wei for the fees: of opening, closing without the receiver and sending the rest back. A wallet's account gets it for opening. */
    ether: bigint;
}

/** What {@link MicroRaiden.begin} of an object is told. */
export interface BeginOptions extends OpenOptions {
    /**
     * The wallet that sends what the account lacks, and that the rest goes back to. Missing: the account has what it needs.
     * Not asked for anything where the client's account is the wallet's own.
     */
    wallet?: InjectedWallet | Provider;
    /** The account of the wallet; missing: its first. */
    account?: Address;
}

/** What the static {@link MicroRaiden.begin} is told: `connect`'s options besides, of which `account` is the wallet's. */
export interface BeginWithKeyOptions extends Omit<ConnectOptions, "wallet">, OpenOptions {
    /** The wallet that makes the key, sends what it lacks, and gets the rest back. Its node is used where `rpc` is missing. */
    wallet: InjectedWallet | Provider;
    /** The key that pays, instead of the one that the wallet makes. */
    key?: LocalKey;
    /** Which of the site's keys, as in {@link LocalKey.fromWallet}. */
    scope?: string;
}

export interface Begun {
    /** Of the key. */
    client: MicroRaiden;
    /** Open. */
    channel: Channel;
}

export interface EndOptions extends CloseOptions {
    /** Who gets the rest of a local key. Missing: the account of the wallet that `begin` was told in this browser. */
    to?: Address;
}

/** What {@link MicroRaiden.end} has sent back, and what it has still to wait for: as long as something is left, nothing is sent. */
export interface Left extends Swept {
    /** Challenge periods, and transactions that may still be mined. Empty: it is all over. */
    left: OpenEnd[];
}

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
     * `true`: what was paid for at the same URL is fetched again under its payment number, for as long as the server
     * serves it again without charge (the `repeat` of the credit extension). Missing: each call buys once more, unless
     * the last answer, or its body, broke off.
     */
    repeat?: boolean;
    /**
     * For how many milliseconds the server may let a call wait for answers to requests with a payment,
     * all of them together, up to their headers (30000, at least 1). Then the call fails with
     * `payment-unknown`, the payment goes again with the next request, and other calls have their turn.
     * A slow body is not cut off.
     */
    timeout?: number;
    /**
     * Asked before a payment is signed, and before a channel is opened or topped up for it: once a call, and
     * again if the price changes. `false`, or an error thrown, fails the call with `payment-declined`. Meanwhile
     * the call holds the channel's lock: no other payment goes on in it, and waiting here for another call of
     * the same channel would never end. A payment that an earlier call left without an answer goes again
     * unasked.
     */
    onPaymentRequired?: (quote: Quote) => boolean | Promise<boolean>;
}

export interface RecoverOptions extends Watch {
    /** Where the search begins; default: the contract's first block. */
    fromBlock?: number | bigint;
}

/** What would be lost with what this browser has stored. */
export interface BackupHint {
    /** Whether the account's own key would be: it is a local one. Else what was paid in its channels. */
    key: boolean;
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
    /**
     * The most that one channel's receiver may hold of what it has not served, where it takes payments in parallel; 0:
     * one payment at a time. Missing: 16 prices, and a quarter of the deposit at most.
     */
    maxCredit?: bigint;
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
export interface ChainOptions extends Watch { chainId: number; chainName?: string; rpcUrl?: string }
export interface FundOptions extends Watch { from: InjectedWallet; tokens?: bigint; ether?: bigint }
/** `from` is the wallet's account. */
export interface Funded { from: Address; tokensHash?: Hex; etherHash?: Hex }

/** What a payment takes. Amounts are token base units. */
export interface Quote {
    url: string;
    /** The price of the request. */
    price: bigint;
    token: Address;
    receiver: Address;
    /** The channel that pays; missing: there is none yet. */
    channel?: Channel;
    /**
     * What goes into the contract first: the deposit of a new channel, or what is added to this one. Only
     * where it is known, before a payment.
     */
    deposit?: bigint;
}

/**
 * Like the browser's `fetch`, but a 402 is paid. A request in the mode `no-cors`, as a service worker gets for an
 * `<img>`, is made in the mode `cors`: the other one drops the headers of a payment. To other origins it goes without
 * cookies then; a request made in the mode `cors` keeps its `credentials`.
 */
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
    openBlock: number | bigint;
    /** The total owed, in token base units. */
    balance: bigint;
    /** Missing: 0.2. */
    generation?: Generation;
}
/** A balance proof: the total owed and the sender's signature. */
export interface Proof { balance: bigint; signature: Hex }

/**
 * A channel as it was stored at one time: a plain, frozen object that `structuredClone` and `postMessage` take. Amounts
 * are token base units. What each property says is written at {@link Channel}'s.
 */
export interface ChannelSnapshot {
    readonly sender: Address;
    readonly contract: Address;
    readonly chainId: number;
    readonly receiver: Address;
    readonly openBlock: number;
    readonly state: ChannelState;
    readonly deposit: bigint;
    readonly balance: bigint;
    readonly exposure: bigint;
    readonly remaining: bigint;
    readonly balanceKnown: boolean;
    /** Missing: no proof waits for its outcome. */
    readonly pending?: Readonly<Proof>;
    readonly inFlight: number;
    /** Missing: the channel is not closing. */
    readonly settleBlock?: number;
    /** Missing: no server has named it. */
    readonly gateway?: string;
}

/** A client and its channels at one time: plain and deeply frozen. */
export interface ClientSnapshot {
    readonly sender: Address;
    readonly contract: Address;
    readonly chainId: number;
    readonly token: Address;
    /** Why nothing is signed just now; missing: nothing is in the way. */
    readonly frozen?: ErrorCode;
    /** All stored channels that can be read, the oldest first. A channel that did not change is the same object. */
    readonly channels: readonly ChannelSnapshot[];
}

/** The same as JSON can hold it: a bigint as its decimal digits. */
export type Json<Value> = Value extends bigint
    ? string
    : Value extends object
        ? { readonly [Key in keyof Value]: Json<Value[Key]> }
        : Value;

/** What {@link Channel.events} gives. */
export interface ChannelEvent {
    readonly type: "change";
    readonly snapshot: ChannelSnapshot;
    /** How many events before this one were dropped, because they were not waited for. */
    readonly dropped: number;
}

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

/**
 * A channel. Its properties are read from the stored record each time, so they show what other
 * tabs did, too. A client has one object for each channel, until that is freed.
 */
export class Channel {
    private constructor();

    /** Frees what the object has in the module's memory; done by the browser sooner or later, too. */
    free(): void;

    /**
     * Closes the channel: at once where the receiver signs, else by a request with the true
     * balance, after which `settle` pays out when the challenge period is over. Fails with
     * `close-refused` where that could cost more than is owed, unless `force` is set. With
     * `cooperative: true` it never requests: without the receiver's agreement it fails with
     * `close-not-agreed`, and nothing was sent.
     *
     * ```js
     * const { cooperative, settleBlock } = await channel.close();
     * ```
     */
    close(options?: CloseOptions): Promise<Closed>;

    /**
     * The receiver accepted the pending proof.
     *
     * ```js
     * const proof = await channel.sign(3n);
     * await channel.confirm(proof);
     * ```
     */
    confirm(proof: Proof): Promise<void>;

    /**
     * The changes of the stored record from now on, by this page or another tab. Up to 16 wait for the loop; then the
     * oldest is dropped, and the next one says how many were. Ends when the loop is left, or the record is forgotten;
     * `signal` ends it with its reason.
     *
     * ```js
     * for await (const { snapshot } of channel.events({ signal: AbortSignal.timeout(60_000) })) {
     *   if (snapshot.remaining < 10n) break;
     * }
     * ```
     */
    events(options?: { signal?: AbortSignal }): AsyncIterableIterator<ChannelEvent>;

    /**
     * Removes the stored record. Of a channel that is not settled this loses the knowledge of what
     * was paid, so it fails with `channel-not-settled` unless `force` is set.
     *
     * ```js
     * if (channel.state === "settled") await channel.forget();
     * ```
     */
    forget(options?: { force?: boolean }): Promise<void>;

    /**
     * Calls the listener with the snapshot after every change of the stored record, by this page or another tab
     * (`change`), or when the record was removed (`forgotten`). Returns a function that ends it.
     *
     * ```js
     * const end = channel.on("change", ({ remaining }) => console.log(remaining));
     * end();
     * ```
     */
    on(event: "change", listener: (snapshot: ChannelSnapshot) => void): () => void;
    on(event: "forgotten", listener: () => void): () => void;

    /**
     * Asks the receiver, at a URL that has a price, which balance it has, and adopts what our own
     * signature proves. Pays nothing.
     *
     * ```js
     * await channel.reconcile("https://example.org/doggo.jpg");
     * ```
     */
    reconcile(input: RequestInfo | URL, init?: RequestInit): Promise<Channel>;

    /**
     * Reads deposit and state from the chain again.
     *
     * ```js
     * const { deposit, state } = await channel.refresh();
     * ```
     */
    refresh(): Promise<Channel>;

    /**
     * The receiver refused the pending proof, or never saw it. Fails with `payment-unknown` if a
     * `fetch` has found it pending and sent it.
     *
     * ```js
     * const proof = await channel.sign(3n);
     * await channel.rollback(proof);
     * ```
     */
    rollback(proof: Proof): Promise<void>;

    /**
     * Pays out after the challenge period and returns the transaction's hash.
     *
     * ```js
     * if (channel.state === "closing") console.log(await channel.settle());
     * ```
     */
    settle(options?: Watch): Promise<Hex>;

    /**
     * Signs the balance increased by `amount`. The proof is stored as pending before it is
     * returned; `confirm` or `rollback` it when its fate is known.
     *
     * ```js
     * const { balance, signature } = await channel.sign(3n);
     * ```
     */
    sign(amount: bigint, options?: Watch): Promise<Proof>;

    /**
     * The channel as it is stored now; the same object until that changes. Throws `no-channel` once it is forgotten, as
     * the properties do.
     *
     * ```js
     * const { balance, deposit } = channel.snapshot();
     * ```
     */
    snapshot(): ChannelSnapshot;

    /**
     * The snapshot for JSON: bigints are decimal text.
     *
     * ```js
     * console.log(JSON.stringify(channel));
     * ```
     */
    toJSON(): Json<ChannelSnapshot>;

    /**
     * Adds to the deposit and returns the transaction's hash.
     *
     * ```js
     * await channel.topUp(50n, { onProgress: ({ type }) => console.log(type) });
     * ```
     */
    topUp(amount: bigint, options?: Watch): Promise<Hex>;

    /** Whether the balance is known; not yet of a channel that was found on the chain. */
    readonly balanceKnown: boolean;

    /** The total that was paid, in base units. */
    readonly balance: bigint;

    /** The channel manager. */
    readonly contract: Address;

    /** The confirmed deposit, in base units. */
    readonly deposit: bigint;

    /** The highest balance ever signed and sent: the most that the receiver can claim. */
    readonly exposure: bigint;

    /** How many payments wait for their outcome, where the receiver takes payments in parallel. */
    readonly inFlight: number;

    /** The URL of the receiver's REST interface, where a server named it. */
    readonly gateway: string | undefined;

    /** The block in which the channel was opened. */
    readonly openBlock: number;

    /** A proof that was signed and whose outcome is not known yet. */
    readonly pending: Proof | undefined;

    /** The account that is paid. */
    readonly receiver: Address;

    /** What is left to pay with: the deposit less the paid and the pending balance. */
    readonly remaining: bigint;

    /** The account that pays. */
    readonly sender: Address;

    /** The last block of the challenge period, while closing. */
    readonly settleBlock: number | undefined;

    /** Where the channel is in its life, as the contract last said. */
    readonly state: ChannelState;
}

/** A wallet that the browser offers to the page. */
export class InjectedWallet {
    private constructor();

    /** Frees what the object has in the module's memory; done by the browser sooner or later, too. */
    free(): void;

    /**
     * A wallet from any EIP-1193 provider, an object with a `request` method.
     *
     * ```js
     * const wallet = InjectedWallet.from(provider);
     * ```
     */
    static from(provider: object): InjectedWallet;

    /** Its icon as a data URL, where it announced itself. */
    readonly icon: string | undefined;

    /** The wallet's name for people. */
    readonly name: string;

    /** Its reverse domain name, where it announced itself. */
    readonly rdns: string | undefined;

    /** Its identity for this page load, where it announced itself. */
    readonly uuid: string | undefined;

    /**
     * Asks the person to have the wallet go to another chain (EIP-3326, `wallet_switchEthereumChain`). A wallet
     * that does not know the chain is asked to add it first (EIP-3085), where `chainName` and `rpcUrl` are given;
     * the chain's own coin is told to be ether. A client of the chain before is frozen by it.
     *
     * ```js
     * const [injected] = await Wallets.discover();
     * await injected?.switchChain({ chainId: 100, chainName: "Gnosis", rpcUrl: "https://node.example" });
     * ```
     */
    switchChain(options: ChainOptions): Promise<void>;
}

/**
 * A private key held in this page's memory: no wallet asks the person. Whoever can run a script in
 * this page can use it, so it is for small amounts.
 */
export class LocalKey {
    private constructor();

    /** Frees what the object has in the module's memory; done by the browser sooner or later, too. */
    free(): void;

    /**
     * A new random key. It is not stored until `save` is called.
     *
     * ```js
     * const key = LocalKey.create();
     * await key.save();
     * ```
     */
    static create(): LocalKey;

    /**
     * Removes the stored key. What it owns is lost unless it was written down.
     *
     * ```js
     * await LocalKey.forget();
     * ```
     */
    static forget(name?: string): Promise<void>;

    /**
     * The key of a backup, or of a Web3 Secret Storage file of another wallet (version 3, PBKDF2).
     * It is not stored until `save` is called.
     *
     * ```js
     * const key = await LocalKey.fromBackup(password, file);
     * await key.save();
     * ```
     */
    static fromBackup(password: string, file: string): Promise<LocalKey>;

    /**
     * The key that this wallet has on this site: the same in every browser, so that losing the site's data loses
     * nothing. It is made from the wallet's signature of a text that names the site (EIP-4361), which the wallet is
     * asked for twice, unless this browser keeps the key already: one whose signatures differ has no such key
     * (`wallet-signatures-differ`). It is not stored until `save` is called; stored, it is loaded without the wallet.
     *
     * What is signed, by `personal_sign`, and how the key is made of it: docs/pay.md#a-key-that-the-wallet-brings-back.
     *
     * `scope`: which of the site's keys, 1 to 64 of `a-z`, `0-9`, `-` and `.`; missing: `default`. `account`: of the
     * wallet; missing: its first.
     *
     * ```js
     * const [injected] = await Wallets.discover();
     * const key = (await LocalKey.load()) ?? (await LocalKey.fromWallet(injected));
     * await key.save();
     * ```
     */
    static fromWallet(
        wallet: InjectedWallet | Provider,
        options?: Watch & { scope?: string; account?: Address },
    ): Promise<LocalKey>;

    /**
     * A key from 64 hex digits, with or without `0x`.
     *
     * ```js
     * const key = LocalKey.fromHex(`0x${"a7".repeat(32)}`);
     * ```
     */
    static fromHex(hex: string): LocalKey;

    /**
     * The key stored in `localStorage` under `name` ("default"), or `undefined`. A key that an
     * older version stored in plain text is encrypted by this. Fails with `corrupt-record` if the
     * stored text is damaged, and with `key-lost` if what decrypts it is gone.
     *
     * ```js
     * const wallet = (await LocalKey.load()) ?? LocalKey.create();
     * ```
     */
    static load(name?: string): Promise<LocalKey | undefined>;

    /**
     * Stores the key in `localStorage`, encrypted by a key that this browser keeps in IndexedDB
     * and shows to no script. Another key already stored under the name is not overwritten: that
     * fails with `key-exists`. A page without a secure connection can't encrypt, which fails with
     * `insecure-context`.
     *
     * ```js
     * await LocalKey.create().save("savings");
     * ```
     */
    save(name?: string): Promise<void>;

    /**
     * Signs a balance proof by itself: nothing is looked up, stored or limited, and whoever gets
     * the proof can claim its balance. `Channel.sign` is the one that keeps account.
     *
     * What is signed is the Keccak-256 of the schema's hash and the packed values' hash (see
     * `BalanceMessage`), without a prefix: deterministic (RFC 6979), low s, v 27 or 28.
     *
     * ```js
     * const proof = key.signBalanceProof({ contract, receiver, openBlock: 1234567, balance: 3n });
     * ```
     */
    signBalanceProof(message: BalanceMessage): Proof;

    /**
     * The key as `0x` and 64 hex digits, for a backup.
     *
     * ```js
     * const copy = LocalKey.fromHex(key.toHex());
     * ```
     */
    toHex(): Hex;

    /** The account of the key. */
    readonly address: Address;
}

/** A sender connected to one channel manager contract on one chain. */
export class MicroRaiden {
    private constructor();

    /** Frees what the object has in the module's memory; done by the browser sooner or later, too. */
    free(): void;

    /**
     * All channels of this sender that this browser has stored, settled ones included.
     *
     * ```js
     * const spent = (await client.channels()).reduce((sum, { balance }) => sum + balance, 0n);
     * ```
     */
    channels(): Promise<Channel[]>;

    /**
     * Everything before the first payment: the key that the wallet has on this site, saved in this browser as
     * `wallet:<account in lower case>:<scope>`; from the wallet the tokens that lack for the deposit, and ether for opening
     * and leaving, in one confirmation where the wallet makes both or none (EIP-5792); and an open channel. From then on
     * the wallet is asked for nothing.
     *
     * A call that was interrupted at any point is made again, in this browser or another one: what was done is found, and
     * nothing is sent or opened twice. The wallet signs twice for a key that nobody used before, once for one that was
     * used, and not for a saved one. An open channel to the receiver is taken as it is, whatever its deposit. A prompt
     * that was open when its page died, and is confirmed later than that, sends what was asked for then as well; `end`
     * brings it back.
     *
     * ```js
     * const [wallet] = await Wallets.discover();
     * const { client, channel } = await MicroRaiden.begin({ wallet, contract, rpc: rpcUrl, receiver, deposit: 100n });
     * ```
     */
    static begin(options: BeginWithKeyOptions): Promise<Begun>;

    /**
     * The same with the account of this client.
     *
     * ```js
     * const [from] = await Wallets.discover();
     * const channel = await client.begin({ wallet: from, receiver, deposit: 100n });
     * ```
     */
    begin(options: BeginOptions): Promise<Channel>;

    /**
     * What the account has to get before it can open a channel with this deposit: what `begin` has a wallet send. Ether
     * is missing only where the opening itself can't be paid for, at the fee offered now; of an account of a wallet, if
     * it has none and the wallet does not make several calls together, for which others may pay.
     *
     * ```js
     * const { tokens, ether } = await client.lacks({ receiver, deposit: 100n });
     * if (tokens > 0n || ether > 0n) console.log(`${tokens} base units and ${ether} wei are missing`);
     * ```
     */
    lacks(options: OpenOptions): Promise<Lacks>;

    /**
     * The stored channel that a payment of this price to this receiver would come from now, without
     * asking anybody: the open one with a payment that waits for its answer; else the one with the least
     * left that suffices; else the one with the most left, which `fetch` tops up if `topUp` allows it.
     * `undefined`: there is none, and `fetch` opens one.
     *
     * ```js
     * const channel = await client.channelToPayFrom({ receiver, price: 3n });
     * ```
     */
    channelToPayFrom(options: FindOptions & { price: bigint }): Promise<Channel | undefined>;

    /**
     * Connects an account with a channel manager: asks the wallet for its account, finds out the
     * contract's generation, and makes sure that wallet and contract are on the same chain. What the
     * node says of the contract is stored, since it never changes: the next page asks no node here,
     * and makes sure that it still says so before it asks for anything else.
     *
     * ```js
     * const client = await MicroRaiden.connect({ wallet, contract, rpc: "https://node.example.org" });
     * ```
     */
    static connect(options: ConnectOptions): Promise<MicroRaiden>;

    /**
     * Everything after the last payment: finishes what is under way, closes all channels of this account at this contract,
     * as {@link Channel.close} does, settles those that are due, and sends all tokens and ether of a local key to where they
     * came from. Where a challenge period runs, `left` says until when; called again after it, it goes on.
     *
     * ```js
     * const { left, tokens } = await client.end();
     * for (const end of left) if (end.kind === "closing") console.log(`${end.blocksLeft} blocks to wait`);
     * ```
     */
    end(options?: EndOptions): Promise<Left>;

    /**
     * The account's ether, in wei.
     *
     * ```js
     * console.log(Number(await client.etherBalance()) / 1e18);
     * ```
     */
    etherBalance(): Promise<bigint>;

    /**
     * One encrypted file with the local key, if the account is one, and all channels of this sender
     * at this contract. With a key it is a Web3 Secret Storage file that other wallets open.
     *
     * ```js
     * const file = new Blob([await client.exportBackup(password)], { type: "application/json" });
     * ```
     */
    exportBackup(password: string): Promise<string>;

    /**
     * The payments as text: `"csv"` with a line of headings, or `"json"`. Amounts are decimal.
     *
     * ```js
     * const table = await client.exportLedger("csv");
     * ```
     */
    exportLedger(format?: "csv" | "json"): Promise<string>;

    /**
     * A `fetch` that pays within the limits given here.
     * @deprecated Write {@link MicroRaiden.payingFetch}; this name goes with 0.2.
     *
     * ```js
     * const pay = client.fetch({ maxPrice: 5n });
     * ```
     */
    fetch(options: FetchOptions): PayingFetch;

    /**
     * The open channel to a receiver: the stored one with most left, else one found on the chain,
     * else `undefined`.
     *
     * ```js
     * const channel = await client.find({ receiver });
     * ```
     */
    find(options: FindOptions): Promise<Channel | undefined>;

    /**
     * Sends tokens and ether from an injected wallet to this account: in one confirmation, where the wallet makes both
     * or none (EIP-5792, `wallet_sendCalls`); then both hashes are of one transaction, or of one each by its word. Else
     * one after the other.
     *
     * ```js
     * const [from] = await Wallets.discover();
     * if (from) await client.fund({ from, tokens: 1000n, ether: 10n ** 16n });
     * ```
     */
    fund(options: FundOptions): Promise<Funded>;

    /**
     * Takes over the channels of a backup; no balance gets lower by it. Returns those that were new
     * or knew more. Channels of other senders and contracts are left out. The key is read by
     * `LocalKey.fromBackup`.
     *
     * ```js
     * const channels = await client.importBackup(password, file);
     * ```
     */
    importBackup(password: string, file: string): Promise<Channel[]>;

    /**
     * The same as `snapshot`, by the name that React and others use. It may be passed on alone, as `subscribe`.
     *
     * ```js
     * const { getSnapshot, subscribe } = client;
     * ```
     */
    getSnapshot(): ClientSnapshot;

    /**
     * The payments made in this browser, oldest first.
     *
     * ```js
     * for (const { url, amount, outcome } of await client.ledger()) console.log(url, amount, outcome);
     * ```
     */
    ledger(): Promise<LedgerEntry[]>;

    /**
     * Calls the listener with the snapshot after every change of a stored channel of this sender (`change`), by this
     * page or another tab, or when the wallet freezes or frees the client (`frozen`). Returns a
     * function that ends it.
     *
     * ```js
     * const end = client.on("change", ({ channels }) => console.log(channels.length));
     * end();
     * ```
     */
    on(event: "change", listener: (snapshot: ClientSnapshot) => void): () => void;
    on(event: "frozen", listener: () => void): () => void;

    /**
     * Before its first deposit a client asks the browser to keep what is stored
     * (`navigator.storage.persist()`), and goes on without waiting. The listener is told the answer;
     * `false` also where the browser can't be asked.
     *
     * ```js
     * client.on("persisted", ({ persisted }) => console.log(persisted ? "kept" : "may be deleted"));
     * ```
     */
    on(event: "persisted", listener: (event: { persisted: boolean }) => void): () => void;

    /**
     * Suggests `exportBackup`, once for a client: there is money in a channel, or on a local key as far as
     * this client knows, and no backup was exported since the newest channel was opened.
     *
     * ```js
     * client.on("backup", async () => console.log(await client.exportBackup("a good password")));
     * ```
     */
    on(event: "backup", listener: (event: BackupHint) => void): () => void;

    /**
     * What earlier pages left unfinished: looks once at each, finishes what needs no waiting, and
     * reports all.
     *
     * ```js
     * for (const end of await client.openEnds()) console.log(end.kind, end.state);
     * ```
     */
    openEnds(): Promise<OpenEnd[]>;

    /**
     * Opens a channel and waits until it is confirmed.
     *
     * ```js
     * const channel = await client.open({ receiver, deposit: 100n });
     * ```
     */
    open(options: OpenOptions): Promise<Channel>;

    /**
     * A `fetch` that pays within the limits given here.
     *
     * ```js
     * const pay = client.payingFetch({ maxPrice: 10n ** 17n, deposit: 10n ** 18n });
     * const response = await pay("/article");
     * ```
     */
    payingFetch(options: FetchOptions): PayingFetch;

    /**
     * The person's spending policy for this account, the same in all tabs.
     *
     * ```js
     * const { dailyBudget } = await client.policy();
     * ```
     */
    policy(): Promise<Policy>;

    /**
     * Asks a server for its price, as `fetch` would, and pays nothing; `undefined`: the resource is free. Fails
     * with `wrong-contract` if the server is paid through another contract.
     *
     * ```js
     * const { price, channel } = (await client.quote("https://example.org/doggo.jpg")) ?? {};
     * ```
     */
    quote(input: RequestInfo | URL, init?: RequestInit): Promise<Quote | undefined>;

    /**
     * Searches the chain, from the contract's first block or the one given, for this sender's
     * channels that have no record here, and takes over the records of the original JavaScript
     * library. Returns what was found. A found channel's balance is told by its receiver when it
     * is next paid, or asked by `reconcile`.
     *
     * ```js
     * const found = await client.recover({ fromBlock: 1_000_000 });
     * ```
     */
    recover(options?: RecoverOptions): Promise<Channel[]>;

    /**
     * Waits for all transactions that are under way, looks at all channels, and settles what is due
     * if the key is a local one.
     *
     * ```js
     * await client.resume({ signal: AbortSignal.timeout(60_000) });
     * ```
     */
    resume(options?: Watch): Promise<OpenEnd[]>;

    /**
     * The names of stored texts that could not be read and were put aside, whole.
     *
     * ```js
     * console.log(await client.setAside());
     * ```
     */
    setAside(): Promise<string[]>;

    /**
     * Sets the policy, all of it: a rule that is missing does not limit.
     *
     * ```js
     * await client.setPolicy({ ...(await client.policy()), dailyBudget: 100n });
     * ```
     */
    setPolicy(policy: Policy): Promise<void>;

    /**
     * The client and its channels as they are now, read without waiting; the same object until something changes.
     *
     * ```js
     * const left = client.snapshot().channels.reduce((sum, { remaining }) => sum + remaining, 0n);
     * ```
     */
    snapshot(): ClientSnapshot;

    /**
     * The stop switch: nothing is signed in any tab until it is called with `false`.
     *
     * ```js
     * await client.stop(); // and on again: await client.stop(false)
     * ```
     */
    stop(stopped?: boolean): Promise<void>;

    /**
     * Calls the listener, without a value, after everything that may change the snapshot: with `getSnapshot` what
     * React's `useSyncExternalStore` and others take. Returns a function that ends it. Both may be passed on alone.
     *
     * ```js
     * const end = client.subscribe(() => console.log(client.getSnapshot().channels));
     * end();
     * ```
     */
    subscribe(listener: () => void): () => void;

    /**
     * Sends a local key's tokens, then what is left of its ether, to an address. Fails with
     * `wallet-unsupported` for an injected wallet.
     *
     * ```js
     * const { tokens, ether } = await client.sweep({ to: receiver });
     * ```
     */
    sweep(options: SweepOptions): Promise<Swept>;

    /**
     * The snapshot for JSON: bigints are decimal text.
     *
     * ```js
     * console.log(JSON.stringify(client));
     * ```
     */
    toJSON(): Json<ClientSnapshot>;

    /**
     * The token's name, symbol and decimals, and the account's balance in base units. A token
     * without a name or symbol has empty ones.
     *
     * ```js
     * const { symbol, decimals, balance } = await client.tokenInfo();
     * ```
     */
    tokenInfo(): Promise<TokenInfo>;

    /** The chain. */
    readonly chainId: number;

    /** How many blocks the receiver has to object to a close request. */
    readonly challengePeriod: number;

    /** The channel manager. */
    readonly contract: Address;

    /**
     * Why nothing is signed just now: the code of the error that everything fails with, or
     * `undefined`. The wallet shows another account, is on another chain, or is disconnected.
     */
    readonly frozen: ErrorCode | undefined;

    /** The contract's generation. */
    readonly generation: Generation;

    /** The account that pays. */
    readonly sender: Address;

    /** The token of its channels. */
    readonly token: Address;

    /**
     * `"all-tabs"`: pages and workers take turns by Web Locks. `"this-page"`: the browser has none
     * (the page is no secure context), so only one page may pay. `"storage"`: all that use the storage that was given
     * take turns by its locks.
     */
    readonly turns: "all-tabs" | "this-page" | "storage";
}

/** Finds the wallets of this browser. */
export class Wallets {
    private constructor();

    /** Frees what the object has in the module's memory; done by the browser sooner or later, too. */
    free(): void;

    /**
     * Asks all wallets to announce themselves (EIP-6963) and lists those that do within `timeout`
     * milliseconds (100), or else `window.ethereum`. Where there is neither, it waits for the first: for
     * `timeout` in all (3000), because apps inject wallets late. `signal` ends that.
     *
     * ```js
     * const [wallet] = await Wallets.discover();
     * if (wallet) console.log(wallet.name);
     * ```
     */
    static discover(options?: { timeout?: number; signal?: AbortSignal }): Promise<InjectedWallet[]>;
}

/**
 * The account that signed a balance proof. Any well-formed signature recovers to *some* account:
 * compare it with the sender of the channel. Fails with `invalid-argument` if the contract would
 * revert on the signature.
 *
 * ```js
 * const signer = recoverBalanceProof({ contract, receiver, openBlock: 1234567, balance: 3n }, signature);
 * ```
 */
export function recoverBalanceProof(message: BalanceMessage, signature: Hex): Address;

/**
 * A port for a worker of this page: transfer it, and call `useStorage` with it there before
 * anything else.
 *
 * ```js
 * const port = shareStorage();
 * worker.postMessage({ port }, [port]);
 * ```
 */
export function shareStorage(): MessagePort;

/**
 * Makes a worker use its page's `localStorage` through a port of `shareStorage`.
 *
 * ```js
 * addEventListener("message", async ({ data }) => {
 *   await useStorage(data.port);
 * });
 * ```
 */
export function useStorage(port: MessagePort): Promise<void>;
