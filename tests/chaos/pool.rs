//! Three back ends behind one URL, as at providers of nodes: each request goes to any of them. Each lags
//! behind by some blocks, knows nothing of newer ones, and fails by a seed.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::{CONTENT_TYPE, RETRY_AFTER};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::chance::Chance;

const BACK_ENDS: u64 = 3;
/// By how many blocks one lags at most: less than the confirmations of all that take part.
pub(crate) const MOST_LAG: u64 = 2;

pub(crate) struct Pool {
    pub(crate) url: String,
    told: Arc<Told>,
}

/// How often it was of no help.
#[derive(Default)]
struct Told {
    lagged: AtomicU32,
    failed: AtomicU32,
}

struct BackEnds {
    real: String,
    web: reqwest::Client,
    chance: Mutex<Chance>,
    told: Arc<Told>,
}

impl Pool {
    /// Before this node. It ends with the runtime.
    pub(crate) async fn start(real: &str, chance: &mut Chance) -> Self {
        let told = Arc::<Told>::default();
        let pool = Arc::new(BackEnds {
            real: real.to_owned(),
            web: reqwest::Client::new(),
            chance: Mutex::new(Chance(chance.next())),
            told: Arc::clone(&told),
        });
        let socket = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}", socket.local_addr().expect("an address"));
        let app = Router::new().route("/", post(pass_on)).with_state(pool);
        tokio::spawn(async move { axum::serve(socket, app).await });
        Self { url, told }
    }

    /// How often a back end answered from the past, and how often one failed.
    pub(crate) fn faults(&self) -> (u32, u32) {
        let read = |count: &AtomicU32| count.load(Ordering::Relaxed);
        (read(&self.told.lagged), read(&self.told.failed))
    }
}

async fn pass_on(State(pool): State<Arc<BackEnds>>, body: String) -> Response {
    let (lag, fault) = {
        let mut chance = pool.chance.lock().expect("no panic");
        // A back end stays as far behind as it is; which one answers is chance.
        let lag = chance.below(BACK_ENDS) * MOST_LAG / (BACK_ENDS - 1);
        (lag, chance.below(100))
    };
    let mut request: Value = serde_json::from_str(&body).expect("JSON");
    let sends = request["method"] == "eth_sendRawTransaction";
    if let Some(failure) = failure(fault, &request, !sends) {
        pool.told.failed.fetch_add(1, Ordering::Relaxed);
        return failure;
    }
    match pool.answer(&mut request, lag).await {
        // It took the transaction, and fails all the same.
        Some(_) if sends && fault < 12 => {
            pool.told.failed.fetch_add(1, Ordering::Relaxed);
            late_failure(fault, &request)
        }
        Some(answer) => axum::Json(answer).into_response(),
        None => StatusCode::BAD_GATEWAY.into_response(),
    }
}

/// A failure that comes before the back end has seen the request.
fn failure(fault: u64, request: &Value, reads: bool) -> Option<Response> {
    let html = (CONTENT_TYPE, "text/html".parse().expect("a header of HTTP"));
    Some(match fault {
        0 | 1 => {
            let busy = "<html><body>Too Many Requests</body></html>";
            let again = (RETRY_AFTER, "1".parse().expect("a header of HTTP"));
            let headers = axum::http::HeaderMap::from_iter([html, again]);
            (StatusCode::TOO_MANY_REQUESTS, headers, busy).into_response()
        }
        2 => (StatusCode::SERVICE_UNAVAILABLE, "upstream connect error").into_response(),
        3 if reads => (StatusCode::OK, "Internal error").into_response(),
        4 if reads => error(
            request,
            -32005,
            "daily request count exceeded, request rate limited",
        ),
        5 if reads => error(request, -32000, "header not found"),
        _ => return None,
    })
}

/// A failure that comes after it.
fn late_failure(fault: u64, request: &Value) -> Response {
    match fault % 4 {
        0 => StatusCode::BAD_GATEWAY.into_response(),
        1 => error(request, -32000, "already known"),
        2 => error(request, -32603, "request timed out"),
        _ => (StatusCode::OK, "").into_response(),
    }
}

fn error(request: &Value, code: i64, message: &str) -> Response {
    let error = json!({ "code": code, "message": message });
    axum::Json(json!({ "jsonrpc": "2.0", "id": request["id"], "error": error })).into_response()
}

impl BackEnds {
    /// What a back end answers that knows all blocks but the newest `lag`.
    async fn answer(&self, request: &mut Value, lag: u64) -> Option<Value> {
        if lag == 0 {
            return self.ask(request).await;
        }
        let newest =
            json!({ "jsonrpc": "2.0", "id": 1, "method": "eth_blockNumber", "params": [] });
        let newest = number(&self.ask(&newest).await?["result"])?;
        let known = newest.saturating_sub(lag);
        let as_known = json!(format!("{known:#x}"));
        let unknown = |block: &Value| number(block).is_some_and(|block| block > known);
        self.told.lagged.fetch_add(1, Ordering::Relaxed);
        let method = request["method"].as_str()?.to_owned();
        match method.as_str() {
            "eth_blockNumber" => {
                return Some(json!({ "jsonrpc": "2.0", "id": request["id"], "result": as_known }));
            }
            "eth_call" | "eth_getBalance" | "eth_getTransactionCount" | "eth_getBlockByNumber" => {
                let place = usize::from(method != "eth_getBlockByNumber");
                let block = &mut request["params"][place];
                if *block == "latest" || *block == "pending" {
                    *block = as_known;
                } else if unknown(block) {
                    return not_there(request, method == "eth_getBlockByNumber");
                }
            }
            "eth_getLogs" if unknown(&request["params"][0]["fromBlock"]) => {
                return Some(json!({ "jsonrpc": "2.0", "id": request["id"], "result": [] }));
            }
            _ => {}
        }
        let mut answer = self.ask(request).await?;
        let result = &mut answer["result"];
        match method.as_str() {
            "eth_getTransactionReceipt" | "eth_getTransactionByHash"
                if unknown(&result["blockNumber"]) =>
            {
                *result = Value::Null;
            }
            "eth_getLogs" => {
                let by_hash = request["params"][0]["blockHash"].is_string();
                let logs = result.as_array_mut()?;
                if by_hash && logs.iter().any(|log| unknown(&log["blockNumber"])) {
                    return not_there(request, false);
                }
                logs.retain(|log| !unknown(&log["blockNumber"]));
            }
            _ => {}
        }
        Some(answer)
    }

    async fn ask(&self, request: &Value) -> Option<Value> {
        let question = self.web.post(&self.real).body(request.to_string());
        let question = question.header("content-type", "application/json");
        let answer = question.send().await.ok()?.text().await.ok()?;
        serde_json::from_str(&answer).ok()
    }
}

fn number(value: &Value) -> Option<u64> {
    u64::from_str_radix(value.as_str()?.strip_prefix("0x")?, 16).ok()
}

/// The answer about a block that a back end does not know.
fn not_there(request: &Value, null: bool) -> Option<Value> {
    let mut answer = json!({ "jsonrpc": "2.0", "id": request["id"] });
    if null {
        answer["result"] = Value::Null;
    } else {
        answer["error"] = json!({ "code": -32000, "message": "header not found" });
    }
    Some(answer)
}
