// The sentence for each error code, and the ways out the page offers for it. `say` is text, or
// makes it from the error's details and the facts on the page. `ways` name buttons of the error
// box, in order; one that makes no sense at the moment is left out there.
import { withSymbol } from "../model/amount.js";
import { shorten } from "../view/dom.js";

const isKey = (name) => String(name).startsWith("microraiden:key:");

/** Why a receiver refused, by `details.reason`. */
const refusals = {
  unconfirmed:
    "The receiver still waits for the network to confirm the channel or its deposit. Try again " +
    "in a moment.",
  "below-acknowledged":
    "The receiver claims a lower balance than it confirmed before. Do not pay again; close the " +
    "channel.",
  "unproved-balance":
    "The receiver claims a balance that you did not sign. Do not pay again; close the channel.",
  cookies:
    "Old cookies of this site stand in the way of payments. Clear this site’s cookies in the browser’s settings, " +
    "then try again. Nothing was lost.",
  ignored: "The server ignores payments. Nothing more was paid. Tell the site’s owner.",
};

/** Rules of the contract, by `details.rule`. */
const rules = {
  "deposit-limit": ({ token }, { limit }) =>
    `A channel can hold ${withSymbol(limit, token)} at most. Choose a smaller amount.`,
  receiver: () => "The contract cannot open a channel to this receiver. Tell the site’s owner.",
  closing: () => "The channel is closing already. Settle it after its challenge period.",
};

