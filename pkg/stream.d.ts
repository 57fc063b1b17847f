// Metered streams (`microraiden/stream`).
import type { FetchOptions, MicroRaiden, PayingFetch } from "./index.js";

/** What `payingStream` may do: the limits of each payment, as for `client.payingFetch`, and of all of them. */
export interface StreamOptions extends FetchOptions {
    /** The most that one answer may cost in all, in token base units, with what its first interval cost. */
    maxTotal: bigint;
    /** Called after each further interval that was paid for. */
    onInterval?: (paid: PaidInterval) => void;
}

/** An interval of a stream that was paid for. Amounts are token base units. */
export interface PaidInterval {
    /** Counted from 1, which the request itself has paid for. */
    interval: number;
    price: bigint;
    /** What the answer has cost so far. */
    total: bigint;
}

/** What a metered answer says of itself. */
export interface StreamTerms {
    /** The URL at which its intervals are paid for. */
    meter: string;
    /** Of each interval, in token base units. */
    price: bigint;
    /** In seconds. */
    interval: number;
    /** How many intervals were paid for when it began: 1, or 0 where the request was a repeated one. */
    paid: number;
}

/**
 * A function like that of `client.payingFetch`, whose metered answers are paid for while somebody reads them: each
 * interval ahead, when half of the one before is over. Who stops reading stops paying; so does a page that is closed,
 * or hidden if the policy says so. What was paid for can be read to its end, then the reading fails with the payment's
 * error, or with `stream-limit` at `maxTotal`. Answers that are not metered are as ever.
 *
 * ```js
 * import { payingStream } from "microraiden/stream";
 *
 * const live = payingStream(client, { maxPrice: 5n, deposit: 100n, maxTotal: 50n });
 * const response = await live("/live");
 * for await (const bytes of response.body ?? []) console.log(bytes.length);
 * ```
 */
export function payingStream(client: MicroRaiden, options: StreamOptions): PayingFetch;

/**
 * What a metered answer says of itself; `undefined`: it is an ordinary one. Nothing is paid before it is read.
 *
 * ```js
 * import { streamTerms } from "microraiden/stream";
 *
 * const response = await pay(url);
 * const { price, interval } = streamTerms(response) ?? {};
 * ```
 */
export function streamTerms(response: Response): StreamTerms | undefined;
