//! The user said no: source and error.

pub(super) const CASES: &[(&str, &str)] = &[
    (
        "EIP-1193",
        r#"{"code": 4001, "message": "User rejected the request."}"#,
    ),
    (
        "lens-protocol/lens-sdk#806",
        r#"{"code": 4001, "message": "nope"}"#,
    ),
    (
        "wevm/viem#1045",
        r#"{"code": 5000, "message": "User rejected."}"#,
    ),
    (
        "antonio-fr/pyWalletConnect#16",
        r#"{"code": 5002, "message": "User rejected methods."}"#,
    ),
    (
        "Uniswap/interface#5996",
        r#"{"code": "ACTION_REJECTED", "reason": "user rejected transaction", "action": "sendTransaction"}"#,
    ),
    (
        "BoltzExchange/boltz-web-app#1220",
        r#"{"code": "ACTION_REJECTED", "message": "ethers-user-denied", "info": {"error": {"code": 4001}}}"#,
    ),
    (
        "vultisig/vultisig-windows#4565",
        r#"{"code": -32603, "message": "Internal error", "data": {"message": "User rejected the request"}}"#,
    ),
    (
        "statechannels/statechannels#308",
        r#"{"code": -32100, "message": "User has rejected budget allocation"}"#,
    ),
    (
        "MetaMask/core#200",
        r#"{"code": -32603, "message": "User cancelled the transaction."}"#,
    ),
    (
        "coinbase/coinbase-wallet-sdk#241",
        r#"{"message": "User denied account authorization"}"#,
    ),
    ("anza-xyz/wallet-adapter#538", r#""User canceled request""#),
    (
        "viaprotocol/web3-wallets#58",
        r#"{"message": "Request rejected"}"#,
    ),
    ("0xProject/0x-monorepo#1433", r#"{"message": "cancelled"}"#),
    (
        "a code that says nothing",
        r#"{"code": -32000, "message": "cancelled"}"#,
    ),
    ("bare text", r#""Rejected by user""#),
    ("a code as text", r#"{"code": "4001"}"#),
    (
        "Uniswap/interface#5941",
        r#"{"code": -32603, "data": {"originalError": {"code": 4001, "message": "MetaMask Tx Signature: User denied transaction signature."}}}"#,
    ),
    (
        "wrapped once more",
        r#"{"error": {"code": 4001, "message": "denied"}}"#,
    ),
    (
        "viem, BaseError",
        r#"{"name": "TransactionExecutionError", "shortMessage": "User rejected the request.", "cause": {"code": 4001}}"#,
    ),
    (
        "Uniswap/interface#5941",
        r#"{"code": -1, "message": "User declined transaction"}"#,
    ),
    (
        "LedgerHQ/ledgerjs#589",
        r#"{"name": "TransportStatusError", "message": "Ledger device: Condition of use not satisfied (denied by the user?) (0x6985)", "statusCode": 27013}"#,
    ),
    (
        "trezor/trezor-suite#22110",
        r#"{"code": "Failure_ActionCancelled", "error": "Cancelled"}"#,
    ),
    (
        "trezor/trezor-suite#12446",
        r#"{"code": "Method_Interrupted", "error": "Popup closed"}"#,
    ),
    (
        "MetaMask/metamask-extension#11613",
        r#"{"message": "[ethjs-query] while formatting outputs from RPC '{\"value\":{\"code\":4001,\"message\":\"MetaMask Tx Signature: User denied transaction signature.\"}}'"}"#,
    ),
    (
        "MetaMask/accounts#294",
        r#"{"message": "Ledger: User rejected the transaction"}"#,
    ),
    (
        "ethers-io/ethers.js#4166, a rejection in the same form",
        r#"{"code": "UNKNOWN_ERROR", "message": "could not coalesce error", "info": {"error": {"code": 4001}}}"#,
    ),
    (
        "viem, ContractFunctionExecutionError",
        r#"{"message": "An error occurred.", "cause": {"cause": {"code": 4001}}}"#,
    ),
    (
        "wrapped as deep as it is looked for",
        r#"{"error": {"data": {"originalError": {"cause": {"code": 4001}}}}}"#,
    ),
    (
        "wrapped three times",
        r#"{"error": {"data": {"originalError": {"code": 4001}}}}"#,
    ),
    ("ethers 5", r#"{"reason": "user rejected signing"}"#),
    ("ethers 5, the code alone", r#"{"code": "ACTION_REJECTED"}"#),
    ("viem", r#"{"shortMessage": "User rejected the request."}"#),
    (
        "viem",
        r#"{"details": "MetaMask Tx Signature: User denied transaction signature."}"#,
    ),
    ("viem", r#"{"name": "UserRejectedRequestError"}"#),
    (
        "trezor, the code alone",
        r#"{"code": "Failure_ActionCancelled"}"#,
    ),
    (
        "WalletConnect/web3modal-swift#68",
        r#"{"code": 5001, "message": "5001"}"#,
    ),
    (
        "WalletConnect/WalletConnectUnity#106",
        r#"{"message": "User disapproved requested chains"}"#,
    ),
    ("WalletConnect, lowest code", r#"{"code": 5000}"#),
    ("WalletConnect, highest code", r#"{"code": 5003}"#),
    (
        "WalletConnect/walletconnect-monorepo#449",
        r#"{"message": "User closed modal"}"#,
    ),
    (
        "words alone",
        r#"{"message": "Transaction refused by user"}"#,
    ),
    (
        "BitBoxSwiss/bitbox-wallet-app#2533",
        r#"{"message": "aborted by the user"}"#,
    ),
    (
        "words alone",
        r#"{"message": "User dismissed the request"}"#,
    ),
    (
        "words alone",
        r#"{"message": "Transaction cancelled by user"}"#,
    ),
    (
        "words alone",
        r#"{"message": "The request was rejected by the user"}"#,
    ),
    (
        "the second sentence",
        r#"{"message": "Request denied. User denied transaction signature."}"#,
    ),
    (
        "a rejection with another meaning's code",
        r#"{"code": -32602, "message": "User rejected the request"}"#,
    ),
    (
        "Ledger, without words",
        r#"{"message": "Ledger device: UNKNOWN_ERROR (0x6985)"}"#,
    ),
    ("a whole text", r#"{"message": "Rejected"}"#),
    ("a whole text", r#"{"message": "Denied"}"#),
    ("a whole text", r#"{"message": "Declined"}"#),
    ("a whole text", r#"{"message": "Cancel"}"#),
    ("a whole text", r#"{"message": "Canceled"}"#),
    ("a whole text", r#"{"message": "Rejected request"}"#),
    ("a whole text", r#"{"message": "Request cancelled"}"#),
    ("a whole text", r#"{"message": "Request canceled"}"#),
    ("a whole text", r#"{"message": "Request denied"}"#),
];
