//! Charging for one request, in the order of the original server.

use axum::Json;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;
use tracing::{error, info};

use crate::protocol::header::{Demand, Payment, name};
use crate::protocol::{Address, Amount, BalanceProof};
use crate::receiver::{ChainStatus, Refused};

use super::GATEWAY_PATH;
use super::content::Content;
use super::cookies::payment_value;
use super::negotiate::wants_page;
use super::server::App;

/// Serves a file for its price.
pub(super) async fn resource(State(app): State<App>, request: Request) -> Response {
    let path = request.uri().path().to_owned();
    let Some(found) = app.content.find(&path) else {
        return (StatusCode::NOT_FOUND, "There is no such file.\n").into_response();
    };
    match app.receiver.status() {
        ChainStatus::Ready => {}
        ChainStatus::Offline => return bad_gateway("Ethereum node is not responding"),
        ChainStatus::EtherTooLow => {
            return bad_gateway("Channel manager ETH balance is below limit");
        }
    }
    let payment = match Payment::read(|name| payment_value(request.headers(), name)) {
        Ok(payment) => payment,
        Err(error) => return (StatusCode::CONFLICT, Json(error.to_string())).into_response(),
    };
    let price = found.price;
    if price.is_zero() {
        return Content::serve(&found.file, request).await;
    }
    let demand = demand(&app, price);
    let Some(payment) = payment else {
        return payment_required(&app, request.headers(), &path, &demand, None);
    };
    match app.receiver.accept(&payment, price).await {
        Ok(accepted) => {
            info!(sender = %payment.sender, paid = %accepted.paid, path, "paid");
            let mut response = Content::serve(&found.file, request).await;
            let state = with_state(demand, accepted.before, accepted.proof_before);
            add_headers(response.headers_mut(), &state, Some(payment.sender));
            // Paid content belongs to one sender: no shared cache may keep it.
            let private = HeaderValue::from_static("private, no-store");
            response
                .headers_mut()
                .insert(header::CACHE_CONTROL, private);
            response
        }
        Err(Refused::StoreUnavailable(error)) => {
            error!(sender = %payment.sender, path, %error, "a payment could not be stored");
            unavailable()
        }
        Err(refused) => {
            let refusal = refused.refusal();
            info!(sender = %payment.sender, path, ?refusal, "payment refused");
            let mut demand = Demand { refusal, ..demand };
            let mut sender = None;
            if let Some(known) = refused.known() {
                demand = with_state(demand, known.balance, known.proof);
                sender = Some(payment.sender);
            }
            payment_required(&app, request.headers(), &path, &demand, sender)
        }
    }
}

/// 503: the channels can't be read or changed.
pub(super) fn unavailable() -> Response {
    let reason = "Payments can't be stored for now";
    (StatusCode::SERVICE_UNAVAILABLE, Json(reason)).into_response()
}

fn bad_gateway(reason: &str) -> Response {
    (StatusCode::BAD_GATEWAY, Json(reason)).into_response()
}

/// What a request for this price demands, of whoever asks.
fn demand(app: &App, price: Amount) -> Demand {
    let contract = app.receiver.contract();
    Demand {
        contract: contract.manager.address,
        receiver: app.receiver.address(),
        price,
        token: Some(contract.token),
        gateway: Some(GATEWAY_PATH.to_owned()),
        refusal: None,
        sender_balance: None,
        balance_signature: None,
    }
}

fn with_state(demand: Demand, balance: Amount, proof: Option<BalanceProof>) -> Demand {
    let balance_signature = proof.map(|proof| proof.signature);
    Demand {
        sender_balance: Some(balance),
        balance_signature,
        ..demand
    }
}

/// 402: a page for browsers, an empty body for programs, the same headers for both.
fn payment_required(
    app: &App,
    headers: &HeaderMap,
    path: &str,
    demand: &Demand,
    sender: Option<Address>,
) -> Response {
    let mut response = if wants_page(headers) {
        let mut response = app.page.render(&page_config(app, path, demand));
        add_cookies(response.headers_mut(), demand, sender);
        response
    } else {
        ([(header::CONTENT_TYPE, "application/json")], Body::empty()).into_response()
    };
    *response.status_mut() = StatusCode::PAYMENT_REQUIRED;
    add_headers(response.headers_mut(), demand, sender);
    response
        .headers_mut()
        .insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

fn page_config(app: &App, path: &str, demand: &Demand) -> serde_json::Value {
    let contract = app.receiver.contract();
    json!({
        "resource": path,
        "price": demand.price.to_string(),
        "receiver": demand.receiver.to_string(),
        "contract": demand.contract.to_string(),
        "token": contract.token.to_string(),
        "chainId": contract.chain_id,
        "generation": contract.manager.generation.name(),
        "rpcUrl": app.public_rpc_url,
        "gateway": GATEWAY_PATH,
        "faucet": app.faucet.map(|account| account.to_string()),
    })
}

fn all_headers(demand: &Demand, sender: Option<Address>) -> Vec<(&'static str, String)> {
    let mut headers = demand.headers();
    headers.extend(sender.map(|sender| (name::SENDER_ADDRESS, sender.to_string())));
    headers
}

fn add_headers(headers: &mut HeaderMap, demand: &Demand, sender: Option<Address>) {
    for (name, value) in all_headers(demand, sender) {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            headers.insert(name, value);
        }
    }
}

/// With the page every answer header is a session cookie too, as the original page reads them.
fn add_cookies(headers: &mut HeaderMap, demand: &Demand, sender: Option<Address>) {
    for (name, value) in all_headers(demand, sender) {
        let cookie = format!("{name}={value}; Path=/; SameSite=Lax");
        if let Ok(cookie) = HeaderValue::try_from(cookie) {
            headers.append(header::SET_COOKIE, cookie);
        }
    }
}
