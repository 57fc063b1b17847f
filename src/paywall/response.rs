//! The paywall's own answers.

use std::borrow::Cow;

use bytes::Bytes;
use http::header::{CONTENT_TYPE, RETRY_AFTER};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Response, StatusCode};
use serde_json::{Value, json};

use crate::protocol::header::{HeaderError, Refusal};

use super::cookies::{Expire, expire};
use super::layer::Settings;
use super::limit::TooMany;
use super::negotiate::{wants_page, wants_problem};
use super::offer::Offer;
use super::path::Ambiguous;
use super::price::PriceError;
use super::{cache_control, credit, grpc};

/// The format in which programs are told why a request is not served. Status and `RDN-*` headers are the same
/// in all formats.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AnswerFormat {
    /// `application/problem+json` (RFC 9457) with `title`, `status`, `detail` (a sentence) and `code`:
    /// `payment-required`, `insufficient-confirmations`, `nonexisting-channel`, `invalid-balance-proof`,
    /// `invalid-amount`, `deposit-too-low`, `malformed-payment`, `chain-unavailable`, `store-unavailable`,
    /// `price-unavailable`, `too-many-requests`, `ambiguous-path` or `not-for-sale`; for numbered requests also
    /// those of [`CreditRefusal`](crate::protocol::CreditRefusal); before another server
    /// also `upstream-unavailable`, `upstream-timeout` and `request-timeout`. A 402 has the members of
    /// [`Offer::to_json`] as well, and those of [`PaywallLayer::describe`](super::PaywallLayer::describe).
    #[default]
    Problem,
    /// The original server's, for clients that need it: `application/json`, empty with a 402, else the
    /// sentence as a JSON string. A page with a 402 has the type `text/html` without a charset, which stands in
    /// the page. Requests are read as the original reads them as well: a payment header or cookie without a
    /// value counts as missing, addresses and signatures may lack their `0x`, and numbers may begin with `+`.
    /// Who accepts `application/problem+json` by name gets that with a 402.
    Original,
}

/// The `code` of a 400 for a path that could be read in two ways.
pub(super) const AMBIGUOUS: &str = "ambiguous-path";
/// The `code` of a 429.
pub(super) const TOO_MANY: &str = "too-many-requests";
/// For how many seconds who was answered 503 is asked to wait.
pub(super) const RETRY_SECONDS: u16 = 1;
const TOO_MANY_DETAIL: &str = "Too many requests: ask again later. Nothing was paid by this one.";

impl AnswerFormat {
    pub(super) fn write(
        self,
        status: StatusCode,
        code: &str,
        detail: &str,
        more: Value,
    ) -> Response<Bytes> {
        let (kind, body) = match self {
            Self::Problem => (
                "application/problem+json",
                problem(status, code, detail, more),
            ),
            Self::Original if status == StatusCode::PAYMENT_REQUIRED => {
                ("application/json", String::new())
            }
            Self::Original => ("application/json", Value::from(detail).to_string()),
        };
        let mut response = Response::new(Bytes::from(body));
        *response.status_mut() = status;
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
        if status == StatusCode::SERVICE_UNAVAILABLE {
            headers.insert(RETRY_AFTER, RETRY_SECONDS.into());
        }
        cache_control::set_no_store(headers);
        response
    }

    /// 429, with the seconds to wait.
    pub(super) fn too_many(self, wait: TooMany) -> Response<Bytes> {
        let mut response = self.write(
            StatusCode::TOO_MANY_REQUESTS,
            TOO_MANY,
            TOO_MANY_DETAIL,
            Value::Null,
        );
        let seconds = HeaderValue::from(wait.seconds());
        response.headers_mut().insert(RETRY_AFTER, seconds);
        response
    }
}

fn problem(status: StatusCode, code: &str, detail: &str, mut more: Value) -> String {
    let standard = [
        ("title", json!(status.canonical_reason())),
        ("status", json!(status.as_u16())),
        ("detail", json!(detail)),
        ("code", json!(code)),
    ];
    if more.is_null() {
        more = json!({});
    }
    for (name, value) in standard {
        more[name] = value;
    }
    more.to_string()
}

/// Why a request is not passed on.
pub(super) enum Rejection {
    ChainOffline,
    EtherTooLow,
    Ambiguous(Ambiguous),
    Malformed(HeaderError),
    /// The cookies are malformed, which another site may have set. With the terms, for a browser.
    MalformedCookies(HeaderError, Box<Offer>),
    NoPrice(PriceError),
    /// No payment came with the request.
    Demanded(Box<Offer>),
    /// The payment that came is not accepted.
    Payment(Box<Offer>),
    StoreUnavailable,
    TooMany(TooMany),
}

