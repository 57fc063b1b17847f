//! A node of the chain, with what nodes get wrong: it lags behind, jumps back, answers null for blocks that
//! it told of, fails, follows another branch, or is several machines that are not at the same block.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use microraiden::chain::{Transport, TransportError};
use microraiden::json;
use microraiden::protocol::{Hash, event, hex_text};
use microraiden::receiver::Receiver;
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use crate::basics::MANAGER;
use crate::chance::Chance;
use crate::json_value;
use crate::simulation::chain::{Closing, Held, ModelChain, receiver_key};

/// What may go wrong, in percent of the questions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Faults {
    /// Nothing comes back, or an error.
    pub(crate) fail: u64,
    /// A block is unknown.
    pub(crate) null: u64,
    /// Blocks behind, at most; another number for each question.
    pub(crate) lag: u64,
}

pub(crate) struct Shared {
    pub(crate) chain: ModelChain,
    pub(crate) chance: Chance,
    pub(crate) confirmations: u64,
    /// The transactions that the receiver has sent since this was read last.
    pub(crate) sent: Vec<Sent>,
    /// The processes of the receiver that have a lease, by their numbers.
    pub(crate) processes: BTreeMap<usize, Arc<Receiver>>,
    /// What a process did that does not lead.
    pub(crate) trespass: Option<String>,
}

/// A transaction that a process sends, whether it arrives or not.
pub(crate) struct Sent {
    pub(crate) closing: Closing,
    /// To a node that follows another branch.
    pub(crate) is_astray: bool,
    pub(crate) by: usize,
    /// The processes that lead at that moment, as they believe.
    pub(crate) leaders: Vec<usize>,
    pub(crate) at: Instant,
}

impl Shared {
    pub(crate) fn new(chain: ModelChain, chance: Chance, confirmations: u64) -> Self {
        Self {
            chain,
            chance,
            confirmations,
            sent: Vec::new(),
            processes: BTreeMap::new(),
            trespass: None,
        }
    }

    /// The processes that lead now, as they believe.
    pub(crate) fn leaders(&self) -> Vec<usize> {
        let leading = self.processes.iter().filter(|(_, r)| r.lease().leads);
        leading.map(|(number, _)| *number).collect()
    }

    /// A process begins to ask a node.
    fn note_question(&mut self, by: usize, is_astray: bool, method: &str, params: &Value) {
        let leaders = self.leaders();
        if self.processes.contains_key(&by) && !leaders.contains(&by) {
            self.trespass = Some(format!("process {by} asks for {method}, and does not lead"));
        }
        if method == "eth_sendRawTransaction" {
            self.sent.push(Sent {
                closing: closing_of(params),
                is_astray,
                by,
                leaders,
                at: Instant::now(),
            });
        }
    }
}

#[derive(Clone)]
pub(crate) struct FaultyNode {
    pub(crate) shared: Rc<RefCell<Shared>>,
    view: Rc<RefCell<View>>,
    /// The process that asks it.
    of: usize,
}

#[derive(Default)]
struct View {
    faults: Faults,
    /// A chain of its own, which the others do not have.
    branch: Option<ModelChain>,
    /// The lowest head that it answered from since this was read last.
    lowest: Option<u64>,
    /// Whether questions and answers take time.
    is_far: bool,
    /// Whether all of them do.
    is_slow: bool,
}

impl FaultyNode {
    pub(crate) fn new(shared: &Rc<RefCell<Shared>>) -> Self {
        Self {
            shared: Rc::clone(shared),
            view: Rc::default(),
            of: 0,
        }
    }

    /// One that a process asks, and that takes time to answer.
    pub(crate) fn far(shared: &Rc<RefCell<Shared>>, of: usize) -> Self {
        let node = Self {
            of,
            ..Self::new(shared)
        };
        node.view.borrow_mut().is_far = true;
        node
    }

    /// The way there, or back.
    async fn travel(&self) {
        if !self.view.borrow().is_far {
            return;
        }
        let time = {
            let chance = &mut self.shared.borrow_mut().chance;
            match chance.below(100) {
                0..92 if self.view.borrow().is_slow => chance.below(200),
                0..92 => 0,
                92..99 => chance.below(300),
                _ => chance.below(4000),
            }
        };
        if time > 0 {
            sleep(Duration::from_millis(time)).await;
        }
    }

