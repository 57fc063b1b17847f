//! A chain that does what its script says.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use microraiden::chain::{Transport, TransportError};
use microraiden::protocol::{Address, Hash, PrivateKey, event, hex_text, keccak256};
use serde_json::{Value, json};

use crate::basics::{MANAGER, key};
use crate::json_value;

/// One log: the block it is in, its event, the open block as third topic if any, its data words.
#[derive(Clone)]
pub(crate) struct Entry {
    pub(crate) block: u64,
    pub(crate) receiver: Address,
    pub(crate) signature: &'static str,
    pub(crate) open_block: Option<u32>,
    pub(crate) words: Vec<u64>,
    /// Logs of one block with the same number are of one transaction.
    pub(crate) transaction: usize,
}

pub(crate) type Happening = Box<dyn FnOnce(&mut Script) + Send>;

#[derive(Default)]
pub(crate) struct Script {
    pub(crate) newest: u64,
    /// Changed by a reorganisation of this block and all after it.
    pub(crate) fork: Vec<(u64, u8)>,
    pub(crate) logs: Vec<Entry>,
    pub(crate) ether: u64,
    pub(crate) broken: Option<Value>,
    pub(crate) offline: bool,
    /// It takes requests and never answers.
    pub(crate) hangs: bool,
    /// More blocks in one question are refused.
    pub(crate) most_blocks: Option<u64>,
    /// The ranges of blocks that were answered for.
    pub(crate) asked: Vec<(u64, u64)>,
    /// How often each method was asked, and of how many receivers at most the events.
    pub(crate) methods: HashMap<String, usize>,
    pub(crate) most_receivers: usize,
    /// After the next answer to a question for events the chain becomes this one.
    pub(crate) fork_after_logs: Option<(u64, u8)>,
    /// What happens before the question after so many others.
    pub(crate) then: Option<(usize, Happening)>,
    /// What the contract holds for every channel; `None`: it knows none.
    pub(crate) deposit: Option<u64>,
    /// A method that is answered with an error.
    pub(crate) failing: Option<&'static str>,
    /// The newest block's base fee, in wei; the tip that the node suggests; the gas of a transaction.
    pub(crate) base_fee: Option<u128>,
    pub(crate) tip: Option<u128>,
    pub(crate) gas: Option<u64>,
    /// What was paid for a unit of gas in recent blocks; `None`: the node does not tell.
    pub(crate) paid: Option<Vec<u128>>,
    /// The next so many questions for events are refused.
    pub(crate) refusals: usize,
    /// The next so many answers about events lack the last one.
    pub(crate) short: usize,
    /// The next so many questions for events are answered by a back end that is two blocks behind, which then
    /// refuses twice to answer for a block's hash.
    pub(crate) behind: usize,
    /// Transactions that were handed in.
    pub(crate) sent: Vec<String>,
    /// The next nonce, and how much it grows with each transaction that is handed in.
    pub(crate) pending: u64,
    pub(crate) nonces: u64,
    /// Blocks that are answered with null, whatever else the node says.
    pub(crate) unknown: Vec<u64>,
    /// The next so many answers about blocks are null.
    pub(crate) nulls: usize,
    /// Blocks that have another hash, which their parents and children know nothing of.
    pub(crate) lies: Vec<u64>,
    /// The next so many answers about blocks are of another fork.
    pub(crate) flaps: usize,
    /// How many seconds ago the newest block was made.
    pub(crate) age: u64,
    /// The seconds between two blocks.
    pub(crate) block_time: u64,
}

#[derive(Clone, Default)]
pub(crate) struct ScriptedNode(Arc<Mutex<Script>>);

impl ScriptedNode {
    pub(crate) fn change(&self, change: impl FnOnce(&mut Script)) {
        change(&mut self.0.lock().expect("no panic"));
    }

    pub(crate) fn take_last_log(&self) -> Entry {
        let mut script = self.0.lock().expect("no panic");
        script.logs.pop().expect("a log")
    }

    /// The ranges of blocks that were answered for.
    pub(crate) fn asked(&self) -> Vec<(u64, u64)> {
        self.0.lock().expect("no panic").asked.clone()
    }

    pub(crate) fn log(
        &self,
        block: u64,
        signature: &'static str,
        open_block: Option<u32>,
        words: &[u64],
    ) {
        self.log_to(
            receiver_key().address(),
            block,
            signature,
            open_block,
            words,
        );
    }

