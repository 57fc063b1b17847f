//! Typed JSON-RPC methods.

mod answers;

use core::time::Duration;

use crate::json::{Value, json};

use crate::protocol::amount::Uint256;
use crate::protocol::{Address, Hash, Log, hex_text};

use super::receipt::Receipt;
use super::rpc::{ChainError, Transport};
use answers::{
    as_u64, contract_block, is_removed, read_bytes, read_hash, read_log, read_placed_log, read_u64,
    read_uint256,
};

/// A node behind a transport.
#[derive(Clone, Debug)]
pub struct Node<T> {
    transport: T,
}

/// Which logs to read.
#[derive(Clone, Debug)]
pub struct LogFilter {
    /// The contract.
    pub address: Address,
    /// topic0 and the indexed arguments; `None` matches anything.
    pub topics: Vec<Option<Hash>>,
    /// The first block.
    pub from_block: u64,
    /// The last block.
    pub to_block: u64,
}

/// What a block says of itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// Its number.
    pub number: u64,
    /// Its hash.
    pub hash: Hash,
    /// The hash of the block before it, if the node says it.
    pub parent: Option<Hash>,
    /// When it was made, in seconds since 1970, if the node says it.
    pub timestamp: Option<u64>,
}

/// What a node says of a transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Known {
    /// The account that it is of, where the node says so. Not the user's where somebody else sends it for
    /// them.
    pub from: Option<Address>,
    /// Its nonce among those of that account.
    pub nonce: Option<u64>,
}

/// What a block says of gas.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GasMarket {
    /// Its base fee, in wei; `None` on a chain without EIP-1559.
    pub base_fee: Option<Uint256>,
    /// The most gas of all its transactions together, if the node says it.
    pub limit: Option<u64>,
}

/// A log and where it stands in the chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlacedLog {
    /// The log.
    pub log: Log,
    /// The block that holds it.
    pub block: u64,
    /// The transaction that emitted it.
    pub transaction: Hash,
    /// Its place within the block.
    pub index: u64,
}

impl<T: Transport> Node<T> {
    /// A node behind this transport.
    pub const fn new(transport: T) -> Self {
        Self { transport }
    }

    /// The transport.
    pub const fn transport(&self) -> &T {
        &self.transport
    }

    /// The transport, without the node.
    pub fn into_transport(self) -> T {
        self.transport
    }

    /// Waits between two polls.
    pub async fn pause(&self, time: Duration) -> Result<(), ChainError> {
        let waited = self.transport.pause(time).await;
        waited.map_err(|source| ChainError::Transport {
            method: "pause",
            source,
        })
    }

    /// Sends a request whose answer the caller reads.
    pub async fn request(&self, method: &'static str, params: Value) -> Result<Value, ChainError> {
        self.transport
            .request(method, params)
            .await
            .map_err(|source| ChainError::Transport { method, source })
    }

    async fn quantity(&self, method: &'static str, params: Value) -> Result<u64, ChainError> {
        let value = self.request(method, params).await?;
        read_u64(method, &value)
    }

    async fn big_quantity(
        &self,
        method: &'static str,
        params: Value,
    ) -> Result<Uint256, ChainError> {
        let value = self.request(method, params).await?;
        read_uint256(method, &value)
    }

    /// `eth_chainId`.
    pub async fn chain_id(&self) -> Result<u64, ChainError> {
        self.quantity("eth_chainId", json!([])).await
    }

    /// `eth_blockNumber`: the newest block.
    pub async fn block_number(&self) -> Result<u64, ChainError> {
        self.quantity("eth_blockNumber", json!([])).await
    }

    /// `eth_getTransactionCount`, pending transactions included: the next nonce.
    pub async fn next_nonce(&self, account: Address) -> Result<u64, ChainError> {
        self.quantity(
            "eth_getTransactionCount",
            json!([account.to_string(), "pending"]),
        )
        .await
    }

    /// `eth_getTransactionCount` at the newest block: how many transactions of the account are
    /// mined, so that every lower nonce is used up.
    pub async fn mined_nonce(&self, account: Address) -> Result<u64, ChainError> {
        let params = json!([account.to_string(), "latest"]);
        self.quantity("eth_getTransactionCount", params).await
    }