    pub(crate) fn suffer(&self, faults: Faults) {
        self.view.borrow_mut().faults = faults;
    }

    pub(crate) fn slow_down(&self, slow: bool) {
        self.view.borrow_mut().is_slow = slow;
    }

    pub(crate) fn follow(&self, branch: Option<ModelChain>) {
        self.view.borrow_mut().branch = branch;
    }

    pub(crate) fn is_on_a_branch(&self) -> bool {
        self.view.borrow().branch.is_some()
    }

    pub(crate) fn is_well(&self) -> bool {
        self.view.borrow().faults == Faults::default()
    }

    /// The lowest head that it answered from since the last call.
    pub(crate) fn lowest_head(&self) -> Option<u64> {
        self.view.borrow_mut().lowest.take()
    }

    fn answer(&self, method: &str, params: &Value) -> Result<Value, TransportError> {
        let mut shared = self.shared.borrow_mut();
        let shared = &mut *shared;
        let mut view = self.view.borrow_mut();
        let faults = view.faults;
        if shared.chance.percent(faults.fail) {
            return Err(if shared.chance.percent(50) {
                TransportError::Unreachable("scripted".to_owned())
            } else {
                refusal(-32000, "header not found")
            });
        }
        let lag = shared.chance.below(faults.lag + 1);
        let unknown = shared.chance.percent(faults.null);
        let chain = view.branch.as_ref().unwrap_or(&shared.chain);
        let head = chain.head().saturating_sub(lag);
        let answer = Ok(match method {
            "eth_chainId" => json!("0x1"),
            "eth_blockNumber" => json!(format!("{head:#x}")),
            "eth_getBalance" => json!("0x56bc75e2d63100000"),
            "eth_gasPrice" | "eth_maxPriorityFeePerGas" => json!("0x3b9aca00"),
            "eth_getBlockByNumber" => {
                let number = match params[0].as_str() {
                    Some("latest") => head,
                    _ => quantity(&params[0]),
                };
                match chain.block(number).filter(|_| number <= head && !unknown) {
                    Some(block) => json!({
                        "number": format!("{number:#x}"),
                        "hash": block.hash.to_string(),
                        "parentHash": block.parent.to_string(),
                        "timestamp": format!("{:#x}", block.time),
                        "baseFeePerGas": "0x3b9aca00",
                    }),
                    None => Value::Null,
                }
            }
            "eth_getLogs" if params[0].get("blockHash").is_some() => {
                let named = params[0]["blockHash"].as_str();
                let is_named = |number: &u64| {
                    let hash = chain.block(*number).map(|block| block.hash.to_string());
                    hash.as_deref() == named
                };
                match (0..=head).rev().find(is_named) {
                    Some(number) => logs(chain, number, number),
                    None => return Err(refusal(-32000, "unknown block")),
                }
            }
            "eth_getLogs" => {
                let from = quantity(&params[0]["fromBlock"]);
                let to = quantity(&params[0]["toBlock"]);
                // What lies above the head is left out without a word. Of confirmed blocks that would be
                // noticed at the next look only, so it is an error here.
                if to > head && to + shared.confirmations <= chain.head() + 1 {
                    return Err(refusal(-32000, "the range ends beyond the head"));
                }
                logs(chain, from, to.min(head))
            }
            "eth_call" => {
                let at = match params[1].as_str() {
                    Some("latest") => head,
                    _ => quantity(&params[1]).min(head),
                };
                let held = channel_of(&params[0]).and_then(|key| {
                    let state = &chain.block(at)?.state;
                    state.live.get(&key).copied()
                });
                match held {
                    Some(held) => info(held),
                    None => return Err(refusal(3, "execution reverted")),
                }
            }
            "eth_estimateGas" => json!("0x186a0"),
            "eth_getTransactionCount" => {
                let nonce = match params[1].as_str() {
                    Some("pending") => chain.pending_nonce(),
                    _ => chain.newest().state.nonce,
                };
                json!(format!("{nonce:#x}"))
            }
            "eth_feeHistory" => json!({
                "oldestBlock": format!("{:#x}", head.saturating_sub(19)),
                "baseFeePerGas": vec!["0x3b9aca00"; 21],
                "gasUsedRatio": vec![0.5; 20],
                "reward": vec![vec!["0x3b9aca00"]; 20],
            }),
            "eth_sendRawTransaction" => {
                let closing = closing_of(params);
                // One that follows another branch has it for itself.
                let chain = view.branch.as_mut().unwrap_or(&mut shared.chain);
                chain.hand_in_closing(&closing);
                json!(closing.hash.to_string())
            }
            "eth_getTransactionReceipt" | "eth_getTransactionByHash" => Value::Null,
            other => panic!("{other} was not expected"),
        });
        view.lowest = Some(view.lowest.map_or(head, |lowest| lowest.min(head)));
        answer
    }
}

