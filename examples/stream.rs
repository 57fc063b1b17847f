//! A text that flows for as long as its reader pays for it, second by second.
//!
//! `cargo xtask demo` starts it beside the paywall. By hand, as `charge.rs`, with the package built:
//!
//! ```sh
//! MICRORAIDEN_RECEIVER_KEY=0x… cargo run --features paywall --example stream -- http://127.0.0.1:8545 0x…
//! ```
//!
//! It reads more from its environment: `MICRORAIDEN_STORE` as `charge.rs`, `MICRORAIDEN_INTERVAL` (the seconds
//! that one payment is for, 5), `MICRORAIDEN_PRICE` (of one, in base units), `MICRORAIDEN_CREDIT=1` (payments have
//! numbers) and `MICRORAIDEN_FAUCET` (an account of a development node, which fills its readers').

use std::env;
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context, Result};
use axum::body::Body;
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use axum::{Extension, Json, Router};
use microraiden::chain::Node;
use microraiden::chain::http::HttpTransport;
use microraiden::paywall::{Metering, Paid, PaywallLayer, Price, RequestOutcome};
use microraiden::protocol::{Amount, PrivateKey};
use microraiden::receiver::{CreditTerms, Identity, Receiver, Terms, Watcher, contract, store};
use microraiden::tls::Trust;
use serde_json::{Value, json};
use tokio::sync::mpsc;
use tokio_stream::StreamExt;
use tokio_stream::wrappers::ReceiverStream;
use tower_http::services::ServeDir;

/// How many blocks, its own included, confirm a deposit.
const CONFIRMATIONS: u64 = 1;
/// How many pieces flow in one interval.
const PIECES: u32 = 10;
const TEXT: &str = include_str!("../demo/content/poem.txt");

#[tokio::main]
async fn main() -> Result<()> {
    let mut arguments = env::args().skip(1);
    let (Some(node_url), Some(address)) = (arguments.next(), arguments.next()) else {
        anyhow::bail!("usage: stream <node's URL> <contract's address> [address to listen on]");
    };
    let key =
        env::var("MICRORAIDEN_RECEIVER_KEY").context("MICRORAIDEN_RECEIVER_KEY is not set")?;
    let key = PrivateKey::from_hex(&key)?;
    let seconds: NonZeroU32 = env::var("MICRORAIDEN_INTERVAL")
        .unwrap_or("5".to_owned())
        .parse()?;
    let price: Amount = env::var("MICRORAIDEN_PRICE")
        .unwrap_or("10".to_owned())
        .parse()?;

    let node = Node::new(HttpTransport::new(&node_url)?);
    let contract = contract::find(&node, address.parse()?).await?;
    let start_block = contract.start_block.into();
    let place = env::var("MICRORAIDEN_STORE").ok();
    let identity = Identity::new(&contract, key.address());
    let store = store::open_at(place.as_deref(), &identity, &Trust::new(None)?).await?;
    let mut terms = Terms::of(&contract);
    terms.credit = env::var("MICRORAIDEN_CREDIT")
        .is_ok_and(|on| on == "1")
        .then(|| CreditTerms {
            // As long as a lost answer needs.
            repeat: Duration::from_secs(60),
        });
    let told = json!({
        "contract": address,
        "rpcUrl": node_url,
        "token": contract.token.to_string(),
        "faucet": env::var("MICRORAIDEN_FAUCET").ok(),
        "price": price.to_string(),
    });
    let receiver = Arc::new(Receiver::new(contract, key, store).with_terms(terms));
    let watcher = Watcher::new(node, Arc::clone(&receiver), CONFIRMATIONS, start_block);
    tokio::spawn(watcher.follow(Duration::from_secs(1)));

    let listen = arguments.next().unwrap_or("127.0.0.1:8000".to_owned());
    let socket = tokio::net::TcpListener::bind(listen).await?;
    println!("listening on http://{}", socket.local_addr()?);
    axum::serve(socket, service(receiver, price, seconds, told)).await?;
    Ok(())
}

fn service(receiver: Arc<Receiver>, price: Amount, seconds: NonZeroU32, told: Value) -> Router {
    let earned = Arc::new(Mutex::new(Amount::ZERO));
    let counted = Arc::clone(&earned);
    let layer = PaywallLayer::new(receiver, Price::fixed(price))
        // Each interval costs what the request cost. Nothing flows that is not paid for.
        .metered(Metering::every(seconds))
        .observe(move |outcome| {
            if let RequestOutcome::Paid(paid) = outcome {
                let mut sum = counted.lock().unwrap_or_else(PoisonError::into_inner);
                *sum = sum.checked_add(paid.amount).unwrap_or(*sum);
            }
        })
        .without_gateway();
    let piece = Duration::from_secs(seconds.get().into()) / PIECES;
    let earned = move || async move {
        let earned = earned.lock().unwrap_or_else(PoisonError::into_inner);
        earned.to_string()
    };
    Router::new()
        .route("/live", get(move |paid| live(paid, piece)))
        .route_layer(layer)
        // Routes after the layer are free.
        .route("/", get(Html(include_str!("stream.html"))))
        .route("/terms.json", get(|| async move { Json(told) }))
        .route("/earned", get(earned))
        .nest_service(
            "/js/microraiden",
            ServeDir::new(concat!(env!("CARGO_MANIFEST_DIR"), "/pkg")),
        )
}

/// Words, one after the other, and in the end why there are no more.
async fn live(Extension(paid): Extension<Paid>, piece: Duration) -> Response {
    let (pieces, flowing) = mpsc::channel::<String>(1);
    tokio::spawn(async move {
        let mut words = TEXT.split_inclusive(char::is_whitespace).cycle();
        loop {
            tokio::select! {
                // The reader is gone.
                () = pieces.closed() => return,
                charged = paid.charge_more() => if let Err(unpaid) = charged {
                    // Nobody may be there to read it.
                    let _ = pieces.send(format!("\n[{unpaid}]\n")).await;
                    return;
                },
            }
            for _ in 0..PIECES {
                let word = words.next().unwrap_or_default().to_owned();
                // A reader that is slow is waited for; one that has stopped is not.
                if pieces.send(word).await.is_err() {
                    return;
                }
                tokio::time::sleep(piece).await;
            }
        }
    });
    let flowing = ReceiverStream::new(flowing).map(Ok::<_, std::convert::Infallible>);
    let kind = [("content-type", "text/plain; charset=utf-8")];
    (kind, Body::from_stream(flowing)).into_response()
}