    /// The same of a channel to another receiver.
    pub(crate) fn log_to(
        &self,
        receiver: Address,
        block: u64,
        signature: &'static str,
        open_block: Option<u32>,
        words: &[u64],
    ) {
        let words = words.to_vec();
        self.change(|s| {
            let transaction = s.logs.len();
            s.logs.push(Entry {
                block,
                receiver,
                signature,
                open_block,
                words,
                transaction,
            })
        });
    }
}

pub(crate) fn sender() -> Address {
    key(1).address()
}

pub(crate) fn receiver_key() -> PrivateKey {
    key(2)
}

fn word(number: u64) -> [u8; 32] {
    let mut word = [0; 32];
    word[24..].copy_from_slice(&number.to_be_bytes());
    word
}

fn quantity(value: &Value) -> u64 {
    hex_text::decode_u64(value.as_str().expect("text")).expect("a quantity")
}

impl Transport for ScriptedNode {
    async fn request(
        &self,
        method: &str,
        params: microraiden::json::Value,
    ) -> Result<microraiden::json::Value, TransportError> {
        if self.0.lock().expect("no panic").hangs {
            std::future::pending::<()>().await;
        }
        let answer = self.answer(method, &json_value::theirs(&params))?;
        Ok(json_value::ours(&answer))
    }

    async fn pause(&self, _: Duration) -> Result<(), TransportError> {
        Ok(())
    }
}

impl Script {
    pub(crate) fn hash(&self, number: u64) -> Hash {
        let forks = self.fork.iter().filter(|(from, _)| *from <= number);
        let fork = forks.map(|(_, fork)| *fork).max().unwrap_or(0);
        keccak256(&[&number.to_be_bytes(), &[fork]])
    }

    fn block(&mut self, number: u64) -> Value {
        let mut hash = self.hash(number);
        if self.lies.contains(&number) || self.flaps > 0 {
            hash = keccak256(&[&hash.0]);
            self.flaps = self.flaps.saturating_sub(1);
        }
        let now = SystemTime::now().duration_since(UNIX_EPOCH);
        let now = now.expect("after 1970").as_secs();
        let older = self.newest.saturating_sub(number) * self.block_time;
        json!({
            "hash": hash.to_string(),
            "parentHash": number.checked_sub(1).map_or(Hash([0; 32]), |parent| self.hash(parent)).to_string(),
            "timestamp": format!("{:#x}", now - self.age - older),
        })
    }
}

