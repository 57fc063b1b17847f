//! What a node says over HTTP, as far as it is kept.

use axum::routing::post;
use axum::{Json, Router};
use microraiden::chain::http::HttpTransport;
use microraiden::chain::{Transport, TransportError};
use microraiden::json;
use serde_json::{Value, json};
use tokio::net::TcpListener;

#[tokio::test]
async fn what_a_node_repeats_of_a_transaction_is_left_out() {
    let repeat = |Json(request): Json<Value>| async move {
        let sent = request["params"][0].as_str().expect("text").to_owned();
        Json(json!({ "jsonrpc": "2.0", "id": 1, "error": { "code": -32000, "message": sent } }))
    };
    let socket = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = socket.local_addr().expect("an address");
    let app = Router::new().route("/", post(repeat));
    tokio::spawn(async move { axum::serve(socket, app).await });
    let transport = HttpTransport::new(format!("http://{address}")).expect("a URL");
    let (raw, half) = ("0x02F8".to_owned() + &"ab".repeat(65), "c".repeat(64));
    let cases = [
        ("nonce too low: next 7, tx 6", "nonce too low: next 7, tx 6"),
        ("", ""),
        (&format!("invalid {raw}: bad"), "invalid 0x…: bad"),
        (&format!("r {half}, s {half}"), "r …, s …"),
        (&"a".repeat(63), &"a".repeat(63)),
        (&"é".repeat(1000), &"é".repeat(500)),
    ];
    for (said, kept) in cases {
        let error = transport.request("eth_x", json::json!([said])).await;
        let expected = TransportError::Answer {
            code: -32000,
            message: kept.to_owned(),
            data: None,
        };
        assert_eq!(error, Err(expected));
    }
    let long = format!("{}{}", "word ".repeat(99), "d".repeat(200));
    let error = transport
        .request("eth_x", json::json!([long.as_str()]))
        .await;
    assert!(error.is_err_and(|error| !error.to_string().contains("ddd")));
}
