//! The receiver's REST interface, as far as a sender needs it: the cooperative close.

use gloo_net::http::Request;
use wasm_bindgen::JsValue;
use web_sys::Url;

use crate::json::Value;
use crate::protocol::header::name;
use crate::protocol::{ChannelId, Signature};
use crate::sender::world::{Agreement, ClosingBalance};

use super::call_options::Watch;
use super::deadline::{ANSWER_MILLISECONDS, Deadline};
use super::http;

/// Resolves the gateway of a 402, which may be a path, to an absolute URL.
pub(crate) fn resolve(gateway: &str, resource: &str) -> Option<String> {
    let url = Url::new_with_base(gateway, resource).ok()?;
    matches!(url.protocol().as_str(), "http:" | "https:").then(|| url.href())
}

/// The receiver did not answer.
pub(crate) struct Unanswered;

impl From<gloo_net::Error> for Unanswered {
    fn from(_: gloo_net::Error) -> Self {
        Self
    }
}

impl From<JsValue> for Unanswered {
    fn from(_: JsValue) -> Self {
        Self
    }
}

/// Asks the receiver to agree to closing with this balance, with or without the sender's signature of
/// that request. Ends when the caller aborts, and after [`ANSWER_MILLISECONDS`].
pub(crate) async fn ask_closing(
    gateway: &str,
    channel: &ChannelId,
    asked: ClosingBalance<'_>,
    signed: Option<&Signature>,
    watch: &Watch,
) -> Result<Agreement, Unanswered> {
    let gateway = gateway.trim_end_matches('/');
    let url = format!(
        "{gateway}/channels/{}/{}",
        channel.sender.to_lower(),
        channel.open_block
    );
    let deadline = Deadline::new(watch, ANSWER_MILLISECONDS)?;
    let signal = deadline.signal();
    let mut request = Request::delete(&url)
        .header("Content-Type", "application/json")
        .abort_signal(Some(&signal));
    if let Some(signature) = signed {
        request = request.header(name::REQUEST_SIGNATURE, &signature.to_string());
    }
    let answer = http::exchange(request.body(asked.body())?, &signal).await?;
    match answer.status {
        200 => {}
        401 => return Ok(Agreement::SenderUnproven),
        _ => return Ok(Agreement::Denied),
    }
    let answer = Value::parse(&answer.text).ok();
    let signature = answer.and_then(|answer| answer["close_signature"].as_str()?.parse().ok());
    Ok(signature.map_or(Agreement::Denied, Agreement::Signed))
}
