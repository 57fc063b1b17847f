//! What errors of wallets mean.

use microraiden::sender::wallet::Refusal;

use super::read;

/// Source, error, meaning.
const ERRORS: &[(&str, &str, Refusal)] = &[
    (
        "EIP-1193",
        r#"{"code": 4001, "message": "User rejected the request."}"#,
        Refusal::Rejected,
    ),
    (
        "lens-protocol/lens-sdk#806",
        r#"{"code": 4001, "message": "nope"}"#,
        Refusal::Rejected,
    ),
    (
        "wevm/viem#1045",
        r#"{"code": 5000, "message": "User rejected."}"#,
        Refusal::Rejected,
    ),
    (
        "antonio-fr/pyWalletConnect#16",
        r#"{"code": 5002, "message": "User rejected methods."}"#,
        Refusal::Rejected,
    ),
    (
        "Uniswap/interface#5996",
        r#"{"code": "ACTION_REJECTED", "reason": "user rejected transaction", "action": "sendTransaction"}"#,
        Refusal::Rejected,
    ),
    (
        "BoltzExchange/boltz-web-app#1220",
        r#"{"code": "ACTION_REJECTED", "message": "ethers-user-denied", "info": {"error": {"code": 4001}}}"#,
        Refusal::Rejected,
    ),
    (
        "vultisig/vultisig-windows#4565",
        r#"{"code": -32603, "message": "Internal error", "data": {"message": "User rejected the request"}}"#,
        Refusal::Rejected,
    ),
    (
        "statechannels/statechannels#308",
        r#"{"code": -32100, "message": "User has rejected budget allocation"}"#,
        Refusal::Rejected,
    ),
    (
        "MetaMask/core#200",
        r#"{"code": -32603, "message": "User cancelled the transaction."}"#,
        Refusal::Rejected,
    ),
    (
        "coinbase/coinbase-wallet-sdk#241",
        r#"{"message": "User denied account authorization"}"#,
        Refusal::Rejected,
    ),
    (
        "anza-xyz/wallet-adapter#538",
        r#""User canceled request""#,
        Refusal::Rejected,
    ),
    (
        "viaprotocol/web3-wallets#58",
        r#"{"message": "Request rejected"}"#,
        Refusal::Rejected,
    ),
    (
        "0xProject/0x-monorepo#1433",
        r#"{"message": "cancelled"}"#,
        Refusal::Rejected,
    ),
    (
        "a code that says nothing",
        r#"{"code": -32000, "message": "cancelled"}"#,
        Refusal::Rejected,
    ),
    ("bare text", r#""Rejected by user""#, Refusal::Rejected),
    ("a code as text", r#"{"code": "4001"}"#, Refusal::Rejected),
    (
        "Uniswap/interface#5941",
        r#"{"code": -32603, "data": {"originalError": {"code": 4001, "message": "MetaMask Tx Signature: User denied transaction signature."}}}"#,
        Refusal::Rejected,
    ),
    (
        "wrapped once more",
        r#"{"error": {"code": 4001, "message": "denied"}}"#,
        Refusal::Rejected,
    ),
    (
        "viem, BaseError",
        r#"{"name": "TransactionExecutionError", "shortMessage": "User rejected the request.", "cause": {"code": 4001}}"#,
        Refusal::Rejected,
    ),
    (
        "Uniswap/interface#5941",
        r#"{"code": -1, "message": "User declined transaction"}"#,
        Refusal::Rejected,
    ),
    (
        "LedgerHQ/ledgerjs#589",
        r#"{"name": "TransportStatusError", "message": "Ledger device: Condition of use not satisfied (denied by the user?) (0x6985)", "statusCode": 27013}"#,
        Refusal::Rejected,
    ),
    (
        "trezor/trezor-suite#22110",
        r#"{"code": "Failure_ActionCancelled", "error": "Cancelled"}"#,
        Refusal::Rejected,
    ),
    (
        "trezor/trezor-suite#12446",
        r#"{"code": "Method_Interrupted", "error": "Popup closed"}"#,
        Refusal::Rejected,
    ),
    (
        "MetaMask/metamask-extension#11613",
        r#"{"message": "[ethjs-query] while formatting outputs from RPC '{\"value\":{\"code\":4001,\"message\":\"MetaMask Tx Signature: User denied transaction signature.\"}}'"}"#,
        Refusal::Rejected,
    ),
    (
        "MetaMask/accounts#294",
        r#"{"message": "Ledger: User rejected the transaction"}"#,
        Refusal::Rejected,
    ),
    // It was sent all the same.
    (
        "MetaMask/metamask-extension#32370",
        r#"{"code": -32603, "message": "Request of type 'smartTransaction:showSmartTransactionStatusPage' already pending for origin moz-extension://x. Please wait."}"#,
        Refusal::Other,
    ),
    (
        "trezor/trezor-suite#10793",
        r#"{"code": -32603, "message": "Transaction rejected"}"#,
        Refusal::Other,
    ),
    // A node's words, through a wallet: the transaction may be in the pool.
    (
        "golang/go, net/http",
        r#"{"code": -32603, "message": "Post \"https://rpc\": net/http: request canceled while waiting for connection"}"#,
        Refusal::Other,
    ),
    (
        "EIP-1474",
        r#"{"code": -32003, "message": "transaction rejected: nonce too low"}"#,
        Refusal::Other,
    ),
    (
        "a page in front of the node",
        r#"{"code": -32603, "message": "The requested URL was rejected. Please consult with your administrator."}"#,
        Refusal::Other,
    ),
    (
        "MetaMask/metamask-extension#30056",
        r#"{"code": -32603, "message": "Keyring Controller signTypedMessage: Error: Ledger: Only version 4 of typed data signing is supported"}"#,
        Refusal::Incapable,
    ),
    (
        "MetaMask/metamask-mobile#13098",
        r#"{"message": "Keyring Controller signTypedMessage: Error: Trezor: Only version 4 of typed data signing is supported"}"#,
        Refusal::Incapable,
    ),
    (
        "MetaMask/metamask-extension#5052",
        r#"{"message": "Not supported on this device"}"#,
        Refusal::Incapable,
    ),
    (
        "EIP-1193",
        r#"{"code": 4100, "message": "The account has not been authorized by the user."}"#,
        Refusal::Unauthorized,
    ),
    (
        "EIP-1193",
        r#"{"code": 4200, "message": "Unsupported method"}"#,
        Refusal::UnknownMethod,
    ),
    (
        "EIP-1474",
        r#"{"code": -32601, "message": "Method not found"}"#,
        Refusal::UnknownMethod,
    ),
    (
        "EIP-1474, the code alone",
        r#"{"code": -32601}"#,
        Refusal::UnknownMethod,
    ),
    (
        "WalletConnect/walletconnect-monorepo#264",
        r#"{"code": -32602, "message": "Invalid params"}"#,
        Refusal::BadParameters,
    ),
    (
        "MetaMask/metamask-extension#5366",
        r#"{"message": "Cannot read properties of undefined (reading 'EIP712Domain')"}"#,
        Refusal::BadParameters,
    ),
    (
        "coinbase/coinbase-wallet-sdk#60",
        r#"{"message": "Cannot read property 'EIP712Domain' of undefined"}"#,
        Refusal::BadParameters,
    ),
    (
        "wevm/references#94",
        r#"{"code": -32601, "message": "The method eth_signTypedData does not exist/is not available"}"#,
        Refusal::UnknownMethod,
    ),
    (
        "MetaMask/metamask-extension#13590",
        r#"{"code": -32002, "message": "Already processing eth_requestAccounts. Please wait."}"#,
        Refusal::Pending,
    ),
    (
        "EIP-1193",
        r#"{"code": 4900, "message": "disconnected"}"#,
        Refusal::Disconnected,
    ),
    (
        "Uniswap/web3-react#653",
        r#"{"code": 1013, "message": "MetaMask: Disconnected from chain. Attempting to connect."}"#,
        Refusal::Reconnecting,
    ),
    (
        "MetaMask/metamask-extension#10584",
        r#"{"code": -32002, "message": "Request of type 'wallet_requestPermissions' already pending"}"#,
        Refusal::Pending,
    ),
    (
        "ethers-io/ethers.js#4166, a rejection in the same form",
        r#"{"code": "UNKNOWN_ERROR", "message": "could not coalesce error", "info": {"error": {"code": 4001}}}"#,
        Refusal::Rejected,
    ),
    (
        "viem, ContractFunctionExecutionError",
        r#"{"message": "An error occurred.", "cause": {"cause": {"code": 4001}}}"#,
        Refusal::Rejected,
    ),
    (
        "wrapped as deep as it is looked for",
        r#"{"error": {"data": {"originalError": {"cause": {"code": 4001}}}}}"#,
        Refusal::Rejected,
    ),
    (
        "wrapped three times",
        r#"{"error": {"data": {"originalError": {"code": 4001}}}}"#,
        Refusal::Rejected,
    ),
    (
        "ethers 5",
        r#"{"reason": "user rejected signing"}"#,
        Refusal::Rejected,
    ),
    (
        "ethers 5, the code alone",
        r#"{"code": "ACTION_REJECTED"}"#,
        Refusal::Rejected,
    ),
    (
        "viem",
        r#"{"shortMessage": "User rejected the request."}"#,
        Refusal::Rejected,
    ),
    (
        "viem",
        r#"{"details": "MetaMask Tx Signature: User denied transaction signature."}"#,
        Refusal::Rejected,
    ),
    (
        "viem",
        r#"{"name": "UserRejectedRequestError"}"#,
        Refusal::Rejected,
    ),
    (
        "trezor, the code alone",
        r#"{"code": "Failure_ActionCancelled"}"#,
        Refusal::Rejected,
    ),
    (
        "WalletConnect/web3modal-swift#68",
        r#"{"code": 5001, "message": "5001"}"#,
        Refusal::Rejected,
    ),
    (
        "WalletConnect/WalletConnectUnity#106",
        r#"{"message": "User disapproved requested chains"}"#,
        Refusal::Rejected,
    ),
    (
        "WalletConnect, lowest code",
        r#"{"code": 5000}"#,
        Refusal::Rejected,
    ),
    (
        "WalletConnect, highest code",
        r#"{"code": 5003}"#,
        Refusal::Rejected,
    ),
    (
        "WalletConnect, the next code",
        r#"{"code": 5004}"#,
        Refusal::Other,
    ),
    (
        "WalletConnect/walletconnect-monorepo#449",
        r#"{"message": "User closed modal"}"#,
        Refusal::Rejected,
    ),
    (
        "words alone",
        r#"{"message": "Transaction refused by user"}"#,
        Refusal::Rejected,
    ),
    (
        "BitBoxSwiss/bitbox-wallet-app#2533",
        r#"{"message": "aborted by the user"}"#,
        Refusal::Rejected,
    ),
    (
        "words alone",
        r#"{"message": "User dismissed the request"}"#,
        Refusal::Rejected,
    ),
    (
        "words alone",
        r#"{"message": "Transaction cancelled by user"}"#,
        Refusal::Rejected,
    ),
    (
        "words alone",
        r#"{"message": "The request was rejected by the user"}"#,
        Refusal::Rejected,
    ),
    (
        "the second sentence",
        r#"{"message": "Request denied. User denied transaction signature."}"#,
        Refusal::Rejected,
    ),
    (
        "a rejection with another meaning's code",
        r#"{"code": -32602, "message": "User rejected the request"}"#,
        Refusal::Rejected,
    ),
    (
        "Ledger, without words",
        r#"{"message": "Ledger device: UNKNOWN_ERROR (0x6985)"}"#,
        Refusal::Rejected,
    ),
    (
        "a whole text",
        r#"{"message": "Rejected"}"#,
        Refusal::Rejected,
    ),
    (
        "a whole text",
        r#"{"message": "Denied"}"#,
        Refusal::Rejected,
    ),
    (
        "a whole text",
        r#"{"message": "Declined"}"#,
        Refusal::Rejected,
    ),
    (
        "a whole text",
        r#"{"message": "Cancel"}"#,
        Refusal::Rejected,
    ),
    (
        "a whole text",
        r#"{"message": "Canceled"}"#,
        Refusal::Rejected,
    ),
    (
        "a whole text",
        r#"{"message": "Rejected request"}"#,
        Refusal::Rejected,
    ),
    (
        "a whole text",
        r#"{"message": "Request cancelled"}"#,
        Refusal::Rejected,
    ),
    (
        "a whole text",
        r#"{"message": "Request canceled"}"#,
        Refusal::Rejected,
    ),
    (
        "a whole text",
        r#"{"message": "Request denied"}"#,
        Refusal::Rejected,
    ),
    (
        "a node, with such a word first",
        r#"{"code": -32000, "message": "rejected: nonce too low"}"#,
        Refusal::Other,
    ),
    (
        "EIP-4337, a bundler",
        r#"{"code": -32500, "message": "UserOperation rejected because of its paymaster"}"#,
        Refusal::Other,
    ),
    (
        "words alone",
        r#"{"message": "Method not found"}"#,
        Refusal::UnknownMethod,
    ),
    (
        "words alone",
        r#"{"message": "unknown method"}"#,
        Refusal::UnknownMethod,
    ),
    (
        "words alone",
        r#"{"message": "Method not supported"}"#,
        Refusal::UnknownMethod,
    ),
    (
        "ConsenSys-archive/ganache-cli-archive#515",
        r#"{"message": "Error: Method eth_signTypedData not supported."}"#,
        Refusal::UnknownMethod,
    ),
    (
        "gnosis/cowswap#563",
        r#"{"message": "the method eth_signTypedData does not exist/is not available"}"#,
        Refusal::UnknownMethod,
    ),
    (
        "Uniswap/conedison#7",
        r#"{"message": "eth_signTypedData_v1: not implemented"}"#,
        Refusal::UnknownMethod,
    ),
    ("EIP-1474", r#"{"code": -32602}"#, Refusal::BadParameters),
    (
        "words alone",
        r#"{"message": "Invalid params"}"#,
        Refusal::BadParameters,
    ),
    (
        "swiss-knife-xyz/swiss-knife#127",
        r#"{"message": "Invalid primary type `undefined` must be one of `[]`. Check that the primaryType is a key in `types`."}"#,
        Refusal::BadParameters,
    ),
    (
        "RootSoft/walletconnect-dart-sdk#20",
        r#"{"code": -32000, "message": "Invalid message \"data\": [object Object] must be a valid array."}"#,
        Refusal::BadParameters,
    ),
    (
        "MetaMask, of version 3 and 4",
        r#"{"message": "Data must be passed as a valid JSON string."}"#,
        Refusal::BadParameters,
    ),
    (
        "a wallet that parses what it is given",
        r#"{"message": "Unexpected token o in position 1"}"#,
        Refusal::BadParameters,
    ),
    (
        "trustwallet/wallet-core#3046",
        r#"{"message": "SyntaxError: Unexpected non-whitespace character after JSON at position 1"}"#,
        Refusal::BadParameters,
    ),
    (
        "words alone",
        r#"{"message": "Unsupported"}"#,
        Refusal::Incapable,
    ),
    (
        "words alone",
        r#"{"message": "This account does not support signing"}"#,
        Refusal::Incapable,
    ),
    (
        "words alone",
        r#"{"message": "This device doesn't support signing"}"#,
        Refusal::Incapable,
    ),
    (
        "words alone",
        r#"{"message": "Not implemented"}"#,
        Refusal::Incapable,
    ),
    ("EIP-1193", r#"{"code": 4901}"#, Refusal::Disconnected),
    ("nothing at all", "null", Refusal::Other),
    ("an empty object", "{}", Refusal::Other),
];

#[test]
fn errors_of_wallets_mean_what_their_users_did() {
    for (source, error, meaning) in ERRORS {
        assert_eq!(read(error).refusal, *meaning, "{source}: {error}");
    }
}

#[test]
fn only_an_error_that_is_clear_says_that_nothing_was_sent() {
    let unclear = [Refusal::Other, Refusal::Incapable, Refusal::Reconnecting];
    for (source, error, meaning) in ERRORS {
        let certain = read(error).refusal.is_certain();
        assert_eq!(certain, !unclear.contains(meaning), "{source}");
    }
}

#[test]
fn the_code_that_decides_is_told_and_the_first_text() {
    let inner = r#"{"code": -32603, "message": "outer", "data": {"originalError": {"code": 4001, "message": "inner"}}}"#;
    let error = read(inner);
    assert_eq!(error.code, Some(4001));
    assert_eq!(error.message.as_deref(), Some("outer"));
    assert_eq!(read(r#""text""#).message.as_deref(), Some("text"));
    assert_eq!(read("{}").message, None);
}

#[test]
fn errors_that_hold_themselves_end() {
    let deep = format!("{}{}", "{\"error\":".repeat(60), "4001");
    let deep = format!("{deep}{}", "}".repeat(60));
    assert_eq!(read(&deep).refusal, Refusal::Other);
}
