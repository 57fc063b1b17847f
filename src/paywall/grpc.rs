//! Refusals of gRPC calls.
//!
//! gRPC clients take nothing from a 402 or its body. So the refusal of a call has no body, and carries
//! `grpc-status` and `grpc-message`, which count whatever the HTTP status is. The `RDN-*` headers are the
//! call's metadata, as with a paid call.

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode};
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};

const KIND: &str = "application/grpc";
const STATUS: HeaderName = HeaderName::from_static("grpc-status");
const MESSAGE: HeaderName = HeaderName::from_static("grpc-message");

/// Whether these are the headers of a gRPC call; gRPC-Web, which pages use, is not.
pub(super) fn is_call(headers: &HeaderMap) -> bool {
    let kind = headers.get(CONTENT_TYPE).map(HeaderValue::as_bytes);
    let rest = kind.and_then(|kind| kind.strip_prefix(KIND.as_bytes()));
    rest.is_some_and(|rest| matches!(rest.first(), None | Some(b'+' | b';')))
}

/// The same refusal for a call.
pub(super) fn refuse(mut refusal: Response<Bytes>, detail: &str) -> Response<Bytes> {
    let code = code(refusal.status());
    let headers = refusal.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(KIND));
    headers.insert(STATUS, HeaderValue::from(code));
    let encoded = utf8_percent_encode(detail, NOT_IN_MESSAGES).to_string();
    if let Ok(message) = HeaderValue::try_from(encoded) {
        headers.insert(MESSAGE, message);
    }
    refusal.map(|_| Bytes::new())
}

/// The gRPC code for an HTTP status.
fn code(status: StatusCode) -> u16 {
    const UNKNOWN: u16 = 2;
    const INVALID_ARGUMENT: u16 = 3;
    const RESOURCE_EXHAUSTED: u16 = 8;
    const FAILED_PRECONDITION: u16 = 9;
    const UNAVAILABLE: u16 = 14;
    match status {
        StatusCode::PAYMENT_REQUIRED => FAILED_PRECONDITION,
        StatusCode::CONFLICT => INVALID_ARGUMENT,
        StatusCode::TOO_MANY_REQUESTS => RESOURCE_EXHAUSTED,
        StatusCode::BAD_GATEWAY | StatusCode::SERVICE_UNAVAILABLE => UNAVAILABLE,
        _ => UNKNOWN,
    }
}

/// What a `grpc-message` has to encode, besides what is not ASCII.
const NOT_IN_MESSAGES: &AsciiSet = &CONTROLS.add(b'%');
