// A service worker that pays for what pages ask for (`microraiden/service-worker`).
import type { Address, ConnectOptions, ErrorCode, FetchOptions } from "./index.js";

export interface RegisterOptions {
    /** Of which pages it answers requests, as of `navigator.serviceWorker.register`. */
    scope?: string;
    /** `module`, unless a bundler has made it a classic script. */
    type?: "module" | "classic";
}

/** A payment that the worker made. */
export interface PaidByWorker {
    url: string;
    /** In token base units. */
    amount: bigint;
    receiver: Address;
    /** Of the channel. */
    openBlock: number;
}

/** A payment that it did not make, or whose answer was none: it passed the request on, and the server says its price. */
export interface RefusedByWorker {
    url: string;
    /** `payments-stopped`, `budget-exceeded`, `no-channel`, `storage-unavailable` and all others. */
    code: ErrorCode;
    message: string;
}

export interface PayerEvents {
    paid: CustomEvent<PaidByWorker>;
    refused: CustomEvent<RefusedByWorker>;
}

/** A page's part of a service worker that pays. Its events tell what the worker did for any page of the site. */
export interface Payer extends Omit<EventTarget, "addEventListener" | "removeEventListener"> {
    readonly registration: ServiceWorkerRegistration;
    addEventListener<Type extends keyof PayerEvents>(
        type: Type,
        listener: (event: PayerEvents[Type]) => void,
        options?: boolean | AddEventListenerOptions,
    ): void;
    removeEventListener<Type extends keyof PayerEvents>(
        type: Type,
        listener: (event: PayerEvents[Type]) => void,
        options?: boolean | EventListenerOptions,
    ): void;

    /**
     * Unregisters the worker. Pages that are open keep it until they are left; it pays for none of them any more.
     *
     * ```js
     * import { registerPayer } from "microraiden/service-worker";
     *
     * const payer = await registerPayer("/payer.js");
     * await payer.unregister();
     * ```
     */
    unregister(): Promise<boolean>;
}

/**
 * Registers a service worker that pays, and lends it this page's storage whenever it asks. Resolves once it answers this
 * page's requests. Call it in each page of the site: the worker pays while at least one of them is open.
 *
 * Fails with `insecure-context` where there are no service workers, with `not-loaded` if the script does not call
 * {@link payFor}, and as `navigator.serviceWorker.register` does.
 *
 * ```js
 * import { registerPayer } from "microraiden/service-worker";
 *
 * const payer = await registerPayer("/payer.js");
 * payer.addEventListener("paid", ({ detail }) => console.log(detail.url, detail.amount));
 * payer.addEventListener("refused", ({ detail }) => console.log(detail.url, detail.code));
 * ```
 */
export function registerPayer(script: string | URL, options?: RegisterOptions): Promise<Payer>;

export interface PayForOptions {
    /**
     * What may be paid for: paths, or URLs of other origins, without a query; `*` stands for any text. Requests for
     * anything else, all but GET, and what scripts fetch themselves do not pass through the worker.
     */
    paths: string[];
    /** How to connect; who pays is the key of this site. */
    connect: Pick<ConnectOptions, "account" | "contract" | "rpc" | "chainId" | "confirmations" | "maxFeePerGas">;
    /**
     * What one request may cost, and whether channels are opened. The policy of the account holds as well. `repeat` is
     * `true` unless it is given: a reload costs nothing where the server repeats.
     */
    limits: Omit<FetchOptions, "signal" | "onProgress">;
    /** The name of the key, as of `LocalKey.load`. */
    key?: string;
    /**
     * The largest file, in bytes, that is read as a whole where the server would have each range of it paid for (64 MiB):
     * see docs/workers.md.
     */
    maxFile?: number;
}

/**
 * In the service worker's script: pays for navigations and for what elements of its pages ask for, with the key and the channels of this site, within
 * limits and policy. What is not paid is passed on, so that the server says its price. Call it at the top, before other
 * listeners for `fetch`.
 *
 * ```js
 * import { payFor } from "microraiden/service-worker";
 *
 * payFor({ paths: ["/paid/*"], connect: { contract, rpc: rpcUrl }, limits: { maxPrice: 5n, deposit: 100n } });
 * ```
 */
export function payFor(options: PayForOptions): void;
