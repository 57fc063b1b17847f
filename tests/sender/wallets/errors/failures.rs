//! The wallet can't, does not know the request, or says nothing that is clear.

use microraiden::sender::wallet::Refusal;

use super::Case;

pub(super) const CASES: &[Case] = &[
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
        "WalletConnect, the next code",
        r#"{"code": 5004}"#,
        Refusal::Other,
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
