//! The paywall's own answers.

use std::borrow::Cow;

use bytes::Bytes;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderMap, HeaderValue, Response, StatusCode};
use serde_json::{Value, json};

use crate::protocol::header::{HeaderError, Refusal as Reason};

use super::grpc;
use super::layer::Settings;
use super::limit::TooMany;
use super::negotiate::wants_page;
use super::offer::Offer;
use super::price::PriceError;

/// How programs are told why a request is not served. The status and the `RDN-*` headers, by which
/// clients go, are the same.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Answers {
    /// `application/problem+json` (RFC 9457) with `title`, `status`, `detail` (a sentence) and
    /// `code`: `payment-required`, `insufficient-confirmations`, `nonexisting-channel`,
    /// `invalid-balance-proof`, `invalid-amount`, `malformed-payment`, `chain-unavailable`,
    /// `store-unavailable`, `price-unavailable`, `too-many-requests` or `not-for-sale`;
    /// before another server also `upstream-unavailable` and `upstream-timeout`. A 402 has the members of
    /// [`Offer::to_json`] as well.
    #[default]
    Problem,
    /// Like the original server, for clients that insist on it: `application/json`, empty with a
    /// 402, else the sentence as a JSON string.
    Original,
}

/// The `code` of a 429.
pub(super) const TOO_MANY: &str = "too-many-requests";
const TOO_MANY_DETAIL: &str = "Too many requests: ask again later. Nothing was paid by this one.";

impl Answers {
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
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
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

/// Why a request is not handed on.
pub(super) enum Refusal {
    ChainOffline,
    EtherTooLow,
    Malformed(HeaderError),
    NoPrice(PriceError),
    /// No payment came with the request.
    Demanded(Box<Offer>),
    /// The payment that came is not accepted.
    Payment(Box<Offer>),
    StoreUnavailable,
    TooMany(TooMany),
}

impl Refusal {
    /// The `code` of a problem.
    pub(super) fn code(&self) -> &'static str {
        match self {
            Self::ChainOffline | Self::EtherTooLow => "chain-unavailable",
            Self::Malformed(_) => "malformed-payment",
            Self::NoPrice(PriceError::Refused(..)) => "not-for-sale",
            Self::NoPrice(PriceError::Failed(_)) => "price-unavailable",
            Self::Demanded(offer) | Self::Payment(offer) => reason(offer).0,
            Self::StoreUnavailable => "store-unavailable",
            Self::TooMany(_) => TOO_MANY,
        }
    }

    pub(super) fn answer(&self, settings: &Settings, asked: &HeaderMap) -> Response<Bytes> {
        let answer = match self {
            Self::Demanded(offer) | Self::Payment(offer) => {
                payment_required(settings, asked, offer)
            }
            Self::TooMany(wait) => settings.answers.too_many(*wait),
            _ => settings
                .answers
                .write(self.status(), self.code(), &self.detail(), Value::Null),
        };
        if grpc::is_call(asked) {
            return grpc::refuse(answer, &self.detail());
        }
        answer
    }

    fn status(&self) -> StatusCode {
        match self {
            Self::ChainOffline | Self::EtherTooLow => StatusCode::BAD_GATEWAY,
            Self::Malformed(_) => StatusCode::CONFLICT,
            Self::NoPrice(PriceError::Refused(status, _)) => {
                let is_error = status.is_client_error() || status.is_server_error();
                let status = Some(*status).filter(|_| is_error);
                status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
            }
            Self::NoPrice(PriceError::Failed(_)) | Self::StoreUnavailable => {
                StatusCode::SERVICE_UNAVAILABLE
            }
            Self::Demanded(_) | Self::Payment(_) => StatusCode::PAYMENT_REQUIRED,
            Self::TooMany(_) => StatusCode::TOO_MANY_REQUESTS,
        }
    }

    /// The sentence of a problem.
    fn detail(&self) -> Cow<'_, str> {
        Cow::Borrowed(match self {
            Self::ChainOffline => "Ethereum node is not responding",
            Self::EtherTooLow => "Channel manager ETH balance is below limit",
            Self::Malformed(error) => return Cow::Owned(error.to_string()),
            Self::NoPrice(PriceError::Refused(_, reason)) => reason,
            Self::NoPrice(PriceError::Failed(_)) => "The price is not known for now",
            Self::Demanded(offer) | Self::Payment(offer) => reason(offer).1,
            Self::StoreUnavailable => "Payments can't be stored for now",
            Self::TooMany(_) => TOO_MANY_DETAIL,
        })
    }
}

/// 402: a page for browsers, a problem for programs, the same headers for both.
fn payment_required(settings: &Settings, asked: &HeaderMap, offer: &Offer) -> Response<Bytes> {
    let page = settings.page.as_ref().filter(|_| wants_page(asked));
    let mut response = match page {
        Some(page) => {
            let mut response = page(offer);
            offer.add_cookies(response.headers_mut());
            response
        }
        None => {
            let (code, detail) = reason(offer);
            let status = StatusCode::PAYMENT_REQUIRED;
            settings
                .answers
                .write(status, code, detail, offer.to_json())
        }
    };
    *response.status_mut() = StatusCode::PAYMENT_REQUIRED;
    offer.ask(response.headers_mut());
    response
}

fn reason(offer: &Offer) -> (&'static str, &'static str) {
    match offer.demand.refusal {
        None if offer.sender.is_none() => {
            ("payment-required", "This costs a payment in a channel.")
        }
        None => (
            "payment-required",
            "Nothing was paid: the balance is the accepted one, or above the confirmed deposit.",
        ),
        Some(Reason::InsufficientConfirmations) => (
            "insufficient-confirmations",
            "The channel waits for confirmations.",
        ),
        Some(Reason::NonexistingChannel) => (
            "nonexisting-channel",
            "There is no such channel, or it is closing.",
        ),
        Some(Reason::InvalidBalanceProof) => (
            "invalid-balance-proof",
            "The signature is not the sender's over this balance.",
        ),
        Some(Reason::InvalidAmount) => (
            "invalid-amount",
            "The balance must be the accepted one plus the price.",
        ),
    }
}
