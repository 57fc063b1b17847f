//! The routes that are sold.

use std::future::{Ready, ready};
use std::net::{IpAddr, SocketAddr};
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
use super::edge::{Preflight, is_own};
use super::layer::PaywallLayer;
use super::offer::Offer;
use super::page::PageContent;
use super::path::CanonicalPath;
use super::price::{Price, PriceError};
use super::server::{App, Goods};

/// Answers every path with what is sold there, for its price.
pub(super) fn goods(app: &App) -> Router {
    let page = app.clone();
    let mut layer = PaywallLayer::new(Arc::clone(&app.receiver), Price::by_request(price))
        .page(move |offer| {
            page.page
                .render(PageContent::Offer(offer), &page_config(&page, offer))
        })
        .answers(app.answers);
    if let Some(label) = app.token_label.clone() {
        layer = layer.token_label(label);
    }
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

/// Finds the resource and its price. Nothing is charged for a 404.
async fn find(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let price = match &app.goods {
        Goods::Files(content) => {
            let found = content.find(request.uri().path());
            let Some(found) = found.filter(|found| !is_own(&found.path)) else {
                return (StatusCode::NOT_FOUND, "There is no such file.\n").into_response();
            };
            let price = found.price;
            request.extensions_mut().insert(found.path.clone());
            request.extensions_mut().insert(found);
            price
        }
        Goods::Server { prices, upstream } => {
            let path = request.extensions().get::<CanonicalPath>();
            let Some(path) = path.filter(|path| !is_own(path)) else {
                return (StatusCode::NOT_FOUND, "There is nothing here.\n").into_response();
            };
            let price = prices.of(path.as_str());
            if request.extensions().get::<Preflight>().is_some() {
                let client = client(&request);
                return upstream.ask_policy(request, client, app.answers).await;
            }
            price
        }
    };
    request.extensions_mut().insert(ResourcePrice(price));
    next.run(request).await
}

fn client(request: &Request) -> Option<IpAddr> {
    let client = request.extensions().get::<ConnectInfo<SocketAddr>>();
    client.map(|info| info.0.ip())
}

/// The price of the resource that was found.
#[derive(Clone, Copy)]
struct ResourcePrice(Amount);

fn price(parts: &Parts) -> Ready<Result<Amount, PriceError>> {
    let asked = parts.extensions.get::<ResourcePrice>().map(|asked| asked.0);
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
            let client = client(&request);
            upstream.call(request, client, app.answers).await
        }
    }
}

fn page_config(app: &App, offer: &Offer) -> serde_json::Value {
    let mut config = offer.to_json();
    config["method"] = json!(offer.method.as_str());
    config["rpcUrl"] = json!(app.public_rpc_url);
    config["faucet"] = json!(app.faucet.map(|account| account.to_string()));
    config
}
