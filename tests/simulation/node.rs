//! The node of the model: JSON-RPC over the model's chain, with what nodes get wrong. Each question may
//! fail, and be answered from a block or two ago.

use std::time::Duration;

use microraiden::chain::{Transport, TransportError};
use microraiden::json::{Value, json};
use microraiden::protocol::abi::Words;
use microraiden::protocol::hash::keccak256;
use microraiden::protocol::{Address, Amount, Hash, Log, Uint256, hex_text};
use microraiden::sender::world::Host;

use super::chain::{Chain, Effect, Mined, Onchain, Path, State, Transaction};
use super::chance::breath;
use super::model::{Model, Refusing};
use super::page::Page;
use super::parties::{MANAGER, TOKEN, sender};
use super::rlp;

/// One gwei.
const PRICE: &str = "0x3b9aca00";
/// More blocks at once are too many for some nodes.
const LONG_RANGE: u64 = 100;

impl Transport for Page {
    async fn request(&self, method: &str, params: Value) -> Result<Value, TransportError> {
        // There is no chain below this one, so nothing lives where the OP stack has its oracle.
        if method == "eth_call" && params.as_array().is_some_and(|list| is_oracle(&list[0])) {
            return Ok("0x".into());
        }
        // A state override. Most of the model's nodes know none.
        let list = params.as_array().expect("a list");
        if method == "eth_call" && list.len() == 3 {
            return Ok(self.model.borrow().try_out(&list[0]));
        }
        self.sometimes().await;
        let answer = self.answer(method, params.as_array().expect("a list"));
        self.sometimes().await;
        answer
    }

    async fn pause(&self, time: Duration) -> Result<(), TransportError> {
        let milliseconds = u32::try_from(time.as_millis()).expect("short");
        let pause = Host::pause(self, milliseconds).await;
        pause.map_err(|_| TransportError::Aborted)
    }
}

impl Page {
    /// Somebody else may be faster, on the way there and back.
    async fn sometimes(&self) {
        if self.model.borrow_mut().chance.percent(20) {
            breath().await;
        }
    }

    fn answer(&self, method: &str, params: &[Value]) -> Result<Value, TransportError> {
        let mut model = self.model.borrow_mut();
        let lost = model.strikes(|f| f.node_error);
        if lost && model.chance.percent(50) {
            return Err(refusal(-32000, "header not found"));
        }
        if lost && (method != "eth_sendRawTransaction" || model.chance.percent(50)) {
            return Err(unreachable());
        }
        let head = model.known_head();
        let answer = match method {
            "eth_blockNumber" => Ok(quantity(head)),
            "eth_getBlockByNumber" => Ok(block(&model.chain, head, &params[0])),
            "eth_call" => call(&mut model, head, params),
            "eth_getLogs" => logs(&mut model, head, &params[0]),
            "eth_getBalance" => Ok("0x56bc75e2d63100000".into()),
            "eth_gasPrice" | "eth_maxPriorityFeePerGas" => Ok(PRICE.into()),
            "eth_estimateGas" => {
                let (to, data) = called(&params[0]);
                let effect = Effect::of(to, &data).expect("a call of the sender");
                if model.chain.would_revert(&effect) {
                    Err(refusal(3, "execution reverted"))
                } else {
                    Ok("0x186a0".into())
                }
            }
            "eth_getTransactionCount" => Ok(quantity(match params[1].as_str() {
                Some("pending") => {
                    let counted = model.refused_nonces.last().map_or(0, |nonce| nonce + 1);
                    model.chain.next_nonce().max(counted)
                }
                _ => model.chain.state_at(head).nonce,
            })),
            "eth_getTransactionByHash" => Ok(transaction(&model.chain, head, &hash(&params[0]))),
            "eth_getTransactionReceipt" => {
                let (model, hash) = (&mut *model, hash(&params[0]));
                let mined = model.chain.find(&hash).filter(|(at, _)| *at <= head);
                let receipt = mined.map(|(at, mined)| receipt(&model.chain, at, mined));
                let depth = mined.map_or(0, |(at, _)| head + 1 - at);
                if depth >= model.chain.confirmations && self.escrowed.get() != (0, 0) {
                    model.blind += core::mem::take(&mut model.after_receipt);
                }
                Ok(receipt.unwrap_or(Value::Null))
            }
            "eth_sendRawTransaction" => {
                drop(model);
                self.hand_in_raw(text(&params[0]))
            }
            other => panic!("{other} was not expected"),
        };
        // It got there, but nobody tells.
        if lost { Err(unreachable()) } else { answer }
    }
}

