//! The user said no.

use microraiden::sender::wallet::Refusal;

use super::Case;

pub(super) const CASES: &[Case] = &[
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
];
