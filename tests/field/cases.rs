//! The table.

use super::asks::Ask;
use super::script::Answers;
use super::script::Http::{Body, Cut, Error, Result, Status};

/// One report, and what happens here.
pub struct Case {
    /// What goes wrong, and where.
    pub kind: &'static str,
    /// A public repository and the number of an issue or pull request in it, or a vendor's page.
    pub source: &'static str,
    pub ask: Ask,
    /// What comes back to each method.
    pub answers: Answers,
    pub right: &'static str,
}

#[rustfmt::skip] // One line for each answer, however long.
pub const CASES: &[Case] = &[
    Case {
        kind: "a revert, geth", source: "https://geth.ethereum.org/docs", ask: Ask::Channel,
        answers: &[
            ("eth_call", &[Error(r#"{"code":3,"message":"execution reverted","data":"0x"}"#)]),
        ],
        right: "no such channel",
    },
    Case {
        kind: "a revert, Nethermind", source: "wevm/viem#4092", ask: Ask::Channel,
        answers: &[
            ("eth_call", &[Error(r#"{"code":-32000,"message":"execution reverted","data":"0xf4f28e99"}"#)]),
        ],
        right: "no such channel",
    },
    Case {
        kind: "a revert, Nethermind before 2021", source: "NethermindEth/nethermind#2098", ask: Ask::Channel,
        answers: &[
            ("eth_call", &[Error(r#"{"code":-32015,"message":"VM execution error.","data":"revert"}"#)]),
        ],
        right: "no such channel",
    },
    Case {
        kind: "a revert, Nethermind", source: "NethermindEth/nethermind#6024", ask: Ask::Channel,
        answers: &[
            ("eth_call", &[Error(r#"{"code":-32015,"message":"VM execution error.","data":"Reverted 0x"}"#)]),
        ],
        right: "no such channel",
    },
    Case {
        kind: "an invalid instruction, Parity", source: "graphprotocol/graph-node#1324", ask: Ask::Channel,
        answers: &[
            ("eth_call", &[Error(r#"{"code":-32015,"message":"VM execution error.","data":"Bad instruction fd"}"#)]),
        ],
        right: "no such channel",
    },
    Case {
        kind: "a revert, Gnosis chain", source: "MetaMask/rpc-errors#49", ask: Ask::Channel,
        answers: &[
            ("eth_call", &[Error(r#"{"code":-32016,"message":"The execution failed due to an exception.","data":"Reverted"}"#)]),
        ],
        right: "no such channel",
    },
    Case {
        kind: "a revert through MetaMask", source: "MetaMask/metamask-extension#18345", ask: Ask::Channel,
        answers: &[
            ("eth_call", &[Error(r#"{"code":-32603,"message":"Internal JSON-RPC error.","data":{"code":3,"data":"0x08c379a0","message":"execution reverted: has aaaaa."}}"#)]),
        ],
        right: "no such channel",
    },
    Case {
        kind: "a revert through MetaMask", source: "MetaMask/metamask-extension#18345", ask: Ask::Channel,
        answers: &[
            ("eth_call", &[Error(r#"{"code":-32603,"message":"execution reverted: has aaaaa.","data":{"originalError":{"code":3,"data":"0x08c379a0"}}}"#)]),
        ],
        right: "no such channel",
    },
    Case {
        kind: "a revert through MetaMask", source: "MetaMask/metamask-extension#7286", ask: Ask::Channel,
        answers: &[
            ("eth_call", &[Error(r#"{"code":-32603,"message":"Internal JSON-RPC error.","data":{"code":-32000,"message":"execution reverted"}}"#)]),
        ],
        right: "no such channel",
    },
    Case {
        kind: "an invalid instruction, Ganache", source: "MetaMask/metamask-improvement-proposals#36", ask: Ask::Channel,
        answers: &[
            ("eth_call", &[Error(r#"{"code":-32603,"message":"Internal error","data":{"message":"VM Exception while processing transaction: invalid opcode","code":-32000,"data":{"0x877c":{"error":"invalid opcode","program_counter":13,"return":"0x"}}}}"#)]),
        ],
        right: "no such channel",
    },
    Case {
        kind: "an error that says nothing, Hardhat", source: "NomicFoundation/hardhat#8043", ask: Ask::Channel,
        answers: &[
            ("eth_call", &[Error(r#"{"code":-32603,"message":"Internal error","data":{"message":"Internal error"}}"#)]),
        ],
        right: "the node fails; asked again",
    },
    Case {
        kind: "all gas used, Nethermind", source: "NethermindEth/nethermind#12166", ask: Ask::Channel,
        answers: &[
            ("eth_call", &[Error(r#"{"code":-32003,"message":"out of gas"}"#)]),
        ],
        right: "no such channel",
    },
    Case {
        kind: "a back end that lags, Infura", source: "MetaMask/metamask-extension#7234", ask: Ask::Channel,
        answers: &[
            ("eth_call", &[Error(r#"{"code":-32000,"message":"header not found"}"#)]),
        ],
        right: "the node lags; asked again",
    },
    Case {
        kind: "a back end that lags, anvil", source: "foundry-rs/foundry#3718", ask: Ask::Channel,
        answers: &[
            ("eth_call", &[Error(r#"{"code":-32602,"message":"BlockOutOfRangeError: block height is 16002131 but requested was 16002130"}"#)]),
        ],
        right: "the node lags; asked again",
    },
    Case {
        kind: "too many requests, QuickNode, without an envelope", source: "https://www.quicknode.com/docs/ethereum/error-references", ask: Ask::Meaning,
        answers: &[
            ("eth_call", &[Body(r#"{"code":-32007,"message":"50/second request limit reached - reduce calls per second or upgrade your account at quicknode.com/billing/plan"}"#)]),
        ],
        right: "the node is busy; asked again",
    },
    Case {
        kind: "too many requests, with HTML", source: "https://developer.mozilla.org/docs/Web/HTTP/Status/429", ask: Ask::Meaning,
        answers: &[
            ("eth_call", &[Status(429, Some("3"), r#"<html>Too Many Requests</html>"#)]),
        ],
        right: "the node is busy; asked again",
    },
    Case {
        kind: "too many requests, Alchemy", source: "https://www.alchemy.com/docs/reference/error-reference", ask: Ask::Meaning,
        answers: &[
            ("eth_call", &[Error(r#"{"code":429,"message":"Your app has exceeded its compute units per second capacity."}"#)]),
        ],
        right: "the node is busy; asked again",
    },
    Case {
        kind: "an error as a text", source: "https://www.jsonrpc.org/specification#response_object", ask: Ask::Meaning,
        answers: &[
            ("eth_call", &[Body(r#"{"error":"rate limit exceeded"}"#)]),
        ],
        right: "the node is busy; asked again",
    },
    Case {
        kind: "plain text with status 200", source: "https://www.jsonrpc.org/specification", ask: Ask::Meaning,
        answers: &[
            ("eth_call", &[Body(r#"upstream connect error"#)]),
        ],
        right: "no answer; asked again",
    },
    Case {
        kind: "a gateway without a back end", source: "https://developer.mozilla.org/docs/Web/HTTP/Status/502", ask: Ask::Meaning,
        answers: &[
            ("eth_call", &[Status(502, None, r#"Bad Gateway"#)]),
        ],
        right: "the node fails; asked again",
    },
    Case {
        kind: "a range too long, Infura", source: "INFURA/infura#237", ask: Ask::Logs,
        answers: &[
            ("eth_getLogs", &[Error(r#"{"code":-32602,"message":"range 1000000 exceeds limit of 10000"}"#)]),
        ],
        right: "at most 10000 blocks at once",
    },
    Case {
        kind: "a range too long, Scroll", source: "scroll-tech/go-ethereum#529", ask: Ask::Logs,
        answers: &[
            ("eth_getLogs", &[Error(r#"{"code":-32000,"message":"block range is bigger than maxBlockRange"}"#)]),
        ],
        right: "fewer blocks at once",
    },
    Case {
        kind: "a range too long, Reth", source: "paradigmxyz/reth#8558", ask: Ask::Logs,
        answers: &[
            ("eth_getLogs", &[Error(r#"{"code":-32602,"message":"query exceeds max block range 5000"}"#)]),
        ],
        right: "at most 5000 blocks at once",
    },
    Case {
        kind: "a range too long, Klaytn", source: "AlphaWallet/alpha-wallet-ios#5277", ask: Ask::Logs,
        answers: &[
            ("eth_getLogs", &[Error(r#"{"code":-32600,"message":"block range too high"}"#)]),
        ],
        right: "fewer blocks at once",
    },
    Case {
        kind: "a range too long, Morph", source: "enviodev/hyperindex#605", ask: Ask::Logs,
        answers: &[
            ("eth_getLogs", &[Error(r#"{"code":-32000,"message":"block range is larger than max block range, block range = 5120, max block range = 5000"}"#)]),
        ],
        right: "at most 5000 blocks at once",
    },
    Case {
        kind: "a range too long, Alchemy", source: "BobTheBuidler/dank_mids#772", ask: Ask::Logs,
        answers: &[
            ("eth_getLogs", &[Error(r#"{"code":-32600,"message":"You can make eth_getLogs requests with up to a 500 block range. Based on your parameters, this block range should work: [0x123c9b2, 0x123cba5]"}"#)]),
        ],
        right: "at most 500 blocks at once",
    },
    Case {
        kind: "a range too long, QuickNode", source: "OffchainLabs/arbitrum-sdk#609", ask: Ask::Logs,
        answers: &[
            ("eth_getLogs", &[Status(413, None, r#"{"jsonrpc":"2.0","id":56,"error":{"code":-32614,"message":"eth_getLogs is limited to a 10,000 range"}}"#)]),
        ],
        right: "at most 10000 blocks at once",
    },
    Case {
        kind: "a range too long, Moonbeam", source: "moonbeam-foundation/moonbeam#3250", ask: Ask::Logs,
        answers: &[
            ("eth_getLogs", &[Error(r#"{"code":-32000,"message":"block range is too wide (maximum 1024)"}"#)]),
        ],
        right: "at most 1024 blocks at once",
    },
    Case {
        kind: "too many logs, Infura", source: "INFURA/infura#237", ask: Ask::Logs,
        answers: &[
            ("eth_getLogs", &[Error(r#"{"code":-32005,"message":"query returned more than 10000 results"}"#)]),
        ],
        right: "fewer blocks at once",
    },
    Case {
        kind: "logs of the pool and of replaced blocks", source: "https://geth.ethereum.org/docs/interacting-with-geth/rpc/pubsub", ask: Ask::Logs,
        answers: &[
            ("eth_getLogs", &[Result(r#"[{"address":"0x3333333333333333333333333333333333333333","topics":[],"data":"0x","blockNumber":"0x5","transactionHash":"0x2222222222222222222222222222222222222222222222222222222222222222","transactionIndex":"0x0","logIndex":0,"removed":false},{"address":"0x3333333333333333333333333333333333333333","topics":[],"data":"0x","blockNumber":"0x5","transactionHash":"0x2222222222222222222222222222222222222222222222222222222222222222","transactionIndex":"0x0","logIndex":0,"removed":true},{"address":"0x3333333333333333333333333333333333333333","topics":[],"data":"0x","blockNumber":null,"transactionHash":"0x2222222222222222222222222222222222222222222222222222222222222222","transactionIndex":"0x0","logIndex":0,"removed":false}]"#)]),
        ],
        right: "1 logs",
    },
    Case {
        kind: "already in the pool, Nethermind", source: "NethermindEth/nethermind#4148", ask: Ask::HandIn,
        answers: &[
            ("eth_sendRawTransaction", &[Error(r#"{"code":-32010,"message":"AlreadyKnown"}"#)]),
        ],
        right: "taken",
    },
    Case {
        kind: "already in the pool, Besu", source: "ethers-io/ethers.js#1183", ask: Ask::HandIn,
        answers: &[
            ("eth_sendRawTransaction", &[Status(400, None, r#"{"jsonrpc":"2.0","id":53,"error":{"code":-32000,"message":"Known transaction"}}"#)]),
        ],
        right: "taken",
    },
    Case {
        kind: "already in the pool, Erigon", source: "xclud/web3dart#100", ask: Ask::HandIn,
        answers: &[
            ("eth_sendRawTransaction", &[Error(r#"{"code":-32000,"message":"ALREADY_EXISTS: already known"}"#)]),
        ],
        right: "taken",
    },
    Case {
        kind: "already in the pool, geth 1.8", source: "Nethereum/Nethereum#336", ask: Ask::HandIn,
        answers: &[
            ("eth_sendRawTransaction", &[Error(r#"{"code":-32000,"message":"known transaction: 608f9e3b4bb0a4fd63a8162b5cbee34c"}"#)]),
        ],
        right: "taken",
    },
    Case {
        kind: "already in the pool, Parity", source: "bitpay/crypto-rpc#122", ask: Ask::HandIn,
        answers: &[
            ("eth_sendRawTransaction", &[Error(r#"{"code":-32010,"message":"Transaction with the same hash was already imported."}"#)]),
        ],
        right: "taken",
    },
    Case {
        kind: "refused and kept all the same, Nethermind", source: "ethereum/execution-apis#245", ask: Ask::HandIn,
        answers: &[
            ("eth_sendRawTransaction", &[Error(r#"{"code":-32010,"message":"FeeTooLow"}"#)]),
        ],
        right: "refused, and followed by its hash",
    },
    Case {
        kind: "another one of the nonce, Erigon", source: "erigontech/erigon#5214", ask: Ask::HandIn,
        answers: &[
            ("eth_sendRawTransaction", &[Error(r#"{"code":-32000,"message":"INTERNAL_ERROR: could not replace existing tx"}"#)]),
        ],
        right: "refused, and followed by its hash",
    },
    Case {
        kind: "no answer to a transaction", source: "https://developer.mozilla.org/docs/Web/HTTP/Status/504", ask: Ask::HandIn,
        answers: &[
            ("eth_sendRawTransaction", &[Status(504, None, r#"Gateway Time-out"#)]),
        ],
        right: "unknown, and followed by its hash",
    },
    Case {
        kind: "somebody else's transaction for the user (EIP-4337, relayers)", source: "https://eips.ethereum.org/EIPS/eip-4337", ask: Ask::Status,
        answers: &[
            ("eth_getTransactionReceipt", &[Result(r#"null"#)]),
            ("eth_getTransactionByHash", &[Result(r#"{"from":"0x9999999999999999999999999999999999999999","nonce":"0x0"}"#)]),
            ("eth_getTransactionCount", &[Result(r#""0x8""#)]),
        ],
        right: "waits",
    },
    Case {
        kind: "a nonce that is none", source: "https://eips.ethereum.org/EIPS/eip-7702", ask: Ask::Status,
        answers: &[
            ("eth_getTransactionReceipt", &[Result(r#"null"#)]),
            ("eth_getTransactionByHash", &[Result(r#"{"from":"0x1111111111111111111111111111111111111111","nonce":"undefined"}"#)]),
            ("eth_getTransactionCount", &[Result(r#""0x8""#)]),
        ],
        right: "waits",
    },
    Case {
        kind: "a receipt of the pool", source: "https://ethereum.org/developers/docs/apis/json-rpc", ask: Ask::Status,
        answers: &[
            ("eth_getTransactionReceipt", &[Result(r#"{"transactionHash":"0x2222222222222222222222222222222222222222222222222222222222222222","blockNumber":null,"status":null,"logs":[]}"#)]),
            ("eth_getTransactionByHash", &[Result(r#"{"from":"0x1111111111111111111111111111111111111111","nonce":"0x7"}"#)]),
            ("eth_getTransactionCount", &[Result(r#""0x7""#)]),
        ],
        right: "waits",
    },
    Case {
        kind: "a receipt with numbers and fields of another layer", source: "https://docs.optimism.io", ask: Ask::Status,
        answers: &[
            ("eth_getTransactionReceipt", &[Result(r#"{"blockNumber":"0x5","logs":[],"type":"0x7e","status":1,"l1Fee":"0x1","l1FeeScalar":"0.684","depositNonce":null}"#)]),
            ("eth_blockNumber", &[Result(r#"5"#)]),
        ],
        right: "mined",
    },
    Case {
        kind: "a receipt without status, with the state's root", source: "https://eips.ethereum.org/EIPS/eip-658", ask: Ask::Status,
        answers: &[
            ("eth_getTransactionReceipt", &[Result(r#"{"blockNumber":"0x5","logs":[],"type":"0x7e","root":"0xaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}"#)]),
            ("eth_blockNumber", &[Result(r#""0x5""#)]),
        ],
        right: "mined",
    },
    Case {
        kind: "a receipt that says nothing of its effect", source: "https://eips.ethereum.org/EIPS/eip-658", ask: Ask::Status,
        answers: &[
            ("eth_getTransactionReceipt", &[Result(r#"{"blockNumber":"0x5","logs":[],"type":"0x7e","status":null}"#)]),
            ("eth_blockNumber", &[Result(r#""0x5""#)]),
        ],
        right: "no answer",
    },
    Case {
        kind: "logs of a receipt without their places", source: "https://docs.arbitrum.io", ask: Ask::Status,
        answers: &[
            ("eth_getTransactionReceipt", &[Result(r#"{"transactionHash":"0x2222222222222222222222222222222222222222222222222222222222222222","blockNumber":"0x5","status":"0x1","logs":[{"address":"0x3333333333333333333333333333333333333333","topics":["0xaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"],"data":"0x"}]}"#)]),
            ("eth_blockNumber", &[Result(r#""0x5""#)]),
        ],
        right: "mined",
    },
    Case {
        kind: "faults while waiting", source: "https://developer.mozilla.org/docs/Web/HTTP/Headers/Retry-After", ask: Ask::Follow,
        answers: &[
            ("eth_getTransactionReceipt", &[Status(429, Some("2"), r#"<html>Too Many Requests</html>"#), Status(503, None, r#""#), Error(r#"{"code":-32005,"message":"daily request count exceeded"}"#), Error(r#"{"code":-32000,"message":"header not found"}"#), Body(r#"upstream request timeout"#), Cut, Result(r#"{"blockNumber":"0x5","logs":[],"type":"0x7e","status":"0x1"}"#)]),
            ("eth_blockNumber", &[Result(r#""0x5""#)]),
        ],
        right: "mined, after 24 seconds",
    },
    Case {
        kind: "gas that can't be enough, geth 1.9", source: "ethereum/go-ethereum#21007", ask: Ask::Estimate,
        answers: &[
            ("eth_estimateGas", &[Error(r#"{"code":-32000,"message":"gas required exceeds allowance (9975503) or always failing transaction"}"#)]),
        ],
        right: "the contract would refuse",
    },
    Case {
        kind: "too little ether, Hardhat", source: "NomicFoundation/hardhat#2278", ask: Ask::Estimate,
        answers: &[
            ("eth_estimateGas", &[Error(r#"{"code":-32603,"message":"sender doesn't have enough funds to send tx. The max upfront cost is: 3690252990028643482 and the sender's account only has: 3690252390028643482"}"#)]),
        ],
        right: "too little ether",
    },
    Case {
        kind: "too little ether, Nethermind", source: "NethermindEth/nethermind#11188", ask: Ask::Estimate,
        answers: &[
            ("eth_estimateGas", &[Error(r#"{"code":-32000,"message":"insufficient sender balance"}"#)]),
        ],
        right: "too little ether",
    },
    Case {
        kind: "too little ether, Ganache", source: "ConsenSys-archive/ganache#1661", ask: Ask::Estimate,
        answers: &[
            ("eth_estimateGas", &[Error(r#"{"code":-32000,"message":"VM Exception while processing transaction: sender doesn't have enough funds to send tx. The upfront cost is: 1000000099667968750000"}"#)]),
        ],
        right: "too little ether",
    },
    Case {
        kind: "a contract's own words on funds, Hardhat", source: "NomicFoundation/hardhat#2489", ask: Ask::Estimate,
        answers: &[
            ("eth_estimateGas", &[Error(r#"{"code":3,"message":"execution reverted: Insufficient funds"}"#)]),
        ],
        right: "the contract would refuse",
    },
    Case {
        kind: "too little ether, Nethermind", source: "NethermindEth/nethermind#4829", ask: Ask::HandIn,
        answers: &[
            ("eth_sendRawTransaction", &[Error(r#"{"code":-32010,"message":"InsufficientFunds, Account balance: 3020000000000000000, cumulative cost: 5809177184380485770"}"#)]),
        ],
        right: "refused, and followed by its hash",
    },
    Case {
        kind: "a chain's number as a number", source: "https://eips.ethereum.org/EIPS/eip-695", ask: Ask::ChainId,
        answers: &[
            ("eth_chainId", &[Result(r#"100"#)]),
        ],
        right: "chain 100",
    },
    Case {
        kind: "a token that keeps a part of each transfer, tried out", source: "omgnetwork/plasma-contracts#22", ask: Ask::TryDeposit,
        answers: &[
            ("eth_call", &[Result(r#""0x00000000000000000000000000000000000000000000000000000000000002bc000000000000000000000000000000000000000000000000000000000000031f0000000000000000000000000000000000000000000000000000000000000003""#)]),
        ],
        right: "99 of 100 arrive: refused before anything is sent",
    },
    Case {
        kind: "the same, USDT while its fee is off", source: "sherlock-audit/2024-08-sentiment-v2-judging#12", ask: Ask::TryDeposit,
        answers: &[
            ("eth_call", &[Result(r#""0x00000000000000000000000000000000000000000000000000000000000002bc00000000000000000000000000000000000000000000000000000000000003200000000000000000000000000000000000000000000000000000000000000003""#)]),
        ],
        right: "all arrive",
    },
    Case {
        kind: "a deposit that fails when it is tried out", source: "NethermindEth/nethermind#4021", ask: Ask::TryDeposit,
        answers: &[
            ("eth_call", &[Result(r#""0x00000000000000000000000000000000000000000000000000000000000002bc00000000000000000000000000000000000000000000000000000000000002bc0000000000000000000000000000000000000000000000000000000000000002""#)]),
        ],
        right: "the receipt will tell",
    },
    Case {
        kind: "no state overrides, Hardhat", source: "NomicFoundation/hardhat#2513", ask: Ask::TryDeposit,
        answers: &[
            ("eth_call", &[Error(r#"{"code":-32602,"message":"Expected between 1 and 2 arguments and got 3"}"#)]),
        ],
        right: "the receipt will tell",
    },
    Case {
        kind: "a state override that is ignored, Hedera", source: "hiero-ledger/hiero-json-rpc-relay#4417", ask: Ask::TryDeposit,
        answers: &[
            ("eth_call", &[Result(r#""0x""#)]),
        ],
        right: "the receipt will tell",
    },
    Case {
        kind: "a state override that is ignored, forks of Ganache", source: "banteg/multicall.py#66", ask: Ask::TryDeposit,
        answers: &[
            ("eth_call", &[Error(r#"{"code":-32000,"message":"execution reverted"}"#)]),
        ],
        right: "the receipt will tell",
    },
    Case {
        kind: "a token that keeps a part of each transfer, in the receipt", source: "omgnetwork/plasma-contracts#22", ask: Ask::Deposited,
        answers: &[
            ("eth_getTransactionReceipt", &[Result(r#"{"transactionHash":"0x2222222222222222222222222222222222222222222222222222222222222222","blockNumber":"0x5","status":"0x1","logs":[{"address":"0x4444444444444444444444444444444444444444","topics":["0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef","0x0000000000000000000000001111111111111111111111111111111111111111","0x0000000000000000000000003333333333333333333333333333333333333333"],"data":"0x0000000000000000000000000000000000000000000000000000000000000063","blockNumber":"0x5","logIndex":"0x0","transactionHash":"0x2222222222222222222222222222222222222222222222222222222222222222"},{"address":"0x4444444444444444444444444444444444444444","topics":["0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef","0x0000000000000000000000001111111111111111111111111111111111111111","0x0000000000000000000000006666666666666666666666666666666666666666"],"data":"0x0000000000000000000000000000000000000000000000000000000000000001","blockNumber":"0x5","logIndex":"0x0","transactionHash":"0x2222222222222222222222222222222222222222222222222222222222222222"}]}"#)]),
        ],
        right: "99 of 100 arrived: nothing more is deposited",
    },
    Case {
        kind: "a token without events of transfers", source: "https://eips.ethereum.org/EIPS/eip-20", ask: Ask::Deposited,
        answers: &[
            ("eth_getTransactionReceipt", &[Result(r#"{"transactionHash":"0x2222222222222222222222222222222222222222222222222222222222222222","blockNumber":"0x5","status":"0x1","logs":[]}"#)]),
        ],
        right: "the token does not say",
    },
];