impl Rejection {
    /// The `code` of a problem.
    pub(super) fn code(&self) -> &'static str {
        self.describe().1
    }

    pub(super) fn answer(&self, settings: &Settings, asked: &Parts) -> Response<Bytes> {
        let answer = match self {
            Self::Demanded(offer) => payment_required(settings, asked, offer, None),
            Self::Payment(offer) => payment_required(settings, asked, offer, Some(Expire::Foreign)),
            Self::MalformedCookies(_, offer)
                if settings.page.is_some() && wants_page(&asked.headers) =>
            {
                payment_required(settings, asked, offer, Some(Expire::All))
            }
            Self::MalformedCookies(..) => {
                let mut answer = self.write(settings);
                let headers = answer.headers_mut();
                expire(&asked.headers, asked.uri.path(), Expire::All, headers);
                answer
            }
            Self::TooMany(wait) => settings.answers.too_many(*wait),
            _ => self.write(settings),
        };
        if grpc::is_call(&asked.headers) {
            return grpc::refuse(answer, &self.describe().2);
        }
        answer
    }

    fn write(&self, settings: &Settings) -> Response<Bytes> {
        let (status, code, detail) = self.describe();
        settings.answers.write(status, code, &detail, Value::Null)
    }

    /// The status; the `code` and the sentence of a problem.
    fn describe(&self) -> (StatusCode, &'static str, Cow<'_, str>) {
        let (status, code, detail) = match self {
            Self::ChainOffline => (
                StatusCode::BAD_GATEWAY,
                "chain-unavailable",
                "Ethereum node is not responding",
            ),
            Self::EtherTooLow => (
                StatusCode::BAD_GATEWAY,
                "chain-unavailable",
                "Channel manager ETH balance is below limit",
            ),
            Self::Ambiguous(error) => {
                let detail = Cow::Owned(error.to_string());
                return (StatusCode::BAD_REQUEST, AMBIGUOUS, detail);
            }
            Self::Malformed(error) | Self::MalformedCookies(error, _) => {
                let detail = Cow::Owned(error.to_string());
                return (StatusCode::CONFLICT, "malformed-payment", detail);
            }
            Self::NoPrice(PriceError::Refused(status, reason)) => {
                let is_error = status.is_client_error() || status.is_server_error();
                let status = Some(*status).filter(|_| is_error);
                let status = status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
                (status, "not-for-sale", reason.as_str())
            }
            Self::NoPrice(PriceError::Failed(_)) => (
                StatusCode::SERVICE_UNAVAILABLE,
                "price-unavailable",
                "The price is not known for now",
            ),
            Self::Demanded(offer) | Self::Payment(offer) => {
                let (code, detail) = reason(offer);
                (StatusCode::PAYMENT_REQUIRED, code, detail)
            }
            Self::StoreUnavailable => (
                StatusCode::SERVICE_UNAVAILABLE,
                "store-unavailable",
                "Payments can't be stored for now",
            ),
            Self::TooMany(_) => (StatusCode::TOO_MANY_REQUESTS, TOO_MANY, TOO_MANY_DETAIL),
        };
        (status, code, Cow::Borrowed(detail))
    }
}

/// 402: a page for browsers, a problem for programs, the same headers for both.
fn payment_required(
    settings: &Settings,
    asked: &Parts,
    offer: &Offer,
    expired: Option<Expire>,
) -> Response<Bytes> {
    let page = settings.page.as_ref();
    let page = page.filter(|_| wants_page(&asked.headers));
    let mut response = match page {
        Some(page) => page(offer, &asked.headers),
        None => {
            let (code, detail) = reason(offer);
            let status = StatusCode::PAYMENT_REQUIRED;
            let answers = match wants_problem(&asked.headers) {
                true => AnswerFormat::Problem,
                false => settings.answers,
            };
            let told = match answers {
                AnswerFormat::Problem => described(settings, asked, offer),
                AnswerFormat::Original => Value::Null,
            };
            answers.write(status, code, detail, told)
        }
    };
    *response.status_mut() = StatusCode::PAYMENT_REQUIRED;
    let headers = response.headers_mut();
    if settings.answers == AnswerFormat::Original {
        remove_charset(headers);
    }
    if let Some(which) = expired {
        expire(&asked.headers, asked.uri.path(), which, headers);
    }
    // After expiring: of two cookies of one name, domain and path the later one stays.
    if page.is_some() {
        offer.add_cookies(headers);
    }
    offer.ask(headers);
    response
}

/// The terms, and what the service adds to them.
fn described(settings: &Settings, asked: &Parts, offer: &Offer) -> Value {
    let mut told = offer.to_json();
    let more = settings.describe.as_ref();
    if let Some(Value::Object(more)) = more.map(|describe| describe(offer, &asked.headers)) {
        for (name, value) in more {
            if told.get(&name).is_none() {
                told[name] = value;
            }
        }
    }
    told
}

/// Clients of the original server compare the whole type of its page.
fn remove_charset(headers: &mut HeaderMap) {
    let kind = headers
        .get(CONTENT_TYPE)
        .and_then(|kind| kind.to_str().ok());
    if kind.is_some_and(|kind| kind.split(';').next() == Some("text/html")) {
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/html"));
    }
}

fn reason(offer: &Offer) -> (&'static str, &'static str) {
    if let Some(refusal) = offer.credit.and_then(|credit| credit.refusal) {
        return (refusal.code(), credit::sentence(refusal));
    }
    match offer.demand.refusal {
        None if offer.deposit_too_low => (
            "deposit-too-low",
            "The channel's deposit is below the least that is sold for (minDeposit): top it up.",
        ),
        None if offer.sender.is_none() => {
            ("payment-required", "This costs a payment in a channel.")
        }
        None => (
            "payment-required",
            "Nothing was paid: the balance is the accepted one, or above the confirmed deposit.",
        ),
        Some(Refusal::InsufficientConfirmations) => (
            "insufficient-confirmations",
            "The channel waits for confirmations.",
        ),
        Some(Refusal::NonexistingChannel) => (
            "nonexisting-channel",
            "There is no such channel, or it is closing.",
        ),
        Some(Refusal::InvalidBalanceProof) => (
            "invalid-balance-proof",
            "The signature is not the sender's over this balance.",
        ),
        Some(Refusal::InvalidAmount) => (
            "invalid-amount",
            "The balance must be the accepted one plus the price.",
        ),
    }
}