    /// `eth_getTransactionByHash`: what the node says of a transaction that it knows, mined or not; `None` if
    /// it knows none. Chains with other kinds of transactions leave fields out, or fill in their own.
    pub async fn transaction(&self, transaction: &Hash) -> Result<Option<Known>, ChainError> {
        let params = json!([transaction.to_string()]);
        let value = self.request("eth_getTransactionByHash", params).await?;
        Ok(value.as_object().map(|_| Known {
            from: value["from"].as_str().and_then(|from| from.parse().ok()),
            nonce: as_u64(&value["nonce"]),
        }))
    }

    /// `eth_getBalance` at the newest block, in wei.
    pub async fn ether_balance(&self, account: Address) -> Result<Uint256, ChainError> {
        self.big_quantity("eth_getBalance", json!([account.to_string(), "latest"]))
            .await
    }

    /// `eth_gasPrice`, in wei.
    pub async fn gas_price(&self) -> Result<Uint256, ChainError> {
        self.big_quantity("eth_gasPrice", json!([])).await
    }

    /// `eth_maxPriorityFeePerGas`, in wei.
    pub async fn priority_fee(&self) -> Result<Uint256, ChainError> {
        self.big_quantity("eth_maxPriorityFeePerGas", json!([]))
            .await
    }

    /// `eth_feeHistory`: what was paid for a unit of gas in each of the newest blocks, in wei: the base
    /// fee and the median of the tips.
    pub async fn paid_per_gas(&self, blocks: u64) -> Result<Vec<Uint256>, ChainError> {
        const METHOD: &str = "eth_feeHistory";
        let params = json!([format!("{blocks:#x}"), "latest", json!([50_u64])]);
        let history = self.request(METHOD, params).await?;
        let list = |name: &str| {
            let list = history[name].as_array();
            list.ok_or_else(|| ChainError::malformed(METHOD, "no list"))
        };
        // One more base fee than tips: that of the next block.
        let paid = list("baseFeePerGas")?.iter().zip(list("reward")?);
        paid.map(|(base_fee, tips)| {
            let base_fee = read_uint256(METHOD, base_fee)?;
            let tip = tips.as_array().and_then(|tips| tips.first());
            let tip = tip.ok_or_else(|| ChainError::malformed(METHOD, "no tip"))?;
            Ok(base_fee.saturating_add(read_uint256(METHOD, tip)?))
        })
        .collect()
    }

    /// What the newest block says of gas.
    pub async fn gas_market(&self) -> Result<GasMarket, ChainError> {
        const METHOD: &str = "eth_getBlockByNumber";
        let block = self.request(METHOD, json!(["latest", false])).await?;
        if block.as_object().is_none() {
            return Err(ChainError::malformed(METHOD, "no block"));
        }
        let base_fee = match &block["baseFeePerGas"] {
            Value::Null => None,
            fee => Some(read_uint256(METHOD, fee)?),
        };
        Ok(GasMarket {
            base_fee,
            // Some layers say more than 64 bits, which is no limit.
            limit: as_u64(&block["gasLimit"]).filter(|limit| *limit > 0),
        })
    }

    /// What a block says of itself; `None` while the node does not know it.
    pub async fn header(&self, number: u64) -> Result<Option<Header>, ChainError> {
        const METHOD: &str = "eth_getBlockByNumber";
        let block = self
            .request(METHOD, json!([format!("{number:#x}"), false]))
            .await?;
        if block.is_null() {
            return Ok(None);
        }
        let said = |name: &str| Some(&block[name]).filter(|value| !value.is_null());
        let stated = said("number").map(|value| read_u64(METHOD, value));
        if stated.transpose()?.is_some_and(|stated| stated != number) {
            return Err(ChainError::malformed(
                METHOD,
                "another block than asked for",
            ));
        }
        let parent = said("parentHash").map(|value| read_hash(METHOD, value));
        let timestamp = said("timestamp").map(|value| read_u64(METHOD, value));
        Ok(Some(Header {
            number,
            hash: read_hash(METHOD, &block["hash"])?,
            parent: parent.transpose()?,
            timestamp: timestamp.transpose()?,
        }))
    }

