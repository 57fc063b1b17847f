//! The routes that are sold.

use std::future::{Ready, ready};
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::StatusCode;
use axum::http::header::HOST;
use axum::http::request::Parts;
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use serde_json::json;
use tracing::debug;

use crate::protocol::Amount;
use crate::receiver::ChainStatus;

use super::client::AskedFor;
use super::content::{Content, Found};
use super::edge::{Preflight, is_own};
use super::layer::PaywallLayer;
use super::log_text::ClientText;
use super::offer::Offer;
use super::page::PageContent;
use super::path::CanonicalPath;
use super::price::{Price, PriceError};
use super::proxy::Upstream;
use super::receipt::{Paid, PaidBy};
use super::server::{App, Goods};
use super::ticket::{Covered, Place, TicketRequest, Tickets};

/// Answers every path with what is sold there, for its price.
pub(super) fn goods(app: &App) -> Router {
    let (page, described) = (app.clone(), app.clone());
    let mut layer = PaywallLayer::new(Arc::clone(&app.receiver), Price::by_request(price))
        .page(move |offer, asked| {
            let file = file(&page, offer);
            let about = about(offer, file.as_deref());
            page.page.render(about, &page_config(&page, offer), asked)
        })
        .describe(move |offer, asked| {
            let file = file(&described, offer);
            let about = about(offer, file.as_deref());
            json!({ "page": described.page.describe(about, asked) })
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
            let place = Place::asked(path, request.uri().query());
            if request.extensions().get::<Preflight>().is_some() {
                let client = client(&request);
                return upstream.ask_policy(request, client, app.answers).await;
            }
            // While nothing is sold, tickets are not used up.
            let sells = app.receiver.status() == ChainStatus::Ready && !price.is_zero();
            let tickets = upstream.tickets().filter(|_| sells);
            let covered = tickets.and_then(|tickets| {
                let covered = tickets.redeem(request.headers(), app.answers, &place, price);
                covered.inspect(|_| debug!(path = ?ClientText(place.path.as_str()), "covered"))
            });
            if let Some(covered) = covered {
                request.extensions_mut().insert(ResourcePrice(Amount::ZERO));
                request.extensions_mut().insert(covered);
                let mut response = next.run(request).await;
                covered.show(response.headers_mut());
                return response;
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
        Goods::Server { upstream, prices } => {
            let client = client(&request);
            let Some((tickets, covered, asked)) = covered(upstream, &request) else {
                return upstream.call(request, client, app.answers).await;
            };
            let mut response = upstream.call(request, client, app.answers).await;
            let price = |place: &Place| match is_own(&place.path) {
                true => Amount::ZERO,
                false => prices.of(place.path.as_str()),
            };
            tickets.issue(&mut response, covered, &asked, price);
            response
        }
    }
}

/// What is known of a request that was paid for, itself or by what was redirected to it.
fn covered<'a>(
    upstream: &'a Upstream,
    request: &Request<Body>,
) -> Option<(&'a Tickets, Covered, TicketRequest)> {
    let tickets = upstream.tickets()?;
    let extensions = request.extensions();
    let paid = extensions.get::<Paid>().zip(extensions.get::<PaidBy>());
    let covered = match paid {
        Some((paid, by)) => tickets.cover(paid, by),
        None => *extensions.get::<Covered>()?,
    };
    let told = extensions.get::<AskedFor>().cloned().unwrap_or_default();
    let host = told.host.as_ref().or(request.headers().get(HOST));
    let host = host.and_then(|host| host.to_str().ok());
    let path = extensions.get::<CanonicalPath>()?;
    let asked = TicketRequest {
        place: Place::asked(path, request.uri().query()),
        host: host.map(str::to_owned),
        is_secure: told.scheme == Some("https"),
    };
    Some((tickets, covered, asked))
}

/// The file that an offer is about.
fn file(app: &App, offer: &Offer) -> Option<PathBuf> {
    match &app.goods {
        Goods::Files(content) => content.find(offer.path()).map(|found| found.file),
        Goods::Server { .. } => None,
    }
}

fn about<'a>(offer: &'a Offer, file: Option<&'a Path>) -> PageContent<'a> {
    PageContent::Offer { offer, file }
}

fn page_config(app: &App, offer: &Offer) -> serde_json::Value {
    let mut config = offer.to_json();
    config["method"] = json!(offer.method.as_str());
    config["rpcUrl"] = json!(app.public_rpc_url);
    config["faucet"] = json!(app.faucet.map(|account| account.to_string()));
    config
}
