//! A node that can't be relied on: it passes questions on to the real one, and now and then answers null,
//! of another fork, from the past, or leaves out an event.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};

use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::post;
use axum::{Json, Router};
use microraiden::protocol::keccak256;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::chance::Chance;

pub(crate) struct Wayward {
    pub(crate) url: String,
    faults: Arc<AtomicU32>,
}

struct Node {
    real: String,
    web: reqwest::Client,
    chance: Mutex<Chance>,
    faults: Arc<AtomicU32>,
    short: bool,
}

impl Wayward {
    /// Before this node; it leaves out events if `short`. It ends with the runtime.
    pub(crate) async fn start(real: &str, chance: &mut Chance, short: bool) -> Self {
        let faults = Arc::<AtomicU32>::default();
        let node = Arc::new(Node {
            real: real.to_owned(),
            web: reqwest::Client::new(),
            chance: Mutex::new(Chance(chance.next())),
            faults: Arc::clone(&faults),
            short,
        });
        let socket = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}", socket.local_addr().expect("an address"));
        let app = Router::new().route("/", post(pass_on)).with_state(node);
        tokio::spawn(async move { axum::serve(socket, app).await });
        Self { url, faults }
    }

    /// How often it was wrong.
    pub(crate) fn faults(&self) -> u32 {
        self.faults.load(Ordering::Relaxed)
    }
}

async fn pass_on(
    State(node): State<Arc<Node>>,
    Json(request): Json<Value>,
) -> Result<Json<Value>, StatusCode> {
    let unreachable = |_| StatusCode::BAD_GATEWAY;
    let question = node.web.post(&node.real).body(request.to_string());
    let question = question.header("content-type", "application/json");
    let answer = question.send().await.map_err(unreachable)?;
    let answer = answer.text().await.map_err(unreachable)?;
    let mut answer: Value = serde_json::from_str(&answer).expect("JSON");
    let before = answer["result"].clone();
    if !before.is_null() {
        let mut chance = node.chance.lock().expect("no panic");
        spoil(&mut chance, node.short, &request, &mut answer["result"]);
    }
    if answer.get("result").is_some_and(|result| *result != before) {
        node.faults.fetch_add(1, Ordering::Relaxed);
    }
    Ok(Json(answer))
}

fn spoil(chance: &mut Chance, short: bool, request: &Value, result: &mut Value) {
    match request["method"].as_str() {
        Some("eth_getBlockByNumber") if request["params"][0] != "latest" => {
            if chance.percent(6) {
                *result = Value::Null;
            } else if chance.percent(4) {
                let hash = result["hash"].as_str().expect("a hash");
                result["hash"] = json!(keccak256(&[hash.as_bytes()]).to_string());
            }
        }
        Some("eth_blockNumber") if chance.percent(8) => {
            let newest = result.as_str().and_then(|text| text.strip_prefix("0x"));
            let newest = newest.and_then(|digits| u64::from_str_radix(digits, 16).ok());
            let past = newest.expect("a number").saturating_sub(chance.below(30));
            *result = json!(format!("{past:#x}"));
        }
        Some("eth_getLogs") if short && chance.percent(15) => {
            result.as_array_mut().expect("logs").pop();
        }
        _ => {}
    }
}