impl Page {
    fn hand_in_raw(&self, text: &str) -> Result<Value, TransportError> {
        let raw = hex_text::decode(text).expect("bytes");
        let signed = rlp::read(&raw).expect("a signed transaction");
        let to = Address(signed.to.try_into().expect("an address"));
        let effect = Effect::of(to, &signed.data).expect("a call of the sender");
        let hash = keccak256(&[&raw]);
        let odd = self.model.borrow_mut().strikes(|f| f.send_error);
        if self.model.borrow_mut().handed_in.insert(hash) {
            self.leaves(effect, text);
        }
        let refuses = self.model.borrow_mut().refuses.take();
        if refuses == Some(Refusing::ForGood) {
            let mut model = self.model.borrow_mut();
            model.refused_hashes.insert(hash);
            model.refused_nonces.insert(signed.nonce);
        }
        if refuses == Some(Refusing::Thrice) {
            self.model.borrow_mut().refused_times = Some((hash, 3));
        }
        if let Some((refused, left @ 1..)) = &mut self.model.borrow_mut().refused_times
            && *refused == hash
        {
            *left -= 1;
            return Err(refusal(-32010, "FeeTooLow"));
        }
        if refuses == Some(Refusing::Once) || self.model.borrow().refused_hashes.contains(&hash) {
            return Err(refusal(-32010, "FeeTooLow"));
        }
        if odd && self.model.borrow_mut().chance.percent(50) {
            return Err(self.odd_refusal());
        }
        let taken = self.model.borrow_mut().chain.submit(Transaction {
            hash,
            nonce: signed.nonce,
            effect,
            path: Path::Own,
        });
        if odd || refuses.is_some() {
            return Err(self.odd_refusal());
        }
        taken.map_err(|reason| refusal(-32000, reason))?;
        Ok(hash.to_string().into())
    }
}

impl Page {
    /// What a node says instead of the hash, whether or not it took the transaction.
    fn odd_refusal(&self) -> TransportError {
        match self.model.borrow_mut().chance.below(5) {
            0 => refusal(-32010, "FeeTooLowToCompete"),
            1 => refusal(-32000, "insufficient funds for gas * price + value"),
            2 => refusal(-32603, "INTERNAL_ERROR: could not replace existing tx"),
            3 => refusal(-32000, "request timed out"),
            _ => TransportError::Status {
                status: 502,
                retry_after: None,
            },
        }
    }
}

impl Model {
    /// What a deposit by approval would change: the contract's tokens before and after, and the calls that
    /// succeeded.
    fn try_out(&self, call: &Value) -> Value {
        if !self.simulates {
            return "0x".into();
        }
        let (_, data) = called(call);
        // After a balance, an approval of nothing, and the account that the second one is for.
        let asked = &data[36 + 68 + 36..36 + 68 + 68];
        let asked = Words::new(asked).uint256().expect("an amount");
        let arrives = asked.saturating_sub(Uint256::from(self.chain.state().charged));
        words(&[Uint256::ZERO, arrives, Uint256::new(3)])
    }

    /// The newest block that the node answers from.
    fn known_head(&mut self) -> u64 {
        let lags = self.strikes(|f| f.lag);
        let behind = if lags { 1 + self.chance.below(2) } else { 0 };
        self.chain.newest().saturating_sub(behind)
    }

    /// The same for its state and logs, which may be further behind.
    fn known_state(&mut self, head: u64) -> u64 {
        if self.blind == 0 {
            return head;
        }
        self.blind -= 1;
        0
    }
}

fn block(chain: &Chain, head: u64, number: &Value) -> Value {
    let number = match text(number) {
        "latest" => head,
        number => hex_text::decode_u64(number).expect("a quantity"),
    };
    if number > head {
        return Value::Null;
    }
    json!({
        "number": quantity(number),
        "baseFeePerGas": PRICE,
        "l1BlockNumber": chain.contract_block(number).map(quantity),
    })
}

fn call(model: &mut Model, head: u64, params: &[Value]) -> Result<Value, TransportError> {
    let head = model.known_state(head);
    let at = match text(&params[1]) {
        "latest" => head,
        number => hex_text::decode_u64(number).expect("a quantity").min(head),
    };
    let state = model.chain.state_at(at);
    let (to, data) = called(&params[0]);
    let answer = if to == MANAGER.address {
        channel(state, &data)
    } else if to == TOKEN && data.len() == 4 + 32 {
        Some(words(&[Uint256::from(state.tokens)]))
    } else if to == TOKEN && data.len() == 4 + 2 * 32 {
        Some(words(&[state.allowance.into()]))
    } else {
        // The token has no transfer with data.
        None
    };
    answer.ok_or_else(|| refusal(3, "execution reverted"))
}