    /// By which number the chain's contracts know a block, where that is another chain's; `None` where
    /// the node does not say so, as on most chains.
    pub async fn contract_block(&self, number: u64) -> Result<Option<u64>, ChainError> {
        const METHOD: &str = "eth_getBlockByNumber";
        let params = json!([format!("{number:#x}"), false]);
        Ok(contract_block(&self.request(METHOD, params).await?))
    }

    /// The hash of a block; `None` while the node does not know it.
    pub async fn block_hash(&self, number: u64) -> Result<Option<Hash>, ChainError> {
        Ok(self.header(number).await?.map(|header| header.hash))
    }

    /// `eth_call` at the newest block.
    pub async fn call(&self, to: Address, data: &[u8]) -> Result<Vec<u8>, ChainError> {
        self.execute(json!({ "to": to.to_string(), "data": hex_text::encode(data) }))
            .await
    }

    /// `eth_call` at an older block, whose state full nodes keep for some hundred blocks.
    pub async fn call_at(
        &self,
        to: Address,
        data: &[u8],
        block: u64,
    ) -> Result<Vec<u8>, ChainError> {
        let call = json!({ "to": to.to_string(), "data": hex_text::encode(data) });
        self.execute_at(call, format!("{block:#x}").into()).await
    }

    /// `eth_call` on behalf of an account: what a transaction of it would answer.
    pub async fn call_from(
        &self,
        from: Address,
        to: Address,
        data: &[u8],
    ) -> Result<Vec<u8>, ChainError> {
        let (from, to) = (from.to_string(), to.to_string());
        self.execute(json!({ "from": from, "to": to, "data": hex_text::encode(data) }))
            .await
    }

    /// `eth_call` of an account as if this were its code, in hexadecimal digits: a state override, which many
    /// nodes know. Others answer an error, or nothing.
    pub async fn call_as(
        &self,
        account: Address,
        code: &str,
        data: &[u8],
    ) -> Result<Vec<u8>, ChainError> {
        const METHOD: &str = "eth_call";
        let account = account.to_string();
        let call = json!({ "to": account.as_str(), "data": hex_text::encode(data) });
        let code = json!({ "code": code });
        let replaced = Value::Object(vec![(account, code)]);
        let value = self
            .request(METHOD, json!([call, "latest", replaced]))
            .await?;
        read_bytes(METHOD, &value)
    }

    async fn execute(&self, call: Value) -> Result<Vec<u8>, ChainError> {
        self.execute_at(call, "latest".into()).await
    }

    async fn execute_at(&self, call: Value, block: Value) -> Result<Vec<u8>, ChainError> {
        const METHOD: &str = "eth_call";
        let value = self.request(METHOD, json!([call, block])).await?;
        read_bytes(METHOD, &value)
    }

    /// `eth_estimateGas`. A call that would revert answers an error.
    pub async fn estimate_gas(
        &self,
        from: Address,
        to: Address,
        value: Uint256,
        data: &[u8],
    ) -> Result<u64, ChainError> {
        let call = json!({
            "from": from.to_string(),
            "to": to.to_string(),
            "value": format!("{value:#x}"),
            "data": hex_text::encode(data),
        });
        self.quantity("eth_estimateGas", json!([call])).await
    }

    /// `eth_sendRawTransaction`: hands in a signed transaction and returns its hash.
    pub async fn send_raw(&self, raw: &[u8]) -> Result<Hash, ChainError> {
        const METHOD: &str = "eth_sendRawTransaction";
        let value = self.request(METHOD, json!([hex_text::encode(raw)])).await?;
        read_hash(METHOD, &value)
    }

