//! A receiver with one channel, and payments in it.
#![allow(dead_code)] // Each test crate uses a part of it.

use crate::basics::{CONTRACT, MANAGER, key, units};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Request, StatusCode};
use microraiden::chain::Node;
use microraiden::chain::http::HttpTransport;
use microraiden::paywall::cors::CredentialOrigins;
use microraiden::paywall::{
    Access, AnswerFormat, Content, Goods, Page, Prices, RequestLimits, ServerOptions, TokenLabel,
    TrustedProxies, router,
};
use microraiden::protocol::header::Payment;
use microraiden::protocol::{Amount, ChannelId};
use microraiden::receiver::{
    ChainStatus, Channel, ChannelKey, ChannelStatus, CreditTerms, MemoryStore, Receiver, Store,
    StoreExt, Terms,
};
use tower::ServiceExt;

pub(crate) const OPEN_BLOCK: u32 = 3;

/// The channel of key 1 to key 2.
pub(crate) fn id() -> ChannelId {
    ChannelId {
        sender: key(1).address(),
        receiver: key(2).address(),
        open_block: OPEN_BLOCK,
    }
}

/// Holds the channel, open and with a deposit of 100.
pub(crate) async fn store() -> MemoryStore {
    let store = MemoryStore::default();
    let channel = Channel::new(id(), units(100), ChannelStatus::Open);
    store.insert(channel).await.expect("memory");
    store
}

/// A receiver over [`store`].
pub(crate) async fn receiver() -> Arc<Receiver> {
    receiver_over(Arc::new(store().await))
}

pub(crate) fn receiver_over(store: Arc<dyn Store>) -> Arc<Receiver> {
    receiver_with(store, |_| {})
}

/// With other terms than the defaults.
pub(crate) fn receiver_with(
    store: Arc<dyn Store>,
    change: impl FnOnce(&mut Terms),
) -> Arc<Receiver> {
    let mut terms = Terms::of(&CONTRACT);
    change(&mut terms);
    let receiver = Receiver::new(CONTRACT, key(2), store).with_terms(terms);
    receiver.set_status(ChainStatus::Ready);
    Arc::new(receiver)
}

/// One over [`store`] that speaks the credit extension, and serves a number again for so many seconds.
pub(crate) async fn speaking(repeat: u64) -> Arc<Receiver> {
    receiver_with(Arc::new(store().await), |terms| {
        let repeat = Duration::from_secs(repeat);
        terms.credit = Some(CreditTerms { repeat });
    })
}

pub(crate) async fn stored(receiver: &Receiver) -> Channel {
    let channel = receiver.store().get(ChannelKey::from(&id())).await;
    channel.expect("memory").expect("the channel")
}

/// The channel's sender pays up to this balance.
pub(crate) fn payment(balance: u64) -> Payment {
    Payment {
        sender: id().sender,
        open_block: OPEN_BLOCK,
        proof: MANAGER.sign_balance(&key(1), &id(), units(balance)),
        contract: None,
        receiver: None,
    }
}

/// Sells the demo's content: 3 units a file, the poem is free.
pub(crate) type Headers = Vec<(&'static str, String)>;

/// The headers of a numbered request that agrees to a price of 3.
pub(crate) fn numbered(number: u64, balance: u64) -> Headers {
    agreeing(number, balance, 3)
}

pub(crate) fn agreeing(number: u64, balance: u64, price: u64) -> Headers {
    let mut headers = payment(balance).headers();
    headers.push(("rdn-payment-number", number.to_string()));
    headers.push(("rdn-price", price.to_string()));
    headers
}

pub(crate) fn options() -> ServerOptions {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let prices = Prices::new(units(3));
    let prices = prices.with("/poem.txt", Amount::ZERO).expect("a path");
    let content = Content::new(root.join("demo/content"), prices);
    ServerOptions {
        goods: Goods::Files(content.expect("the demo's content")),
        page: Page::read(&root.join("www"), &root.join("pkg")).expect("the page"),
        access: Access::default(),
        answers: AnswerFormat::Problem,
        credential_origins: CredentialOrigins::default(),
        limits: RequestLimits::default(),
        trusted_proxies: TrustedProxies::default(),
        metrics: None,
        token_label: TokenLabel::new("TKN", 1),
        public_rpc_url: "http://127.0.0.1:1".to_owned(),
        faucet: None,
        start_block: 0,
        node: Node::new(HttpTransport::new("http://127.0.0.1:1").expect("a URL")),
    }
}

pub(crate) fn server(receiver: &Arc<Receiver>, options: ServerOptions) -> Router {
    router(Arc::clone(receiver), options)
}

pub(crate) async fn send(app: &Router, request: Request<Body>) -> (StatusCode, HeaderMap, Vec<u8>) {
    let response = app.clone().oneshot(request).await.expect("infallible");
    let (parts, body) = response.into_parts();
    let body = to_bytes(body, 1 << 20).await.expect("a body");
    (parts.status, parts.headers, body.to_vec())
}

pub(crate) fn request(method: &str, path: &str, headers: &[(&str, String)]) -> Request<Body> {
    let builder = Request::builder().method(method).uri(path);
    let builder = headers
        .iter()
        .fold(builder, |b, (name, value)| b.header(*name, value));
    builder.body(Body::empty()).expect("a request")
}