/// `getChannelInfo`.
fn channel(state: &State, data: &[u8]) -> Option<Value> {
    let receiver: [u8; 20] = data[4 + 32 + 12..4 + 64].try_into().expect("an address");
    let block: [u8; 4] = data[4 + 92..4 + 96].try_into().expect("a block");
    let (_, Onchain { deposit, closing }) =
        state.live.get(&(u32::from_be_bytes(block), receiver))?;
    let (end, balance) = closing.unwrap_or((0, Amount::ZERO));
    let numbers = [
        Uint256::ZERO,
        (*deposit).into(),
        Uint256::from(u64::from(end)),
        balance.into(),
        Uint256::ZERO,
    ];
    Some(words(&numbers))
}

fn logs(model: &mut Model, head: u64, filter: &Value) -> Result<Value, TransportError> {
    let head = model.known_state(head);
    let number = |name: &str| hex_text::decode_u64(text(&filter[name])).expect("a quantity");
    let (from, to) = (number("fromBlock"), number("toBlock"));
    model.log_requests += 1;
    if to.saturating_sub(from) >= model.most_blocks {
        return Err(refusal(-32600, "block range too high"));
    }
    if to.saturating_sub(from) > LONG_RANGE && model.strikes(|f| f.short_ranges) {
        return Err(refusal(-32005, "query returned more than 10000 results"));
    }
    let wanted = filter["topics"].as_array().expect("topics");
    let mut list = Vec::new();
    for number in from..=to.min(head) {
        for (index, (transaction, log)) in model.chain.logs(number).enumerate() {
            let topics: Vec<String> = log.topics.iter().map(Hash::to_string).collect();
            let mut pairs = wanted.iter().zip(&topics);
            if pairs.all(|(want, topic)| want.as_str().is_none_or(|want| want == topic)) {
                list.push(json!({
                    "address": log.address.to_string(),
                    "topics": topics,
                    "data": hex_text::encode(&log.data),
                    "blockNumber": quantity(number),
                    "transactionHash": transaction.to_string(),
                    "logIndex": quantity(index as u64),
                }));
            }
        }
    }
    Ok(Value::Array(list))
}

fn transaction(chain: &Chain, head: u64, hash: &Hash) -> Value {
    let mined = chain.find(hash).filter(|(at, _)| *at <= head);
    let mined = mined.map(|(_, mined)| &mined.transaction);
    let waiting = chain.mempool.iter().find(|t| t.hash == *hash);
    let waiting = waiting.filter(|t| t.path != Path::Private);
    match mined.or(waiting) {
        Some(known) if known.path == Path::Sponsored => {
            json!({ "from": TOKEN.to_string(), "nonce": "undefined" })
        }
        Some(known) => json!({
            "from": sender().address().to_string(),
            "nonce": quantity(known.nonce),
        }),
        None => Value::Null,
    }
}

fn receipt(chain: &Chain, at: u64, mined: &Mined) -> Value {
    let hash = mined.transaction.hash.to_string();
    let log = |log: &Log| {
        let topics: Vec<String> = log.topics.iter().map(Hash::to_string).collect();
        json!({
            "address": log.address.to_string(),
            "topics": topics,
            "data": hex_text::encode(&log.data),
            "blockNumber": quantity(at),
            "transactionHash": hash.as_str(),
            "logIndex": "0x0",
        })
    };
    let logs: Vec<Value> = mined.logs.iter().map(log).collect();
    json!({
        "transactionHash": hash.as_str(),
        "blockNumber": quantity(at),
        "l1BlockNumber": chain.contract_block(at).map(quantity),
        "status": quantity(mined.success.into()),
        "logs": logs,
    })
}

fn is_oracle(call: &Value) -> bool {
    text(&call["to"]).ends_with("00000000000000000F")
}

fn called(call: &Value) -> (Address, Vec<u8>) {
    let to = text(&call["to"]).parse().expect("an address");
    (to, hex_text::decode(text(&call["data"])).expect("bytes"))
}

fn refusal(code: i64, message: &str) -> TransportError {
    TransportError::Answer {
        code,
        message: message.to_owned(),
        data: None,
    }
}

fn unreachable() -> TransportError {
    TransportError::Unreachable("the model's node".to_owned())
}

fn quantity(number: u64) -> Value {
    format!("{number:#x}").into()
}

fn text(value: &Value) -> &str {
    value.as_str().expect("a text")
}

fn hash(value: &Value) -> Hash {
    text(value).parse().expect("a hash")
}

fn words(numbers: &[Uint256]) -> Value {
    let bytes: Vec<u8> = numbers.iter().flat_map(|n| n.to_be_bytes()).collect();
    hex_text::encode(&bytes).into()
}
