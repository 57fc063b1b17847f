//! The files of the server, charged for by the layer.

use std::future::{Ready, ready};
use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Router};
use serde_json::json;

use crate::protocol::Amount;

use super::content::{Content, Found};
use super::layer::PaywallLayer;
use super::offer::Offer;
use super::price::{Price, PriceError};
use super::server::App;

/// Answers every path with a file, for its price.
pub(super) fn files(app: &App) -> Router {
    let page = app.clone();
    let layer = PaywallLayer::new(Arc::clone(&app.receiver), Price::by_request(price))
        .page(move |offer| page.page.render(&page_config(&page, offer)))
        .answers(app.answers);
    Router::new()
        .fallback(serve)
        .layer(layer)
        .layer(from_fn_with_state(app.clone(), find))
}

/// What is not there is not charged for.
async fn find(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let Some(found) = app.content.find(request.uri().path()) else {
        return (StatusCode::NOT_FOUND, "There is no such file.\n").into_response();
    };
    request.extensions_mut().insert(found);
    next.run(request).await
}

fn price(parts: &Parts) -> Ready<Result<Amount, PriceError>> {
    let found = parts.extensions.get::<Found>().map(|found| found.price);
    let no_file = || PriceError::Refused(StatusCode::NOT_FOUND, "There is no such file.".into());
    ready(found.ok_or_else(no_file))
}

async fn serve(Extension(found): Extension<Found>, request: Request<Body>) -> Response {
    Content::serve(&found.file, request).await
}

fn page_config(app: &App, offer: &Offer) -> serde_json::Value {
    let mut config = offer.to_json();
    config["rpcUrl"] = json!(app.public_rpc_url);
    config["faucet"] = json!(app.faucet.map(|account| account.to_string()));
    config
}
