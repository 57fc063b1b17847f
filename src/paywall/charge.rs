//! What the server sells, charged for by the layer.

use std::future::{Ready, ready};
use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use serde_json::json;

use crate::protocol::Amount;

use super::content::{Content, Found};
use super::layer::PaywallLayer;
use super::offer::Offer;
use super::path::unambiguous;
use super::price::{Price, PriceError};
use super::server::{App, Goods};

/// Answers every path with what is sold there, for its price.
pub(super) fn goods(app: &App) -> Router {
    let page = app.clone();
    let mut layer = PaywallLayer::new(Arc::clone(&app.receiver), Price::by_request(price))
        .page(move |offer| page.page.render(&page_config(&page, offer)))
        .answers(app.answers);
    if let Some(rate) = app.limits.per_sender {
        layer = layer.limit_senders(rate);
    }
    if let Some(metrics) = app.metrics.clone() {
        layer = layer.observe(move |outcome| metrics.count(outcome));
    }
    Router::new()
        .fallback(serve)
        .layer(layer)
        .layer(from_fn_with_state(app.clone(), find))
        .with_state(app.clone())
}

/// What is not there is not charged for.
async fn find(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let path = request.uri().path();
    let price = match &app.goods {
        Goods::Files(content) => {
            let Some(found) = content.find(path) else {
                return (StatusCode::NOT_FOUND, "There is no such file.\n").into_response();
            };
            let price = found.price;
            request.extensions_mut().insert(found);
            price
        }
        Goods::Server { prices, .. } => {
            let Some(path) = unambiguous(path) else {
                return (StatusCode::BAD_REQUEST, "This path is ambiguous.\n").into_response();
            };
            // To many servers a path is the same with and without a slash at the end.
            let without = path.strip_suffix('/').unwrap_or(&path);
            prices.of(&path).max(prices.of(without))
        }
    };
    request.extensions_mut().insert(Asked(price));
    next.run(request).await
}

/// What the resource that was found costs.
#[derive(Clone, Copy)]
struct Asked(Amount);

fn price(parts: &Parts) -> Ready<Result<Amount, PriceError>> {
    let asked = parts.extensions.get::<Asked>().map(|asked| asked.0);
    let not_found = || PriceError::Refused(StatusCode::NOT_FOUND, "There is nothing here.".into());
    ready(asked.ok_or_else(not_found))
}

async fn serve(State(app): State<App>, request: Request<Body>) -> Response {
    match &app.goods {
        Goods::Files(_) => match request.extensions().get::<Found>().cloned() {
            Some(found) => Content::serve(&found.file, request).await,
            None => StatusCode::NOT_FOUND.into_response(),
        },
        Goods::Server { upstream, .. } => {
            let client = request.extensions().get::<ConnectInfo<SocketAddr>>();
            let client = client.map(|info| info.0.ip());
            upstream.call(request, client, app.answers).await
        }
    }
}

fn page_config(app: &App, offer: &Offer) -> serde_json::Value {
    let mut config = offer.to_json();
    config["rpcUrl"] = json!(app.public_rpc_url);
    config["faucet"] = json!(app.faucet.map(|account| account.to_string()));
    config
}
