// All that the elements say, in English. A value in braces is filled in; of a message with several forms the one is
// taken that the language's plural rules name for `count`.
export default {
  "unit.base": { one: "{count} base unit", other: "{count} base units" },
  "unit.base-name": "base units",
  "network.other": "the network {chainId}",
  "price.label": "Price:",
  "price.about": "{amount}, about {money}",
  "price.below": "{amount}, less than {money}",

  // the first glance
  "begin.button": "Unlock for {amount}",
  "begin.note": "Next you choose what to pay with. Nothing is paid before you say so.",
  "begin.loading": "Getting ready to pay.",

  // where the account comes from
  "choose.title": "Pay with",
  "choose.wallet": "A wallet",
  "choose.looking": "Looking for wallets in this browser.",
  "choose.no-wallet":
    "No wallet was found in this browser. Install one and reload this page, or use a key kept in this browser.",
  "choose.wallet-key": "A key that your wallet brings back",
  "choose.wallet-key-note":
    "The wallet signs a text, twice the first time, and is not asked for each payment. The same wallet makes the same key " +
    "in every browser: nothing is lost with this site’s data. Keep only small amounts on it.",
  "choose.wallet-key-of": "Key from {wallet}",
  "choose.wallet-key-any": "Key from a wallet",
  "choose.wallet-key-which": "Which wallet makes the key?",
  "choose.key": "A key kept in this browser",
  "choose.key-note":
    "No wallet needed. Any script of this site can use the key, and clearing the site’s data deletes it: keep only " +
    "small amounts on it.",
  "choose.create": "Create a key",
  "choose.continue": "Continue with {account}",
  "choose.import": "Restore a backup, or import a key",
  "choose.hex": "Or a private key, 64 hex digits",
  "choose.import-go": "Import and continue",
  "choose.file": "Backup file",
  "choose.password": "Its password",
  "choose.restore": "Restore and continue",
  "choose.browser-wallet": "Browser wallet",
  "choose.unreadable-key": "a key that cannot be read",
  "choose.key-of": "the key of {account}",
  "choose.replace":
    "This browser already keeps {what}. It is replaced, and what its account holds is lost unless you have a backup " +
    "of that key.",
  "choose.replace-go": "Replace the key",

  // the account
  "account.title": "Your account {account}",
  "account.elsewhere": "Your wallet shows this page another account now, or none. Choose {account} there to go on.",
  "account.local": "A key kept in this browser. Back it up, and keep only small amounts on it.",
  "account.wallet-key":
    "A key kept in this browser, which your wallet brings back on this site. Keep only small amounts on it.",
  "account.tokens": "Tokens",
  "account.ether": "Ether, for fees",
  "account.backup": "Back up the key",
  "account.change": "Use another account",
  "account.key": "Your private key. Keep it secret; whoever has it can spend what the account holds.",
  "account.copy": "Copy",
  "account.copied": "Copied.",
  "account.copy-address": "Copy the address",
  "account.hide": "Hide",
  "account.show-question":
    "Whoever sees this key can spend everything the account holds. Show it only when nobody else can see your screen.",
  "account.show-go": "Show the key",

  // what the account needs before it can pay
  "fund.title": "Fill your account",
  "fund.needs": "Before you can pay, this account needs {needs}.",
  "fund.tokens": "at least {amount}",
  "fund.ether-about": "about {amount} for network fees",
  "fund.demo": "Get demo tokens and ether",
  "fund.amount": "How much, in {unit}",
  "fund.covers": { one: "Covers {count} like this.", other: "Covers {count} like this." },
  "fund.covers-none": "Does not cover one like this.",
  "fund.from": "Take it from {wallet}",
  "fund.along": "With it go {amount} for network fees; the wallet asks for each.",
  "fund.only-ether": "The wallet sends {amount} for network fees.",
  "fund.elsewhere": "Send it from elsewhere",
  "fund.send-to": "Send it on {network} to this address:",
  "fund.code": "QR code of the address",
  "fund.watching": "As soon as it has arrived, this page goes on by itself.",

  // the way out
  "way-out.title": "Send everything back, or remove the key",
  "way-out.origin": "This is the account in your wallet that the money came from.",
  "way-out.to": "Address that gets all tokens, and the ether that is left",
  "way-out.send": "Send everything",
  "way-out.remove": "Remove the key from this browser",
  "way-out.in-channels": "{amount} more are in channels: close these first to get them back.",
  "way-out.send-question":
    "{tokens} and {ether}, less the network fee, go to\n{to}\nThis can’t be taken back: compare the address with care.",
  "way-out.remove-question": "This browser forgets the key of {account}. {what}",
  "way-out.remove-go": "Remove the key",
  "way-out.holds": "The account still has {held}.",
  "way-out.locked": "Channels still hold {amount}.",
  "way-out.lost": "That is lost unless you have a backup.",
  "way-out.brought-back": "Your wallet brings the key back, and with it what it holds.",
  "way-out.empty": "It holds nothing.",

  // deposit and payment
  "pay.title": "Pay",
  "pay.title-open": "Set money aside",
  "pay.title-done": "Paid",
  "pay.why":
    "You pay from a channel: a deposit set aside for this receiver. Opening it costs a network fee once; each payment " +
    "from it is only a signature. When it closes, what you did not spend comes back.",
  "pay.choices": "Deposit",
  "pay.choice": { one: "{count} like this", other: "{count} like this" },
  "pay.deposit": "Deposit, in {unit}",
  "pay.covers": { one: "Covers {count} like this, for {amount}.", other: "Covers {count} like this, {amount} each." },
  "pay.open": "Open a channel and pay {amount}",
  "pay.open-again": "Open a channel and pay {amount} once more",
  "pay.go": "Pay {amount}",
  "pay.go-again": "Pay {amount} once more",
  "pay.short": "What remains in the channel does not cover this. Top it up first.",
  "pay.free-of-fees": "Paid from your channel with a signature. No network fee.",
  "pay.elsewhere":
    "Paid from your other channel, which has {left} left, not from the one shown below, with a signature. No network " +
    "fee.",
  "pay.show": "Show it again",
  "pay.once-more": "Pay once more…",
  "pay.paid": "You paid for this {when}.",
  "pay.copy": "Your copy stays in this browser until {until}; seeing it again costs nothing.",
  "pay.too-large": "It is too large to be kept: save it before you leave this page.",
  "pay.before": "You paid for this {when}. Its copy is not kept here any more.",
  "pay.unlisted":
    "This channel paid for something that this browser does not know of, maybe for this: in another browser, or long ago.",
  "pay.no-copy": "Its copy is not in this browser.",
  "auto.title": "Pay without asking",
  "auto.title-on": "Pays without asking, up to {amount} a day",
  "auto.why":
    "Later pages of this site then open without a click, paid from your channel, as long as the day’s payments to this " +
    "receiver stay within the amount. You see each of them below.",
  "auto.limit": "Without asking, at most for a day, in {unit}",
  "auto.covers": { one: "Covers {count} like this a day.", other: "Covers {count} like this a day." },
  "auto.each": "Without asking, at most for one payment, in {unit}",
  "auto.each-note": "You are asked about anything that costs more.",
  "auto.each-on": "You are asked about anything above {amount}. Your budget holds, too.",
  "auto.allow": "Allow",
  "auto.today": "Today: {amount}.",
  "auto.stop": "Ask me every time",
  "time.at": "{day} at {clock}",
  "time.on": "on {day}",
  "time.today": "today",
  "time.tomorrow": "tomorrow",

  // the budget
  "budget.title": "Budget: no limits",
  "budget.title-limits": "Budget: limits are set",
  "budget.title-day": "Budget: {used} of {limit} used today",
  "budget.title-stopped": "Budget: all payments are stopped",
  "budget.title-unreadable": "Budget: cannot be read",
  "budget.why":
    "These limits hold for this account in every tab of this site, whatever a page asks for. An empty field sets no limit.",
  "budget.stop": "Stop all payments",
  "budget.allow": "Allow payments again",
  "budget.stopped": "You have stopped all payments. This account pays nothing, in any tab of this site.",
  "budget.allowed": "Payments are allowed again.",
  "budget.price": "At most for one payment, in {unit}",
  "budget.price-above": "This costs {price}, so it will not be paid.",
  "budget.day": "At most for a day, in {unit}",
  "budget.used": "Used on this site today: {used}.",
  "budget.used-left": "Used on this site today: {used}, and {left} are left.",
  "budget.day-ends": "A new day begins {when}.",
  "budget.more": "More limits",
  "budget.rise": "A price may rise by, in percent",
  "budget.rise-note": "Above what you last paid for the same.",
  "budget.deposit": "Highest deposit in one channel, in {unit}",
  "budget.openings": "Channels opened for this site in a day, at most",
  "budget.openings-note": "Where you set no limit, it is 3.",
  "budget.hidden": "Pay only while the page can be seen",
  "budget.save": "Save the limits",
  "budget.saved": "The limits are saved and hold from now on.",

  // the channel
  "channel.title": "Your channel",
  "channel.left": "{remaining} of {deposit} left",
  "channel.left-for": {
    one: "{remaining} of {deposit} left, enough for {count}\u00a0more like this",
    other: "{remaining} of {deposit} left, enough for {count}\u00a0more like this",
  },
  "channel.details": "Details",
  "channel.deposit": "Deposit",
  "channel.spent": "Spent (balance)",
  "channel.remaining": "Remaining",
  "channel.returned": "Returned to you",
  "channel.state": "State",
  "channel.state.open": "Open",
  "channel.state.closing": "Closing",
  "channel.state.settled": "Settled",
  "channel.state.removed": "Removed",
  "channel.open-block": "Open block",
  "channel.settle-block": "Settle block",
  "channel.contract": "Contract",
  "channel.receiver": "Receiver",
  "channel.in-flight":
    "A payment got no answer. Pay for the same file again: it is sent once more, and costs nothing more.",
  "channel.pending":
    "One payment got no answer. Your next payment sends the same balance proof again. Only if the receiver has counted " +
    "it already, the file costs its price again.",
  "channel.top-up-amount": "Add to the deposit, in {unit}",
  "channel.top-up": "Top up",
  "channel.more": { one: "Covers {count} more like this.", other: "Covers {count} more like this." },
  "channel.less-than-one": "Does not cover one more like this.",
  "channel.close": "Close and take back the rest",
  "channel.settle": "Settle",
  "channel.forget": "Forget the channel",
  "channel.split": "{receiver} to the receiver and returns {sender} to you",
  "channel.closing-pays": "Closing pays {split}.",
  "channel.settling-pays": "The challenge period is over. Settling pays {split}.",
  "channel.challenge":
    "The receiver did not sign the closing, so its challenge period runs: until it ends, the receiver can still show a " +
    "newer balance.",
  "channel.settle-after": "After block {block}, settling pays {split}.",
  "channel.time-left": "You can settle in {duration}. Settling pays {split}.",
  "channel.blocks-left": {
    one: "{count} more block until you can settle (now at block {block}). Settling pays {split}.",
    other: "{count} more blocks until you can settle (now at block {block}). Settling pays {split}.",
  },
  "channel.settled": "Closed: {sender} came back to you, the receiver got {receiver}.",
  "channel.settled-somehow": "Closed: the receiver has been paid, and the rest came back to you.",
  "channel.send-back": "Send everything back…",
  "channel.remove": "Remove it from the list",
  "channel.show-open": "Show the channel with {left} left, opened {when}",
  "channel.show-left": "Show the channel with {left} left",
  "channel.show-closing": "Show the closing channel with {left} left",
  "channel.show-settles": "Show the closing channel with {left} left, which settles in {duration}",
  "channel.show-ready": "Show the closing channel with {left} left, which can be settled now",
  "channel.forget-question":
    "This channel is not settled. The page forgets the balance proofs you signed, and the deposit stays in the " +
    "contract. The page may find the channel on the chain again.",

  // leaving without the receiver
  "leave.title": "The receiver did not sign the closing",
  "leave.refused": "Its server may be down. Nothing was sent. There are two ways on:",
  "leave.later": "Try later",
  "leave.later-means": "When the receiver signs, the channel closes at once, and both of you are paid.",
  "leave.alone": "Leave alone",
  "leave.alone-means":
    "A challenge period begins, in which the receiver can still show a newer balance. After it you settle here, and both " +
    "of you are paid.",
  "leave.takes": "Takes",
  "leave.costs": "Costs",
  "leave.when-signed": "until the receiver answers",
  "leave.time": "{duration} ({blocks} blocks)",
  "leave.blocks": "{blocks} blocks",
  "leave.one": "one network fee",
  "leave.one-fee": "one network fee, about {amount}",
  "leave.two": "two network fees",
  "leave.two-fee": "two network fees, together about {amount}",
  "leave.either": "Either way {receiver} goes to the receiver, and {sender} comes back to you.",
  "leave.looking": "The receiver did not sign. Looking up what leaving alone takes.",
  "time.minute": "about a minute",
  "time.about": "about {parts}",

  // the backup
  "backup.title": "Make a backup",
  "backup.why":
    "The key of this account, and with it all its money, is in this browser only. Deleting the site’s data deletes it. " +
    "{fate} A backup is one file, which a password of yours protects.",
  "backup.persisted": "This browser promised not to delete it by itself.",
  "backup.evicted": "Some browsers delete it by themselves: Safari after seven days without a visit.",
  "backup.password": "A password for it",
  "backup.save": "Save a backup",
  "backup.later": "Not now",
  "backup.saved": "Saved as {name}. Keep the file, and remember its password.",

  // what was paid for
  "content.label": "The file",
  "content.save": "Save {name}",
  "content.here": "The file is here.",
  "content.no-picture": "This browser cannot show the picture.",
  "content.no-player": "This browser cannot play the file.",
  "content.no-pdf": "This browser has no viewer for PDF files.",

  // money in sight
  "balance.title": "Your money here",
  "balance.channels": { one: "in {count} channel", other: "in {count} channels" },
  "balance.none": "Nothing is set aside for this receiver.",
  "balance.no-account": "No account is connected.",
  "history.title": "What you paid",
  "history.none": "Nothing was paid yet.",
  "history.total": { one: "{amount} for {count} payment", other: "{amount} for {count} payments" },
  "history.export": "Save as CSV",
  "history.chart": "Paid by day",
  "history.taken": "paid, no answer",
  "history.unknown": "unanswered",
  "history.more": { one: "{count} older payment", other: "{count} older payments" },

  // buttons of questions and errors
  "go.cancel": "Cancel",
  "go.dismiss": "Dismiss",
  "go.retry": "Try again",
  "go.switch": "Change to {network} in the wallet",
  "go.list": "All files",
  "go.reload": "Reload",
  "go.refresh": "Read the channel again",
  "go.find": "Look for the channel again",
  "go.drop": "Remove what cannot be read",
  "go.top-up": "Go to top up",
  "go.budget": "Go to your budget",
  "go.close": "Close the channel",
  "go.drop-question":
    "The unreadable text is removed from this browser. If it was a key, only your backup of it can bring the account " +
    "back.",
  "go.drop-go": "Remove it",
  "error.details": "Technical details",
  "error.code": "Code:",

  // what runs, and what is said when it has worked
  "run.connect": "Connecting to the account.",
  "run.resume": "Reading your channel.",
  "run.fund": "Filling the account.",
  "run.fund-wallet": "Asking the wallet for money.",
  "run.switch": "Asking the wallet to change its network.",
  "run.fund-money": "Nothing of yours was spent. What the demo account has sent may still arrive.",
  "run.fund-ether": "Sending ether from the demo account.",
  "run.fund-tokens": "Sending tokens from the demo account.",
  "run.pay": "Paying.",
  "run.open": "Opening the channel.",
  "run.other-tab": "Another tab of this site is paying for this.",
  "run.sweep": "Sending everything.",
  "run.remove": "Removing the key.",
  "run.top-up": "Topping up the channel.",
  "run.close": "Asking the receiver to sign the closing.",
  "run.close-alone": "Leaving without the receiver.",
  "run.settle": "Settling the channel.",
  "run.read": "Reading the channel.",
  "run.forget": "Forgetting the channel.",
  "run.backup": "Making the backup.",
  "done.fund": "The account has {amount}.",
  "done.pay": "{name} is paid for and shown.",
  "done.sweep": "Everything was sent.",
  "done.top-up": "Topped up. {amount} remain in the channel.",
  "done.close": "The channel is closed.",
  "done.close-alone": "Closing has begun. Its challenge period runs.",
  "done.settle": "The channel is settled.",

  // progress: actions as they stand within a sentence
  "action.approve-reset": "clearing the old allowance",
  "action.approve": "allowing the contract to take the deposit",
  "action.open": "opening the channel",
  "action.top-up": "topping up",
  "action.close": "asking to close the channel",
  "action.cooperative-close": "closing the channel",
  "action.settle": "settling the channel",
  "action.mint": "minting tokens",
  "action.transfer-tokens": "sending tokens",
  "action.transfer-ether": "sending ether",
  "action.other": "sending a transaction",
  "wallet.chain": "Waiting for your wallet: agree to the other network there.",
  "wallet.accounts": "Waiting for your wallet: choose an account there.",
  "wallet.key": "Waiting for your wallet: sign the text that makes the key there, twice the first time. It moves nothing.",
  "wallet.signature": "Waiting for your wallet: sign there ({what}).",
  "wallet.payment": "the payment",
  "wallet.trial-signature":
    "Waiting for your wallet: sign there once, over a balance of 0. That shows that it can sign payments, and promises " +
    "nothing.",
  "wallet.transaction": "Waiting for your wallet: confirm the transaction there ({what}).",
  "wallet.other": "Waiting for your wallet: answer it there.",
  "progress.sent": "{action}: sent as {hash}, waiting for the network.",
  "progress.confirming": "{action}: confirming {confirmations} of {required}.",
  "progress.confirming-hash": "{action}: confirming {confirmations} of {required} ({hash}).",
  "progress.paying": "Paying {amount}.",
  "progress.receiver": "Waiting for the receiver.",
  "progress.receiver-again": "Waiting for the receiver to see the channel, attempt {attempt} of {attempts}.",
  "progress.resending": "No answer came. The same payment is sent again; it counts once.",
  "progress.scanning": "Looking for your channels on the chain: block {block} of {to}.",
  "progress.set-aside": "A stored record could not be read and was put aside; the chain is asked instead.",

  // what happened to the money
  "money.signed":
    "A payment was signed and may have reached the receiver. It is remembered: the next try sends the same one first, " +
    "and it counts once.",
  "money.sent":
    "A transaction ({action}, {hash}) was handed to the network and may still take effect. It is remembered and " +
    "followed: read the channel again later.",
  "money.asked":
    "If you confirm the transaction in your wallet after this, it still takes effect; refuse it there if you do not " +
    "want it.",
  "money.written":
    "A transaction was signed and may have reached the network. It is remembered and followed: read the channel again " +
    "later.",
  "money.mined":
    "A transaction ({action}) took effect before that, and nothing was paid since. Read the channel again to see it.",
  "money.none": "Nothing was paid, and nothing was sent to the network.",

  // errors, by their code
  "error.unknown": "Something went wrong that this page does not know. Try again, or reload the page.",
  "error.config-missing": "This page belongs in front of a priced file. Open a file from the list.",
  "error.config-malformed":
    "The server described this file in a way the page does not understand. Reload the page; if that does not help, " +
    "tell the site’s owner.",
  "error.not-a-link":
    "This address was asked for by {method}, as by a form, and the page pays only for what a link opens. Nothing was " +
    "paid. A program can pay for it.",
  "error.library-unavailable":
    "The part of this page that pays did not load. Check your connection and reload, or try a current browser.",
  "error.amount-malformed": "That is not an amount. Enter a number such as {example}.",
  "error.amount-too-fine": "This token has {decimals} decimals at most. Use fewer digits after the point.",
  "error.amount-too-fine.whole": "This token has no decimals. Enter a whole number.",
  "error.amount-too-large": "That is more than a channel can hold. Enter a smaller amount.",
  "error.amount-zero": "Enter an amount above zero.",
  "error.number-malformed": "Enter a whole number up to {most}.",
  "error.deposit-below-price": "The amount has to cover this at least: {price}.",
  "error.token-mismatch":
    "The server names another token than its contract uses, or describes it wrongly. Nothing was paid. Tell the site’s " +
    "owner before you continue.",
  "error.paid-already":
    "This was paid for just now, in another tab, and nothing more was paid here. Look there: its copy could not be kept.",
  "error.timed-out":
    "Nothing happened for {seconds} seconds, so the page has stopped waiting. The Ethereum node or the server may be " +
    "down.",
  "error.content-failed":
    "The server answered {status} instead of giving the file. The payment may have been taken all the same. Try again " +
    "later, or tell the site’s owner.",
  "error.content-lost":
    "The payment was accepted, but the file was lost on its way. Check your connection; paying again would cost again.",
  "error.clipboard": "The browser did not allow copying. Select the key and copy it yourself.",
  "error.faucet-refused": "The demo account could not send you anything; it may be empty. Restart the demo.",
  "error.address-malformed": "That is not the address of another account: 0x and 40 hex digits. Copy it again.",
  "error.freed": "The page lost track of its channel. Reload the page.",
  "error.invalid-argument": "One of the values cannot be used. Check what you entered.",
  "error.password-missing": "Enter the backup’s password.",
  "error.file-missing": "Choose the file of the backup.",
  "error.wrong-password": "The password does not open this backup, or the file was changed.",
  "error.corrupt-backup": "That file is no backup, or it is damaged.",
  "error.backup-unsupported": "This page cannot open that backup: a later version or another program made it.",
  "error.key-malformed": "That is not a private key. A key is 64 hex digits, with or without 0x in front.",
  "error.storage-unavailable":
    "This browser does not let the page store anything, and without that a payment could be lost. Allow site data, or " +
    "leave the private window, then reload.",
  "error.storage-full":
    "The browser’s storage for this site is full. Delete some of the site’s data, but save your key first, then try " +
    "again.",
  "error.corrupt-record":
    "What this browser stored about a channel cannot be read. Remove it; the page then finds the channel on the chain " +
    "again.",
  "error.corrupt-record.key":
    "The key stored in this browser cannot be read. Import your backup, or create a new key.",
  "error.key-lost":
    "The key stored in this browser cannot be decrypted any more, because part of the site’s data was deleted. Only " +
    "your backup brings the account back: import it.",
  "error.insecure-context":
    "The connection to this page is not secure, so the browser does not let it encrypt your key. Open the page over " +
    "https, or use a wallet.",
  "error.key-exists": "This browser already keeps another key. Reload the page and continue with it.",
  "error.wallet-rejected": "You refused in the wallet. Press the button again if that was a mistake.",
  "error.wallet-unauthorized":
    "The wallet does not allow this page to use the account. Connect the account in the wallet, then try again.",
  "error.wallet-unsupported":
    "This wallet cannot sign balance proofs. Use another wallet, or a key kept in this browser.",
  "error.wallet-cannot-sign":
    "This wallet cannot sign payments with this account, as most hardware wallets and smart accounts. Nothing was " +
    "deposited. Use a key kept in this browser, and send it tokens and ether from this wallet.",
  "error.wallet-signatures-differ":
    "This wallet signs differently each time, so a key made from it could not be brought back. Use a key kept in this " +
    "browser, and save a backup of it.",
  "error.fee-on-transfer":
    "This token charges a fee when it is moved, so less than the deposit reaches the payment contract, and not all of " +
    "it could be paid out. If a channel is open in it, close it now.",
  "error.wallet-disconnected":
    "The wallet has lost its connection to the network. Open the wallet, reconnect, and try again.",
  "error.wallet-pending": "The wallet is already asking you something. Open it, answer there, then try again.",
  "error.wallet-error": "The wallet reported an error. Open the wallet to see more, then try again.",
  "error.no-account": "The wallet gave no account. Unlock it or create an account there, then try again.",
  "error.wrong-signer":
    "The wallet signed with another account, or something else than the balance proof. Switch to the account shown " +
    "here; if it is that account already, use another wallet.",
  "error.wrong-network":
    "Your wallet is on another network. Switch it to the network with chain id {chainId}, then try again.",
  "error.not-a-manager":
    "The contract named by the server is not a channel contract this page knows. Nothing was paid. Tell the site’s " +
    "owner.",
  "error.rpc-unreachable": "The Ethereum node cannot be reached. Check your connection, then try again.",
  "error.rpc-error": "The Ethereum node refused the request. Try again in a moment.",
  "error.rpc-malformed": "The Ethereum node gave an answer that makes no sense. Try again in a moment.",
  "error.insufficient-tokens": "Your account has too few tokens. Send tokens to it first.",
  "error.insufficient-tokens.known":
    "Your account has {tokens}, which is not enough. Choose a smaller amount or send tokens to your account first.",
  "error.insufficient-ether":
    "Your account has too little ether for the network fee. Send a little ether to your account, then try again.",
  "error.fee-above-limit":
    "The network fee asked for is far above what is usual, so nothing was sent. Try again later; if it stays like " +
    "this, the Ethereum node may be faulty.",
  "error.rule-violated":
    "The contract does not allow this now. Read the channel again and check the amount.",
  "error.rule-violated.deposit-limit": "A channel can hold {limit} at most. Choose a smaller amount.",
  "error.rule-violated.receiver":
    "The contract cannot open a channel to this receiver. Tell the site’s owner.",
  "error.rule-violated.closing": "The channel is closing already. Settle it after its challenge period.",
  "error.transaction-reverted":
    "The transaction failed on the chain. Only its fee was spent. Read the channel again before you repeat it.",
  "error.transaction-reverted.hash":
    "The transaction {hash} failed on the chain. Only its fee was spent. Read the channel again before you repeat it.",
  "error.transaction-pending":
    "The transaction is not in a block yet. It is remembered and followed: come back later and read the channel again.",
  "error.transaction-dropped": "The network no longer knows the transaction, and nothing was moved. Try again.",
  "error.transaction-replaced":
    "Another transaction took the place of this one in your wallet, and it did something else. Read the channel again.",
  "error.settle-too-early":
    "You can settle after block {settleBlock}; the chain is at block {currentBlock}. Wait, then settle.",
  "error.no-channel": "There is no channel to this receiver any more. Open a new one below.",
  "error.no-channel.block":
    "The receiver does not know your channel of block {openBlock}, or knows it as closing. Read the channel again, then " +
    "try once more.",
  "error.channel-unseen":
    "Your channel was opened, but the chain does not show it yet. It is not lost, and no other is opened in its place. " +
    "Wait a little, then try again.",
  "error.channel-not-open":
    "The channel is closing or settled and cannot pay. Read it again to see what is left to do.",
  "error.insufficient-deposit": "The deposit is used up. Top up the channel, then pay.",
  "error.price-above-limit": "The price has risen. Nothing was paid. Reload the page to see the new price.",
  "error.price-above-limit.known":
    "The price has changed to {price}. Nothing was paid. Do you want to pay the new price?",
  "error.price-above-limit.budget":
    "This costs {price}, and your budget allows {limit} at most for one payment. Nothing was paid.",
  "error.wrong-contract":
    "The server now names another contract than this page. Nothing was paid. Reload the page.",
  "error.wrong-receiver":
    "The server now names another receiver than this page. Nothing was paid. Reload the page.",
  "error.wrong-origin":
    "This site wants payments for a receiver that you know from another site. Nothing was paid. Tell the site’s owner.",
  "error.payment-refused":
    "The receiver refused the payment, and the file was not opened. Read the channel again, then try once more.",
  "error.payment-refused.unconfirmed":
    "The receiver still waits for the network to confirm the channel or its deposit. Try again in a moment.",
  "error.payment-refused.below-acknowledged":
    "The receiver claims a lower balance than it confirmed before. Do not pay again; close the channel.",
  "error.payment-refused.unproved-balance":
    "The receiver claims a balance that you did not sign. Do not pay again; close the channel.",
  "error.payment-refused.charged-more":
    "The receiver says that it charged more than it served. Do not pay again; close the channel.",
  "error.payment-refused.cookies":
    "Old cookies of this site stand in the way of payments. Clear this site’s cookies in the browser’s settings, then " +
    "try again. Nothing was lost.",
  "error.payment-refused.ignored":
    "The server ignores payments. Nothing more was paid. Tell the site’s owner.",
  "error.proof-pending":
    "An earlier payment has no answer yet. Try again: its balance proof is sent once more before anything else is " +
    "signed.",
  "error.channel-not-settled":
    "The channel is not settled, so its deposit is still in the contract. Close and settle it first.",
  "error.payment-declined": "You declined this payment. Nothing was paid.",
  "error.payment-taken":
    "The receiver has counted your payment, but its answer did not arrive. It was paid once; asking again costs the " +
    "price again.",
  "error.close-refused":
    "What was paid in this channel is not known. Pay once more first: the receiver then shows what it has.",
  "error.close-refused.pending-proof":
    "A payment has no answer yet, and closing now would pay for it, whether or not it was served. Pay once more first: " +
    "that settles it.",
  "error.close-not-agreed": "The receiver did not sign the closing; its server may be down. Nothing was sent.",
  "error.payments-stopped": "You have stopped all payments. Nothing was paid.",
  "error.page-hidden": "Your budget pays only while this page can be seen. Try again now.",
  "error.budget-exceeded":
    "Of the {budget} that your budget allows this site in a day, {left} are left. Nothing was paid.",
  "error.rate-exceeded": "Your budget does not allow so many payments at once. Wait a little.",
  "error.price-rise":
    "The price has risen from {before} to {price}, more than your budget allows. Nothing was paid.",
  "error.stream-limit": "It has cost as much as it may cost. Nothing more was paid.",
  "error.openings-exceeded":
    "{limit} channels were opened for this site today, and no more are opened by its asking. Close one and wait until " +
    "tomorrow, or allow more in your budget.",
  "error.escrow-exceeded": "Your budget does not let that much be set aside for this site in a day.",
  "error.deposit-above-limit": "Your budget allows {limit} at most in one channel.",
  "error.policy-unreadable": "Your budget cannot be read, so nothing is paid. Save its limits anew.",
  "error.no-turns":
    "Another page of this site is paying. Without a secure connection two pages cannot take turns: close the other " +
    "one, then try again.",
  "error.payment-unknown":
    "No answer came to the payment, so it may or may not have arrived. Try again: the same balance proof is sent " +
    "first. Only if it had arrived, the file costs its price again.",
  "error.proof-mismatch":
    "The receiver reports a balance that you did not sign. Do not pay again; close the channel with the balance shown " +
    "here.",
  "error.not-loaded":
    "The paying software could not be loaded. Nothing was signed or sent. Check your connection, then try again.",
  "error.server-unreachable": "The server cannot be reached. Check your connection, then try again.",
  "error.malformed-header":
    "The server’s answer breaks the payment protocol. Nothing more was paid. Tell the site’s owner.",
  "error.aborted": "Cancelled.",
};
