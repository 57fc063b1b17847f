import type { MicroRaiden } from "./index.js";

/** What the paywall's events carry. */
export interface PaywallEvents {
    /** An account is connected. */
    "microraiden-connected": CustomEvent<{ client: MicroRaiden }>;
    /** A payment was made and its answer is here; a copy from an earlier visit is no payment. */
    "microraiden-paid": CustomEvent<{ url: string; blob: Blob; client: MicroRaiden }>;
    /** Something failed, and the element says so: a `MicroRaidenError`, or an error of the page with a `code`. */
    "microraiden-error": CustomEvent<{ error: Error & { code?: string } }>;
}

/**
 * `<microraiden-paywall>`: sells one resource, whose URL is its attribute `src`.
 *
 * ```js
 * import "microraiden/elements";
 *
 * document.querySelector("microraiden-paywall")?.addEventListener("microraiden-paid", ({ detail }) => {
 *   console.log(detail.url, detail.blob.size);
 * });
 * ```
 */
export class MicroraidenPaywall extends HTMLElement {
    /** The package's client, once an account is connected. */
    readonly client: MicroRaiden | undefined;
    /** Resolves when the element is ready for a choice, or has said why it is not. */
    readonly started: Promise<void>;
}

/** What the elements have in common that show facts of a client. */
declare class ClientElement extends HTMLElement {
    /** Whose facts are shown. With the attribute `for` it is the client of the paywall of that id. */
    client: MicroRaiden | undefined;
}

/** `<microraiden-balance>`: what is set aside in open channels. */
export class MicroraidenBalance extends ClientElement {}

/** `<microraiden-history>`: what was paid in this browser, by day, with a chart and a file to save. */
export class MicroraidenHistory extends ClientElement {}

/** A message, or its forms by the language's plural rules. Values in braces are filled in. */
export type Message = string | { zero?: string; one?: string; two?: string; few?: string; many?: string; other: string };

/**
 * Adds a language, or replaces its messages. Messages that are missing are said in English. Call it in the script that
 * imports the elements, or before they are in the page. The English messages are `microraiden/elements/messages/en.js`.
 *
 * ```js
 * import { addLanguage } from "microraiden/elements";
 *
 * addLanguage("fr", { "pay.go": "Payer {amount}" });
 * ```
 */
export function addLanguage(tag: string, messages: Record<string, Message>): void;

/**
 * Takes the package from elsewhere. Call it before the elements are in the page.
 *
 * ```js
 * import { useLibrary } from "microraiden/elements";
 *
 * useLibrary(() => import("microraiden/inline"));
 * ```
 */
export function useLibrary(load: () => Promise<typeof import("./index.js")>): void;

declare global {
    interface HTMLElementTagNameMap {
        "microraiden-paywall": MicroraidenPaywall;
        "microraiden-balance": MicroraidenBalance;
        "microraiden-history": MicroraidenHistory;
    }
    interface GlobalEventHandlersEventMap extends PaywallEvents {}
}
