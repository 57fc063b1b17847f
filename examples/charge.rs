//! A web service of your own that charges for one of its routes.
//!
//! `cargo xtask demo` starts a chain and names its node and contract. With the package built
//! (`cargo xtask build`), this serves a weather report for ten units of the token, and `pay.html`, which
//! buys it:
//!
//! ```sh
//! MICRORAIDEN_RECEIVER_KEY=0x… cargo run --features paywall --example charge -- http://127.0.0.1:8545 0x…
//! ```
//!
//! It stores payments in a SQLite file in the user's state folder, or where `MICRORAIDEN_STORE` says. The
//! receiver's account needs some ether to answer close requests: without any it sells nothing.

use std::env;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use axum::response::Html;
use axum::routing::get;
use axum::{Extension, Router};
use microraiden::chain::Node;
use microraiden::chain::http::HttpTransport;
use microraiden::paywall::{Paid, PaywallLayer, Price};
use microraiden::protocol::{Amount, PrivateKey};
use microraiden::receiver::{Identity, Receiver, Watcher, contract, store};
use microraiden::tls::Trust;
use tower_http::services::ServeDir;

/// How many blocks, its own included, confirm a deposit.
const CONFIRMATIONS: u64 = 1;

#[tokio::main]
async fn main() -> Result<()> {
    let mut arguments = env::args().skip(1);
    let (Some(node_url), Some(address)) = (arguments.next(), arguments.next()) else {
        anyhow::bail!("usage: charge <node's URL> <contract's address> [address to listen on]");
    };
    let key =
        env::var("MICRORAIDEN_RECEIVER_KEY").context("MICRORAIDEN_RECEIVER_KEY is not set")?;
    let key = PrivateKey::from_hex(&key)?;

    let node = Node::new(HttpTransport::new(&node_url)?);
    let contract = contract::find(&node, address.parse()?).await?;
    let start_block = contract.start_block.into();
    // The proofs are money: they are on disk before content is served.
    let place = env::var("MICRORAIDEN_STORE").ok();
    let identity = Identity::new(&contract, key.address());
    let store = store::open_at(place.as_deref(), &identity, &Trust::new(None)?).await?;
    let receiver = Arc::new(Receiver::new(contract, key, store));

    // Polls the chain for deposits and close requests; nothing is sold until it has read everything.
    let watcher = Watcher::new(node, Arc::clone(&receiver), CONFIRMATIONS, start_block);
    tokio::spawn(watcher.follow(Duration::from_secs(1)));

    let terms = format!(r#"{{ "contract": "{address}", "rpcUrl": "{node_url}" }}"#);
    let listen = arguments.next().unwrap_or("127.0.0.1:8000".to_owned());
    let socket = tokio::net::TcpListener::bind(listen).await?;
    println!("listening on http://{}", socket.local_addr()?);
    axum::serve(socket, service(receiver, terms)).await?;
    Ok(())
}

fn service(receiver: Arc<Receiver>, terms: String) -> Router {
    // Senders close on the chain alone: this service has no REST interface for closing agreements.
    let layer = PaywallLayer::new(receiver, Price::fixed(Amount::from_u64(10))).without_gateway();
    Router::new()
        .route("/weather", get(weather))
        .route_layer(layer)
        // Routes after the layer are free.
        .route("/", get(Html(include_str!("pay.html"))))
        .route("/terms.json", get(terms))
        .nest_service(
            "/js/microraiden",
            ServeDir::new(concat!(env!("CARGO_MANIFEST_DIR"), "/pkg")),
        )
}

/// Runs only once the payment is on disk.
async fn weather(Extension(paid): Extension<Paid>) -> String {
    format!(
        "Sunny. {} has paid {} units so far.\n",
        paid.sender, paid.balance
    )
}