export const sentences = {
  // the page
  "config-missing": {
    say: "This page belongs in front of a priced file. Open a file from the list.",
    ways: ["list"],
  },
  "config-malformed": {
    say:
      "The server described this file in a way the page does not understand. Reload the page; " +
      "if that does not help, tell the site’s owner.",
    ways: ["reload"],
  },
  "not-a-link": {
    say: ({ method }) =>
      `This address was asked for by ${method}, as by a form, and the page pays only for what a link ` +
      "opens. Nothing was paid. A program can pay for it.",
    ways: ["list"],
  },
  "library-unavailable": {
    say:
      "The part of this page that pays did not load. Check your connection and reload, or try " +
      "a current browser.",
    ways: ["reload"],
  },
  "address-malformed": {
    say: "That is not the address of another account. It has 0x and 40 digits from 0 to 9 and a to f.",
  },
  "amount-malformed": { say: "That is not an amount. Write a number such as 12 or 0.5." },
  "amount-too-fine": {
    say: ({ decimals }) =>
      decimals === 0
        ? "This token has no decimals. Write a whole number."
        : `This token has ${decimals} decimals at most. Write fewer digits after the point.`,
  },
  "amount-too-large": { say: "That is more than a channel can hold. Write a smaller amount." },
  "amount-zero": { say: "Write an amount above zero." },
  "deposit-below-price": {
    say: ({ price }, { token }) =>
      `The deposit has to cover at least one payment, ${withSymbol(price, token)}.`,
  },
  "token-mismatch": {
    say:
      "The server names another token than its contract uses, or describes it wrongly. Nothing was " +
      "paid. Tell the site’s owner before you continue.",
  },
  "paid-already": {
    say:
      "This was paid for just now, in another tab, and nothing more was paid here. Look there: its " +
      "copy could not be kept.",
    ways: ["again"],
    calm: true,
  },
  "timed-out": {
    say: ({ seconds }) =>
      `Nothing happened for ${seconds} seconds, so the page has stopped waiting. The Ethereum node or ` +
      "the server may be down.",
    ways: ["retry", "refresh"],
    money: true,
  },
  "content-failed": {
    say: ({ status }) =>
      `The server answered ${status} instead of giving the file. The payment may have been ` +
      "taken all the same. Try again later, or tell the site’s owner.",
    ways: ["again", "refresh"],
  },
  "content-lost": {
    say:
      "The payment was accepted, but the file was lost on its way. Check your connection; " +
      "paying again would cost again.",
    ways: ["again"],
  },
  clipboard: { say: "The browser did not allow copying. Select the key and copy it yourself." },
  "faucet-refused": {
    say: "The demo account could not send you anything; it may be empty. Restart the demo.",
    ways: ["retry"],
  },

  // keys and storage
  freed: { say: "The page lost track of its channel. Reload the page.", ways: ["reload"] },
  "invalid-argument": { say: "One of the values cannot be used. Check what you entered." },
  "password-missing": { say: "Write the backup’s password." },
  "file-missing": { say: "Choose the file of the backup." },
  "wrong-password": { say: "The password does not open this backup, or the file was changed." },
  "corrupt-backup": { say: "That file is no backup, or it is damaged." },
  "backup-unsupported": {
    say: "This page cannot open that backup: a later version or another program made it.",
  },
  "key-malformed": {
    say: "That is not a private key. A key is 64 hex digits, with or without 0x in front.",
  },
  "storage-unavailable": {
    say:
      "This browser does not let the page store anything, and without that a payment could be " +
      "lost. Allow site data, or leave the private window, then reload.",
    ways: ["reload"],
  },
  "storage-full": {
    say:
      "The browser’s storage for this site is full. Delete some of the site’s data, but save " +
      "your key first, then try again.",
    ways: ["retry"],
  },
  "corrupt-record": {
    say: ({ key }) =>
      isKey(key)
        ? "The key stored in this browser cannot be read. Import your backup, or create a new key."
        : "What this browser stored about a channel cannot be read. Remove it; the page then " +
          "finds the channel on the chain again.",
    ways: ["drop", "reload"],
  },
  "key-lost": {
    say:
      "The key stored in this browser cannot be decrypted any more, because part of the site’s " +
      "data was deleted. Only your backup brings the account back: import it.",
    ways: ["drop"],
  },
  "insecure-context": {
    say:
      "The connection to this page is not secure, so the browser does not let it encrypt your " +
      "key. Open the page over https, or use a wallet.",
    ways: ["account"],
  },
  "key-exists": {
    say: "This browser already keeps another key. Reload the page and continue with it.",
    ways: ["reload"],
  },

  // wallet and account
  "wallet-rejected": {
    say: "You refused in the wallet. Press the button again if that was a mistake.",
    ways: ["retry"],
  },
  "wallet-unauthorized": {
    say:
      "The wallet does not allow this page to use the account. Connect the account in the " +
      "wallet, then try again.",
    ways: ["retry", "account"],
  },
  "wallet-unsupported": {
    say:
      "This wallet cannot sign balance proofs. Use another wallet, or a key kept in this " +
      "browser.",
    ways: ["account"],
  },
  "wallet-cannot-sign": {
    say:
      "This wallet cannot sign payments with this account, as most hardware wallets and smart accounts. " +
      "Nothing was deposited. Use a key kept in this browser, and send it tokens and ether from this wallet.",
    ways: ["account"],
  },
  "fee-on-transfer": {
    say:
      "This token charges a fee when it is moved, so less than the deposit reaches the payment contract, and not " +
      "all of it could be paid out. If a channel is open in it, close it now.",
    ways: ["close"],
  },
  "wallet-disconnected": {
    say:
      "The wallet has lost its connection to the network. Open the wallet, reconnect, and try " +
      "again.",
    ways: ["retry", "account"],
  },
  "wallet-pending": {
    say: "The wallet is already asking you something. Open it, answer there, then try again.",
    ways: ["retry"],
  },
  "wallet-error": {
    say: "The wallet reported an error. Open the wallet to see more, then try again.",
    ways: ["retry", "account"],
  },
  "no-account": {
    say: "The wallet gave no account. Unlock it or create an account there, then try again.",
    ways: ["retry", "account"],
  },
  "wrong-signer": {
    say:
      "The wallet signed with another account, or something else than the balance proof. " +
      "Switch to the account shown here; if it is that account already, use another wallet.",
    ways: ["retry", "account"],
  },

  // chain
  "wrong-network": {
    say: (_, { chainId }) =>
      `Your wallet is on another network. Switch it to the network with chain id ${chainId}, ` +
      `then try again.`,
    ways: ["retry", "account"],
  },
  "not-a-manager": {
    say:
      "The contract named by the server is not a channel contract this page knows. Nothing " +
      "was paid. Tell the site’s owner.",
  },
  "rpc-unreachable": {
    say: "The Ethereum node cannot be reached. Check your connection, then try again.",
    ways: ["retry"],
    money: true,
  },
  "rpc-error": {
    say: "The Ethereum node refused the request. Try again in a moment.",
    ways: ["retry"],
    money: true,
  },
  "rpc-malformed": {
    say: "The Ethereum node gave an answer that makes no sense. Try again in a moment.",
    ways: ["retry"],
    money: true,
  },
  "insufficient-tokens": {
    say: (_, { tokens, token }) =>
      tokens === undefined
        ? "Your account has too few tokens. Send tokens to it first."
        : `Your account has ${withSymbol(tokens, token)}, which is not enough. Choose a smaller ` +
          "amount or send tokens to your account first.",
    ways: ["fund"],
  },
  "insufficient-ether": {
    say:
      "Your account has too little ether for the network fee. Send a little ether to your " +
      "account, then try again.",
    ways: ["fund", "retry"],
  },
  "fee-above-limit": {
    say:
      "The network fee asked for is far above what is usual, so nothing was sent. Try again later; if it " +
      "stays like this, the Ethereum node may be faulty.",
    ways: ["retry"],
  },
  "rule-violated": {
    say: (details, facts) =>
      rules[details.rule]?.(facts, details) ??
      "The contract does not allow this now. Read the channel again and check the amount.",
    ways: ["refresh"],
  },
  "transaction-reverted": {
    say: ({ hash }) =>
      `The transaction${hash ? ` ${shorten(hash)}` : ""} failed on the ` +
      "chain. Only its fee was spent. Read the channel again before you repeat it.",
    ways: ["refresh"],
  },
  "transaction-pending": {
    say:
      "The transaction is not in a block yet. It is remembered and followed: come back later and " +
      "read the channel again.",
    ways: ["refresh"],
  },
  "transaction-dropped": {
    say: "The network no longer knows the transaction, and nothing was moved. Try again.",
    ways: ["refresh", "retry"],
  },
  "transaction-replaced": {
    say:
      "Another transaction took the place of this one in your wallet, and it did something else. " +
      "Read the channel again.",
    ways: ["refresh"],
  },
  "settle-too-early": {
    say: ({ settleBlock, currentBlock }) =>
      `You can settle after block ${settleBlock}; the chain is at block ${currentBlock}. Wait, ` +
      "then settle.",
  },

  // payment
  "no-channel": {
    say: ({ openBlock }) =>
      openBlock === undefined
        ? "There is no channel to this receiver any more. Open a new one below."
        : `The receiver does not know your channel of block ${openBlock}, or knows it as ` +
          "closing. Read the channel again, then try once more.",
    ways: ["find", "retry"],
  },
  "channel-unseen": {
    say:
      "Your channel was opened, but the chain does not show it yet. It is not lost, and no other is " +
      "opened in its place. Wait a little, then try again.",
    ways: ["retry"],
  },
  "channel-not-open": {
    say:
      "The channel is closing or settled and cannot pay. Read it again to see what is left to " +
      "do.",
    ways: ["refresh"],
  },
  "insufficient-deposit": {
    say: "The deposit is used up. Top up the channel, then pay.",
    ways: ["top-up"],
  },
  "price-above-limit": {
    say: ({ price }, { token }) =>
      price === undefined
        ? "The price has risen. Nothing was paid. Reload the page to see the new price."
        : `The price has changed to ${withSymbol(BigInt(price), token)}. Nothing was paid. Do ` +
          `you want to pay the new price?`,
    ways: ["new-price", "reload"],
  },
  "wrong-contract": {
    say: "The server now names another contract than this page. Nothing was paid. Reload the page.",
    ways: ["reload"],
  },
  "wrong-receiver": {
    say: "The server now names another receiver than this page. Nothing was paid. Reload the page.",
    ways: ["reload"],
  },
  "wrong-origin": {
    say:
      "This site wants payments for a receiver that you know from another site. Nothing was paid. " +
      "Tell the site’s owner.",
  },
  "payment-refused": {
    say: ({ reason }) =>
      refusals[reason] ??
      "The receiver refused the payment, and the file was not opened. Read the channel again, " +
        "then try once more.",
    ways: ["refresh", "retry"],
  },
  "proof-pending": {
    say:
      "An earlier payment has no answer yet. Try again: its balance proof is sent once more " +
      "before anything else is signed.",
    ways: ["retry"],
  },
  "channel-not-settled": {
    say:
      "The channel is not settled, so its deposit is still in the contract. Close and settle " +
      "it first.",
    ways: ["refresh"],
  },
  "payment-declined": { say: "You declined this payment. Nothing was paid.", ways: ["retry"] },
  "payment-taken": {
    say:
      "The receiver has counted your payment, but its answer did not arrive. It was paid once; " +
      "asking again costs the price again.",
    ways: ["again"],
  },
  "close-refused": {
    say: ({ reason }) =>
      reason === "pending-proof"
        ? "A payment has no answer yet, and closing now would pay for it, whether or not it was " +
          "served. Pay once more first: that settles it."
        : "What was paid in this channel is not known. Pay once more first: the receiver then " +
          "shows what it has.",
    ways: ["retry"],
  },
  "close-not-agreed": {
    say: "The receiver did not sign the closing; its server may be down. Nothing was sent.",
    ways: ["retry"],
  },
  "payments-stopped": {
    say: "Your spending policy has stopped all payments.",
    calm: true,
  },
  "page-hidden": {
    say: "Your spending policy pays only while this page can be seen. Try again now.",
    ways: ["retry"],
    calm: true,
  },
  "budget-exceeded": {
    say: "This site has used up the budget that your spending policy gives it for a day.",
    calm: true,
  },
  "rate-exceeded": {
    say: "Your spending policy does not allow so many payments at once. Wait a little.",
    ways: ["retry"],
    calm: true,
  },
  "price-rise": {
    say: "The price has risen more than your spending policy allows. Nothing was paid.",
    calm: true,
  },
  "openings-exceeded": {
    say: ({ limit }) =>
      `${limit} channels were opened for this site today, and no more are opened by its asking. ` +
      "Close one and wait until tomorrow, or allow more in your spending policy.",
    calm: true,
  },
  "escrow-exceeded": {
    say: "Your spending policy does not let that much be locked up for this site in a day.",
    calm: true,
  },
  "deposit-above-limit": {
    say: "Your spending policy does not allow a channel to hold that much.",
    calm: true,
  },
  "policy-unreadable": {
    say: "Your stored spending policy cannot be read, so nothing is paid. Set it again.",
  },
  "no-turns": {
    say:
      "Another page of this site is paying. Without a secure connection two pages cannot take " +
      "turns: close the other one, then try again.",
    ways: ["retry"],
  },
  "payment-unknown": {
    say:
      "No answer came to the payment, so it may or may not have arrived. Try again: the same " +
      "balance proof is sent first. Only if it had arrived, the file costs its price again.",
    ways: ["retry"],
  },
  "proof-mismatch": {
    say:
      "The receiver reports a balance that you did not sign. Do not pay again; close the " +
      "channel with the balance shown here.",
    ways: ["refresh"],
  },
  "not-loaded": {
    say:
      "The paying software could not be loaded. Nothing was signed or sent. Check your " +
      "connection, then try again.",
    ways: ["retry"],
  },
  "server-unreachable": {
    say: "The server cannot be reached. Check your connection, then try again.",
    ways: ["retry"],
    money: true,
  },
  "malformed-header": {
    say:
      "The server’s answer breaks the payment protocol. Nothing more was paid. Tell the " +
      "site’s owner.",
    ways: ["retry"],
  },
  aborted: {
    say: "Cancelled.",
    ways: ["refresh"],
    calm: true,
    money: true,
  },
};