impl fmt::Debug for FaultyNode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let view = self.view.borrow();
        let head = self.shared.borrow().chain.head();
        let branch = view.branch.as_ref().map(ModelChain::head);
        write!(f, "head {head}, branch {branch:?}, {:?}", view.faults)
    }
}

impl Transport for FaultyNode {
    async fn request(
        &self,
        method: &str,
        params: json::Value,
    ) -> Result<json::Value, TransportError> {
        let params = json_value::theirs(&params);
        let is_astray = self.is_on_a_branch();
        let shared = &self.shared;
        (shared.borrow_mut()).note_question(self.of, is_astray, method, &params);
        self.travel().await;
        let answer = self.answer(method, &params);
        self.travel().await;
        Ok(json_value::ours(&answer?))
    }

    async fn pause(&self, time: Duration) -> Result<(), TransportError> {
        if self.view.borrow().is_far {
            sleep(time).await;
        }
        Ok(())
    }
}

fn closing_of(params: &Value) -> Closing {
    let raw = hex_text::decode(params[0].as_str().expect("text"));
    Closing::read(&raw.expect("bytes"))
}

fn refusal(code: i64, message: &str) -> TransportError {
    TransportError::Answer {
        code,
        message: message.to_owned(),
        data: None,
    }
}

fn quantity(value: &Value) -> u64 {
    hex_text::decode_u64(value.as_str().expect("text")).expect("a quantity")
}

fn word(number: u64) -> [u8; 32] {
    let mut word = [0; 32];
    word[24..].copy_from_slice(&number.to_be_bytes());
    word
}

fn logs(chain: &ModelChain, from: u64, to: u64) -> Value {
    let mut answer = Vec::new();
    for number in from..=to {
        let logs = chain.block(number).map_or(&[][..], |block| &block.logs);
        for (index, log) in logs.iter().enumerate() {
            let topics: Vec<String> = [event::topic(log.signature)]
                .into_iter()
                .chain([log.sender, receiver_key().address()].map(event::address_topic))
                .chain(log.open_block.map(|block| Hash(word(block.into()))))
                .map(|topic| topic.to_string())
                .collect();
            let data: Vec<u8> = log.words.iter().flat_map(|number| word(*number)).collect();
            answer.push(json!({
                "address": MANAGER.address.to_string(),
                "topics": topics,
                "data": hex_text::encode(&data),
                "blockNumber": format!("{number:#x}"),
                "blockHash": chain.block(number).map(|block| block.hash.to_string()),
                "transactionHash": log.transaction.to_string(),
                "logIndex": format!("{index:#x}"),
            }));
        }
    }
    Value::Array(answer)
}

/// Which channel a call of `getChannelInfo` asks for.
fn channel_of(call: &Value) -> Option<crate::simulation::chain::Key> {
    let data = hex_text::decode(call["data"].as_str()?).ok()?;
    let sender: [u8; 20] = data.get(16..36)?.try_into().ok()?;
    let block: [u8; 4] = data.get(96..100)?.try_into().ok()?;
    Some((
        microraiden::protocol::Address(sender),
        u32::from_be_bytes(block),
    ))
}

fn info(held: Held) -> Value {
    let (balance, settle_block) = held.request.unwrap_or_default();
    let words = [0, held.deposit, settle_block, balance, 0];
    let words = words.map(|word| format!("{word:064x}"));
    json!(format!("0x{}", words.concat()))
}
