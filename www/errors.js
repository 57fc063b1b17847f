// What each error code means to a person, and the ways out the page offers for it.
// `say` is a sentence or makes one from the details and the facts on the page; `ways` are button
// names of the error box, in order. A way that makes no sense at the moment is left out there.
import { withSymbol } from "./amount.js";
import { plain, shorten } from "./dom.js";

const tooFewTokens = (_, { tokens, token }) =>
  `Your account has ${tokens === undefined ? "too few tokens" : withSymbol(tokens, token)}, which is not enough. ` +
  "Choose a smaller amount or send tokens to your account first.";

const table = {
  // the page
  "config-missing": { say: "This page belongs in front of a priced file. Open a file from the list.", ways: ["list"] },
  "config-malformed": { say: "The server described this file in a way the page does not understand. " +
    "Reload the page; if that does not help, tell the site’s owner.", ways: ["reload"] },
  "library-unavailable": { say: "The part of this page that pays did not load. Check your connection and reload, " +
    "or try a current browser.", ways: ["reload"] },
  "amount-malformed": { say: "That is not an amount. Write a number such as 12 or 0.5." },
  "amount-too-fine": { say: ({ decimals }) => decimals === 0
    ? "This token has no decimals. Write a whole number."
    : `This token has ${decimals} decimals at most. Write fewer digits after the point.` },
  "amount-too-large": { say: "That is more than a channel can hold. Write a smaller amount." },
  "amount-zero": { say: "Write an amount above zero." },
  "deposit-below-price": { say: ({ price }, { token }) =>
    `The deposit has to cover at least one payment, ${withSymbol(price, token)}.` },
  "token-mismatch": { say: "The server names another token than its contract uses. Nothing was paid. " +
    "Tell the site’s owner before you continue." },
  "content-failed": { say: ({ status }) => `The server answered ${status} instead of giving the file. Your channel ` +
    "shows whether the payment was taken; if it was, tell the site’s owner.", ways: ["refresh"] },
  "content-lost": { say: "The payment was accepted, but the file was lost on its way. Check your connection; " +
    "paying again would cost again." },
  "clipboard": { say: "The browser did not allow copying. Select the key and copy it yourself." },
  "faucet-refused": { say: "The demo account could not send you anything; it may be empty. Restart the demo.",
    ways: ["retry"] },

  // keys and storage
  "invalid-argument": { say: "One of the values cannot be used. Check what you entered." },
  "key-malformed": { say: "That is not a private key. A key is 64 hex digits, with or without 0x in front." },
  "storage-unavailable": { say: "This browser does not let the page store anything, and without that a payment " +
    "could be lost. Allow site data, or leave the private window, then reload.", ways: ["reload"] },
  "storage-full": { say: "The browser’s storage for this site is full. Delete some of the site’s data, but save " +
    "your key first, then try again.", ways: ["retry"] },
  "corrupt-record": { say: "What this browser stored for the page cannot be read. If it was your key, import your " +
    "backup or create a new key; if it was the channel, forget it and let the page find it again.",
    ways: ["find", "reload"] },

  // wallet and account
  "wallet-rejected": { say: "You refused in the wallet. Press the button again if that was a mistake.",
    ways: ["retry"] },
  "wallet-unauthorized": { say: "The wallet does not allow this page to use the account. Connect the account in the " +
    "wallet, then try again.", ways: ["retry", "account"] },
  "wallet-unsupported": { say: "This wallet cannot sign balance proofs. Use another wallet, or a key kept in this " +
    "browser.", ways: ["account"] },
  "wallet-disconnected": { say: "The wallet has lost its connection to the network. Open the wallet, reconnect, and " +
    "try again.", ways: ["retry", "account"] },
  "wallet-pending": { say: "The wallet is already asking you something. Open it, answer there, then try again.",
    ways: ["retry"] },
  "wallet-error": { say: "The wallet reported an error. Open the wallet to see more, then try again.",
    ways: ["retry", "account"] },
  "no-account": { say: "The wallet gave no account. Unlock it or create an account there, then try again.",
    ways: ["retry", "account"] },
  "wrong-signer": { say: "The wallet signed with another account. Switch back to the account shown here, or choose " +
    "the account again.", ways: ["retry", "account"] },

  // chain
  "wrong-network": { say: (_, { chainId }) => `Your wallet is on another network. Switch it to the network with ` +
    `chain id ${chainId}, then try again.`, ways: ["retry", "account"] },
  "not-a-manager": { say: "The contract named by the server is not a channel contract this page knows. Nothing was " +
    "paid. Tell the site’s owner." },
  "rpc-unreachable": { say: "The Ethereum node cannot be reached. Check your connection, then try again.",
    ways: ["retry"] },
  "rpc-error": { say: "The Ethereum node refused the request. Try again in a moment.", ways: ["retry"] },
  "rpc-malformed": { say: "The Ethereum node gave an answer that makes no sense. Try again in a moment.",
    ways: ["retry"] },
  "insufficient-tokens": { say: tooFewTokens, ways: ["fund"] },
  "insufficient-ether": { say: "Your account has too little ether for the network fee. Send a little ether to your " +
    "account, then try again.", ways: ["fund", "retry"] },
  "rule-violated": { say: ({ rule }) => "The contract does not allow this" +
    `${rule ? ` (rule: ${plain(rule, 80)})` : ""}. Read the channel again and check the amount.`, ways: ["refresh"] },
  "transaction-reverted": { say: ({ hash }) => `The transaction${hash ? ` ${shorten(hash)}` : ""} failed on the ` +
    "chain. Only its fee was spent. Read the channel again before you repeat it.", ways: ["refresh"] },
  "transaction-lost": { say: "The network no longer knows the transaction. It may still come through: read the " +
    "channel again before you repeat it.", ways: ["refresh"] },
  "settle-too-early": { say: ({ settleBlock, currentBlock }) => settleBlock === undefined
    ? "The challenge period is still running. Wait for the settle block, then settle."
    : `You can settle after block ${settleBlock}${currentBlock === undefined ? "" : `; the chain is at block ` +
      `${currentBlock}`}. Wait, then settle.` },

  // payment
  "no-channel": { say: "There is no channel to this receiver any more. Open a new one below.", ways: ["find"] },
  "channel-not-open": { say: "The channel is closing or settled and cannot pay. Read it again to see what is left " +
    "to do.", ways: ["refresh"] },
  "insufficient-deposit": { say: "The deposit is used up. Top up the channel, then pay.", ways: ["top-up"] },
  "price-above-limit": { say: ({ price }, { token }) => price === undefined
    ? "The price has risen. Nothing was paid. Reload the page to see the new price."
    : `The price has changed to ${withSymbol(BigInt(price), token)}. Nothing was paid. Do you want to pay the new price?`,
    ways: ["new-price", "reload"] },
  "wrong-contract": { say: "The server now names another contract than this page. Nothing was paid. Reload the page.",
    ways: ["reload"] },
  "wrong-receiver": { say: "The server now names another receiver than this page. Nothing was paid. Reload the page.",
    ways: ["reload"] },
  "payment-refused": { say: "The receiver refused the payment, and the file was not opened. Read the channel again, " +
    "then try once more.", ways: ["refresh", "retry"] },
  "payment-unknown": { say: "No answer came to the payment, so it may or may not have arrived. Try again: the same " +
    "balance proof is sent, so it is not paid twice.", ways: ["retry"] },
  "proof-mismatch": { say: "The receiver reports a balance that you did not sign. Do not pay again; close the channel " +
    "with the balance shown here.", ways: ["refresh"] },
  "server-unreachable": { say: "The server cannot be reached. Check your connection, then try again.",
    ways: ["retry"] },
  "malformed-header": { say: "The server’s answer breaks the payment protocol. Nothing more was paid. Tell the " +
    "site’s owner.", ways: ["retry"] },
  "body-not-repeatable": { say: "This request cannot be repeated with a payment. Reload the page.", ways: ["reload"] },
  "aborted": { say: "Cancelled. A transaction that was already sent may still go through; the page shows it when it " +
    "does.", ways: ["refresh"], calm: true },
};

const unknown = { say: "Something went wrong that this page does not know. Try again, or reload the page.",
  ways: ["retry", "reload"] };

/** `{ code, sentence, ways, calm, technical }` for any thrown value; `facts` are the session's. */
export function describe(error, facts) {
  const code = codeOf(error);
  const details = error?.details ?? {};
  const { say, ways = [], calm = false } = Object.hasOwn(table, code) ? table[code] : unknown;
  return {
    code,
    sentence: typeof say === "function" ? say(details, facts) : say,
    ways,
    calm,
    technical: technical(error),
  };
}

export function codeOf(error) {
  if (typeof error?.code === "string") {
    return error.code;
  }
  return error?.name === "AbortError" ? "aborted" : "unexpected";
}

/** The error's own words and those of its causes. */
function technical(error) {
  const lines = [];
  for (let e = error, depth = 0; e !== undefined && e !== null && depth < 4; e = e.cause, depth += 1) {
    lines.push(String(e.message ?? e));
  }
  return lines.join("\nbecause: ");
}