    /// `eth_getTransactionReceipt`; `None` while the transaction is not mined.
    pub async fn receipt(&self, transaction: &Hash) -> Result<Option<Receipt>, ChainError> {
        const METHOD: &str = "eth_getTransactionReceipt";
        let value = self
            .request(METHOD, json!([transaction.to_string()]))
            .await?;
        if value.is_null() {
            return Ok(None);
        }
        if value.as_object().is_none() {
            return Err(ChainError::malformed(METHOD, "no receipt"));
        }
        // Some nodes have receipts of what is still in their pool.
        if value["blockNumber"].is_null() {
            return Ok(None);
        }
        let said = match &value["transactionHash"] {
            Value::Null => *transaction,
            hash => read_hash(METHOD, hash)?,
        };
        if said != *transaction {
            return Err(ChainError::malformed(METHOD, "of another transaction"));
        }
        let logs = value["logs"]
            .as_array()
            .ok_or_else(|| ChainError::malformed(METHOD, "no logs"))?
            .iter()
            .filter(|log| !is_removed(log))
            .map(|log| read_log(METHOD, log))
            .collect::<Result<Vec<_>, _>>()?;
        let success = match &value["status"] {
            // Before the Byzantium fork receipts had the state's root instead. What took no effect announces
            // nothing.
            Value::Null if !logs.is_empty() || !value["root"].is_null() => true,
            Value::Null => return Err(ChainError::malformed(METHOD, "no status")),
            status => match status.as_bool() {
                Some(success) => success,
                None => read_u64(METHOD, status)? == 1,
            },
        };
        Ok(Some(Receipt {
            transaction: said,
            block: read_u64(METHOD, &value["blockNumber"])?,
            contract_block: contract_block(&value),
            success,
            logs,
        }))
    }

    /// `eth_getLogs`, in the order of the chain.
    pub async fn logs(&self, filter: &LogFilter) -> Result<Vec<PlacedLog>, ChainError> {
        let blocks = vec![
            ("fromBlock", format!("{:#x}", filter.from_block)),
            ("toBlock", format!("{:#x}", filter.to_block)),
        ];
        self.logs_where(filter, blocks).await
    }

    /// The logs of one block, by its hash (EIP-234). A node that does not know it answers with an error, and
    /// not, as for a range of numbers, with an empty list. `filter` names just this block.
    pub async fn logs_of_block(
        &self,
        filter: &LogFilter,
        hash: Hash,
    ) -> Result<Vec<PlacedLog>, ChainError> {
        self.logs_where(filter, vec![("blockHash", hash.to_string())])
            .await
    }

    async fn logs_where(
        &self,
        filter: &LogFilter,
        blocks: Vec<(&str, String)>,
    ) -> Result<Vec<PlacedLog>, ChainError> {
        const METHOD: &str = "eth_getLogs";
        let topics: Vec<_> = filter
            .topics
            .iter()
            .map(|t| t.map(|t| t.to_string()))
            .collect();
        let mut filtered = vec![
            ("address".to_owned(), filter.address.to_string().into()),
            ("topics".to_owned(), topics.into()),
        ];
        filtered.extend(
            blocks
                .into_iter()
                .map(|(name, value)| (name.to_owned(), value.into())),
        );
        let filtered = Value::Object(filtered);
        let value = self.request(METHOD, json!([filtered])).await?;
        let list = value
            .as_array()
            .ok_or_else(|| ChainError::malformed(METHOD, "no list"))?;
        let mut logs = Vec::with_capacity(list.len());
        // Logs of the pool, or of a block that was replaced, are none of the chain's.
        let mined = |log: &&Value| !is_removed(log) && !log["blockNumber"].is_null();
        for log in list.iter().filter(mined) {
            let placed = read_placed_log(METHOD, log)?;
            // A node that answers for other contracts or blocks is not to be believed.
            let in_range = (filter.from_block..=filter.to_block).contains(&placed.block);
            if placed.log.address != filter.address || !in_range {
                return Err(ChainError::malformed(
                    METHOD,
                    "a log that was not asked for",
                ));
            }
            let place = (placed.block, placed.index);
            // Nodes answer in this order already.
            let at = logs.partition_point(|l: &PlacedLog| (l.block, l.index) <= place);
            logs.insert(at, placed);
        }
        Ok(logs)
    }
}