impl ScriptedNode {
    fn answer(&self, method: &str, params: &Value) -> Result<Value, TransportError> {
        let mut script = self.0.lock().expect("no panic");
        *script.methods.entry(method.to_owned()).or_default() += 1;
        match script.then.take() {
            Some((0, happen)) => happen(&mut script),
            Some((left, happen)) => script.then = Some((left - 1, happen)),
            None => {}
        }
        let wanted = receivers(params);
        script.most_receivers = script.most_receivers.max(wanted.len());
        let is_wanted = |entry: &Entry| {
            let receiver = event::address_topic(entry.receiver).to_string();
            wanted.iter().any(|wanted| *wanted == receiver)
        };
        if script.offline {
            return Err(TransportError::Unreachable("scripted".to_owned()));
        }
        if let Some(broken) = &script.broken {
            return Ok(broken.clone());
        }
        if script.failing == Some(method) {
            return Err(TransportError::Answer {
                code: -32603,
                message: "internal error".to_owned(),
                data: None,
            });
        }
        Ok(match method {
            "eth_blockNumber" => json!(format!("{:#x}", script.newest)),
            "eth_getBalance" => json!(format!("{:#x}", script.ether)),
            "eth_getBlockByNumber" if params[0] == "latest" => {
                json!({ "baseFeePerGas": format!("{:#x}", script.base_fee.unwrap_or(7)) })
            }
            "eth_getBlockByNumber" => {
                let number = quantity(&params[0]);
                if number > script.newest || script.unknown.contains(&number) {
                    return Ok(Value::Null);
                }
                if script.nulls > 0 {
                    script.nulls -= 1;
                    return Ok(Value::Null);
                }
                script.block(number)
            }
            "eth_getLogs" if params[0].get("blockHash").is_some() => {
                let named = params[0]["blockHash"].as_str().expect("a hash").to_owned();
                let newest = script.newest;
                let mut near = newest.saturating_sub(3)..=newest;
                let block = near.find(|number| script.hash(*number).to_string() == named);
                let (Some(block), 0) = (block, script.refusals) else {
                    script.refusals = script.refusals.saturating_sub(1);
                    return Err(TransportError::Answer {
                        code: -32000,
                        message: "unknown block".to_owned(),
                        data: None,
                    });
                };
                let logs = script.logs.iter().enumerate();
                let logs = logs.filter(|(_, entry)| entry.block == block && is_wanted(entry));
                let logs: Vec<_> = logs.map(|(index, entry)| log_json(index, entry)).collect();
                logs.into()
            }
            "eth_getLogs" => {
                let (from, to) = (
                    quantity(&params[0]["fromBlock"]),
                    quantity(&params[0]["toBlock"]),
                );
                if script.most_blocks.is_some_and(|most| to - from >= most) {
                    return Err(TransportError::Answer {
                        code: -32005,
                        message: "too many blocks".to_owned(),
                        data: None,
                    });
                }
                if script.refusals > 0 {
                    script.refusals -= 1;
                    return Err(TransportError::Answer {
                        code: -32000,
                        message: "unknown block".to_owned(),
                        data: None,
                    });
                }
                script.asked.push((from, to));
                let logs = script.logs.iter().enumerate();
                let logs = logs
                    .filter(|(_, entry)| (from..=to).contains(&entry.block) && is_wanted(entry));
                let mut logs: Vec<_> = logs.map(|(index, entry)| log_json(index, entry)).collect();
                if script.behind > 0 {
                    script.behind -= 1;
                    script.refusals = 2;
                    let knows = script.logs.iter().filter(|l| l.block + 2 <= script.newest);
                    let missing = script.logs.len() - knows.count();
                    logs.truncate(logs.len().saturating_sub(missing));
                }
                if script.short > 0 {
                    script.short -= 1;
                    logs.pop();
                }
                let fork = script.fork_after_logs.take();
                script.fork.extend(fork);
                logs.into()
            }
            "eth_call" => match script.deposit {
                None => json!("0x"),
                Some(deposit) => {
                    let data = params[0]["data"].as_str().expect("data");
                    let (_, open_block) = data.split_at(data.len() - 8);
                    let requested = script.logs.iter().find(|log| {
                        log.signature == event::signature::CLOSE_REQUESTED
                            && log.open_block.map(|b| format!("{b:08x}")).as_deref()
                                == Some(open_block)
                    });
                    let (settle, balance) =
                        requested.map_or((0, 0), |log| (log.block + 500, log.words[0]));
                    let words = [0, deposit, settle, balance, 0].map(|word| format!("{word:064x}"));
                    json!(format!("0x{}", words.concat()))
                }
            },
            "eth_estimateGas" => json!(format!("{:#x}", script.gas.unwrap_or(70_000))),
            "eth_getTransactionCount" if params[1] == "pending" => {
                json!(format!("{:#x}", script.pending))
            }
            "eth_getTransactionCount" => json!("0x0"),
            "eth_maxPriorityFeePerGas" => json!(format!("{:#x}", script.tip.unwrap_or(1))),
            "eth_feeHistory" => {
                let Some(paid) = &script.paid else {
                    return Err(TransportError::Answer {
                        code: -32601,
                        message: "method not found".to_owned(),
                        data: None,
                    });
                };
                let base_fees: Vec<_> = paid.iter().map(|p| format!("{p:#x}")).collect();
                let tips: Vec<_> = paid.iter().map(|_| ["0x0"]).collect();
                json!({ "oldestBlock": "0x1", "baseFeePerGas": base_fees, "reward": tips })
            }
            "eth_sendRawTransaction" => {
                let raw = params[0].as_str().expect("a transaction").to_owned();
                let hash = keccak256(&[raw.as_bytes()]).to_string();
                script.sent.push(raw);
                script.pending += script.nonces;
                json!(hash)
            }
            other => panic!("{other} was not expected"),
        })
    }
}

/// The receivers whose events a filter is for.
fn receivers(params: &Value) -> Vec<&str> {
    match &params[0]["topics"][2] {
        Value::Array(several) => several.iter().filter_map(Value::as_str).collect(),
        one => one.as_str().into_iter().collect(),
    }
}

fn log_json(index: usize, entry: &Entry) -> Value {
    let parties = [
        event::address_topic(sender()),
        event::address_topic(entry.receiver),
    ];
    let topics: Vec<String> = [event::topic(entry.signature)]
        .into_iter()
        .chain(parties)
        .chain(entry.open_block.map(|block| Hash(word(block.into()))))
        .map(|topic| topic.to_string())
        .collect();
    let data: Vec<u8> = entry
        .words
        .iter()
        .flat_map(|number| word(*number))
        .collect();
    json!({
        "address": MANAGER.address.to_string(),
        "topics": topics,
        "data": hex_text::encode(&data),
        "blockNumber": format!("{:#x}", entry.block),
        "transactionHash": keccak256(&[&entry.block.to_be_bytes(), &[entry.transaction as u8]]).to_string(),
        "logIndex": format!("{index:#x}"),
    })
}
