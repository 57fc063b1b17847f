//! The wallet can't, does not know the request, or says nothing that is clear.

use microraiden::sender::wallet::WalletRefusal;

use super::Case;

pub(super) const CASES: &[Case] = &[
    // It was sent all the same.
    (
        "MetaMask/metamask-extension#32370",
        r#"{"code": -32603, "message": "Request of type 'smartTransaction:showSmartTransactionStatusPage' already pending for origin moz-extension://x. Please wait."}"#,
        WalletRefusal::Other,
    ),
    (
        "trezor/trezor-suite#10793",
        r#"{"code": -32603, "message": "Transaction rejected"}"#,
        WalletRefusal::Other,
    ),
    // A node's words, through a wallet: the transaction may be in the pool.
    (
        "golang/go, net/http",
        r#"{"code": -32603, "message": "Post \"https://rpc\": net/http: request canceled while waiting for connection"}"#,
        WalletRefusal::Other,
    ),
    (
        "EIP-1474",
        r#"{"code": -32003, "message": "transaction rejected: nonce too low"}"#,
        WalletRefusal::Other,
    ),
    (
        "a page in front of the node",
        r#"{"code": -32603, "message": "The requested URL was rejected. Please consult with your administrator."}"#,
        WalletRefusal::Other,
    ),
    (
        "MetaMask/metamask-extension#30056",
        r#"{"code": -32603, "message": "Keyring Controller signTypedMessage: Error: Ledger: Only version 4 of typed data signing is supported"}"#,
        WalletRefusal::Incapable,
    ),
    (
        "MetaMask/metamask-mobile#13098",
        r#"{"message": "Keyring Controller signTypedMessage: Error: Trezor: Only version 4 of typed data signing is supported"}"#,
        WalletRefusal::Incapable,
    ),
    (
        "MetaMask/metamask-extension#5052",
        r#"{"message": "Not supported on this device"}"#,
        WalletRefusal::Incapable,
    ),
    (
        "EIP-1193",
        r#"{"code": 4100, "message": "The account has not been authorized by the user."}"#,
        WalletRefusal::Unauthorized,
    ),
    (
        "EIP-1193",
        r#"{"code": 4200, "message": "Unsupported method"}"#,
        WalletRefusal::UnknownMethod,
    ),
    (
        "EIP-1474",
        r#"{"code": -32601, "message": "Method not found"}"#,
        WalletRefusal::UnknownMethod,
    ),
    (
        "EIP-1474, the code alone",
        r#"{"code": -32601}"#,
        WalletRefusal::UnknownMethod,
    ),
    (
        "WalletConnect/walletconnect-monorepo#264",
        r#"{"code": -32602, "message": "Invalid params"}"#,
        WalletRefusal::BadParameters,
    ),
    (
        "MetaMask/metamask-extension#5366",
        r#"{"message": "Cannot read properties of undefined (reading 'EIP712Domain')"}"#,
        WalletRefusal::BadParameters,
    ),
    (
        "coinbase/coinbase-wallet-sdk#60",
        r#"{"message": "Cannot read property 'EIP712Domain' of undefined"}"#,
        WalletRefusal::BadParameters,
    ),
    (
        "wevm/references#94",
        r#"{"code": -32601, "message": "The method eth_signTypedData does not exist/is not available"}"#,
        WalletRefusal::UnknownMethod,
    ),
    (
        "MetaMask/metamask-extension#13590",
        r#"{"code": -32002, "message": "Already processing eth_requestAccounts. Please wait."}"#,
        WalletRefusal::Pending,
    ),
    (
        "EIP-1193",
        r#"{"code": 4900, "message": "disconnected"}"#,
        WalletRefusal::Disconnected,
    ),
    (
        "Uniswap/web3-react#653",
        r#"{"code": 1013, "message": "MetaMask: Disconnected from chain. Attempting to connect."}"#,
        WalletRefusal::Reconnecting,
    ),
    (
        "MetaMask/metamask-extension#10584",
        r#"{"code": -32002, "message": "Request of type 'wallet_requestPermissions' already pending"}"#,
        WalletRefusal::Pending,
    ),
    (
        "WalletConnect, the next code",
        r#"{"code": 5004}"#,
        WalletRefusal::Other,
    ),
    (
        "a node, with such a word first",
        r#"{"code": -32000, "message": "rejected: nonce too low"}"#,
        WalletRefusal::Other,
    ),
    (
        "EIP-4337, a bundler",
        r#"{"code": -32500, "message": "UserOperation rejected because of its paymaster"}"#,
        WalletRefusal::Other,
    ),
    (
        "words alone",
        r#"{"message": "Method not found"}"#,
        WalletRefusal::UnknownMethod,
    ),
    (
        "words alone",
        r#"{"message": "unknown method"}"#,
        WalletRefusal::UnknownMethod,
    ),
    (
        "words alone",
        r#"{"message": "Method not supported"}"#,
        WalletRefusal::UnknownMethod,
    ),
    (
        "ConsenSys-archive/ganache-cli-archive#515",
        r#"{"message": "Error: Method eth_signTypedData not supported."}"#,
        WalletRefusal::UnknownMethod,
    ),
    (
        "gnosis/cowswap#563",
        r#"{"message": "the method eth_signTypedData does not exist/is not available"}"#,
        WalletRefusal::UnknownMethod,
    ),
    (
        "Uniswap/conedison#7",
        r#"{"message": "eth_signTypedData_v1: not implemented"}"#,
        WalletRefusal::UnknownMethod,
    ),
    (
        "EIP-1474",
        r#"{"code": -32602}"#,
        WalletRefusal::BadParameters,
    ),
    (
        "words alone",
        r#"{"message": "Invalid params"}"#,
        WalletRefusal::BadParameters,
    ),
    (
        "swiss-knife-xyz/swiss-knife#127",
        r#"{"message": "Invalid primary type `undefined` must be one of `[]`. Check that the primaryType is a key in `types`."}"#,
        WalletRefusal::BadParameters,
    ),
    (
        "RootSoft/walletconnect-dart-sdk#20",
        r#"{"code": -32000, "message": "Invalid message \"data\": [object Object] must be a valid array."}"#,
        WalletRefusal::BadParameters,
    ),
    (
        "MetaMask, of version 3 and 4",
        r#"{"message": "Data must be passed as a valid JSON string."}"#,
        WalletRefusal::BadParameters,
    ),
    (
        "a wallet that parses what it is given",
        r#"{"message": "Unexpected token o in position 1"}"#,
        WalletRefusal::BadParameters,
    ),
    (
        "trustwallet/wallet-core#3046",
        r#"{"message": "SyntaxError: Unexpected non-whitespace character after JSON at position 1"}"#,
        WalletRefusal::BadParameters,
    ),
    (
        "words alone",
        r#"{"message": "Unsupported"}"#,
        WalletRefusal::Incapable,
    ),
    (
        "words alone",
        r#"{"message": "This account does not support signing"}"#,
        WalletRefusal::Incapable,
    ),
    (
        "words alone",
        r#"{"message": "This device doesn't support signing"}"#,
        WalletRefusal::Incapable,
    ),
    (
        "words alone",
        r#"{"message": "Not implemented"}"#,
        WalletRefusal::Incapable,
    ),
    ("EIP-1193", r#"{"code": 4901}"#, WalletRefusal::Disconnected),
    ("nothing at all", "null", WalletRefusal::Other),
    ("an empty object", "{}", WalletRefusal::Other),
];
