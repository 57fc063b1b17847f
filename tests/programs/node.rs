//! A chain that never changes, over JSON-RPC: channels opened long ago.

use std::sync::{Arc, Mutex};

use axum::http::StatusCode;
use axum::routing::post;
use axum::{Json, Router};
use microraiden::chain::ManagerContract;
use microraiden::protocol::{Address, Hash, PrivateKey, event, hex_text, keccak256};
use microraiden::receiver::Identity;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::basics::{CONTRACT, MANAGER, TOKEN, key};
use crate::payer::{OPEN_BLOCK, Payer};

const NEWEST: u64 = 100;
pub(crate) const CHAIN_ID: u64 = 1337;

pub(crate) fn receiver_key() -> PrivateKey {
    key(0x77)
}

pub(crate) struct FixedNode {
    pub(crate) url: String,
    faults: Arc<Mutex<Faults>>,
}

/// What the node does wrong for now.
#[derive(Clone, Copy, Default)]
pub(crate) struct Faults {
    /// It answers with an error of HTTP.
    pub(crate) down: bool,
    /// It answers null for its newest block.
    pub(crate) null: bool,
    /// It is on a chain of its own.
    pub(crate) fork: bool,
    /// It is on another chain, and says so.
    pub(crate) elsewhere: bool,
}

impl FixedNode {
    /// One channel for each payer. It ends with the runtime.
    pub(crate) async fn start(payers: &[Payer]) -> Self {
        let logs: Value = (0..)
            .zip(payers)
            .map(|(index, payer)| created(index, payer.channel.sender))
            .collect();
        let faults: Arc<Mutex<Faults>> = Arc::default();
        let now = Arc::clone(&faults);
        let answer = move |Json(request): Json<Value>| {
            let faults = *now.lock().expect("no panic");
            let result = result(&request, &logs, faults);
            async move {
                if faults.down {
                    return Err(StatusCode::SERVICE_UNAVAILABLE);
                }
                Ok(Json(
                    json!({ "jsonrpc": "2.0", "id": request["id"], "result": result }),
                ))
            }
        };
        let socket = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}", socket.local_addr().expect("an address"));
        let app = Router::new().route("/", post(answer));
        tokio::spawn(async move { axum::serve(socket, app).await });
        Self { url, faults }
    }

    #[allow(dead_code)] // Shared with other tests.
    pub(crate) fn set(&self, faults: Faults) {
        *self.faults.lock().expect("no panic") = faults;
    }

    pub(crate) fn identity(&self) -> Identity {
        let contract = ManagerContract {
            chain_id: CHAIN_ID,
            ..CONTRACT
        };
        Identity::new(&contract, receiver_key().address())
    }
}

fn word(number: u64) -> String {
    format!("{number:064x}")
}

fn result(request: &Value, logs: &Value, faults: Faults) -> Value {
    let params = &request["params"];
    match request["method"].as_str().expect("a method") {
        "eth_chainId" => json!(format!("{:#x}", CHAIN_ID + u64::from(faults.elsewhere))),
        "eth_blockNumber" => json!(format!("{NEWEST:#x}")),
        "eth_getBalance" => json!("0xde0b6b3a7640000"),
        "eth_maxPriorityFeePerGas" => json!("0x1"),
        "eth_getBlockByNumber" => {
            let number = params[0].as_str().expect("a number");
            if faults.null && number == format!("{NEWEST:#x}") {
                return Value::Null;
            }
            let hash = keccak256(&[number.as_bytes(), &[u8::from(faults.fork)]]);
            json!({ "hash": hash.to_string(), "baseFeePerGas": "0x7" })
        }
        "eth_getLogs" => {
            let block = |name: &str| {
                params[0][name]
                    .as_str()
                    .and_then(|t| hex_text::decode_u64(t).ok())
            };
            let Some(from) = block("fromBlock") else {
                // It knows no blocks by their hashes.
                return json!([]);
            };
            let range = from..=block("toBlock").expect("a block");
            if range.contains(&u64::from(OPEN_BLOCK)) {
                logs.clone()
            } else {
                json!([])
            }
        }
        "eth_call" => {
            let data = params[0]["data"].as_str().expect("a call");
            json!(match &data[..10] {
                "0x0a00840c" => format!("0x{}", word(500)),
                "0xfc0c546a" => format!("0x{:0>64}", hex::encode(TOKEN.0)),
                "0x54fd4d50" => format!("0x{}{}{:0<64}", word(32), word(5), hex::encode("0.2.0")),
                _ => format!("0x{}", word(0)),
            })
        }
        other => panic!("{other} was not expected"),
    }
}

fn created(index: u64, sender: Address) -> Value {
    let topics = [
        event::topic(event::signature::CREATED),
        event::address_topic(sender),
        event::address_topic(receiver_key().address()),
    ];
    json!({
        "address": MANAGER.address.to_string(),
        "topics": topics.map(|topic: Hash| topic.to_string()),
        "data": format!("0x{}", word(1 << 40)),
        "blockNumber": format!("{OPEN_BLOCK:#x}"),
        "transactionHash": keccak256(&[&index.to_be_bytes()]).to_string(),
        "logIndex": format!("{index:#x}"),
    })
}
