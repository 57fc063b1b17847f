//! The receiver's REST interface, as far as a sender needs it: the cooperative close.

use crate::json::{Value, json};
use gloo_net::http::Request;
use web_sys::Url;

use crate::protocol::header::name;
use crate::protocol::{BalanceProof, ChannelId, Signature};

use super::error::Failure;

/// Makes an absolute URL of what a 402 calls its gateway, which may be a path.
pub(crate) fn resolve(gateway: &str, resource: &str) -> Option<String> {
    let url = Url::new_with_base(gateway, resource).ok()?;
    matches!(url.protocol().as_str(), "http:" | "https:").then(|| url.href())
}

/// What a receiver says to closing.
pub(crate) enum Agreement {
    /// A signature, which is a claim until it is verified.
    Signed(Signature),
    /// It wants to know that the sender asks.
    SenderUnproven,
    /// It does not agree.
    Denied,
}

/// Asks the receiver to agree to closing with this balance, with the sender's signature of that
/// request or without.
pub(crate) async fn closing_signature(
    gateway: &str,
    channel: &ChannelId,
    proof: &BalanceProof,
    asked_by: Option<&Signature>,
) -> Result<Agreement, Failure> {
    let unreachable = |error: gloo_net::Error| {
        Failure::new(
            "server-unreachable",
            format!("the receiver can't be reached: {error}"),
        )
    };
    let gateway = gateway.trim_end_matches('/');
    let url = format!(
        "{gateway}/channels/{}/{}",
        channel.sender, channel.open_block
    );
    // As text: a JSON number would be rounded above 2^53.
    let body = json!({ "balance": proof.balance.to_string() });
    let mut request = Request::delete(&url).header("Content-Type", "application/json");
    if let Some(signature) = asked_by {
        request = request.header(name::REQUEST_SIGNATURE, &signature.to_string());
    }
    let response = request
        .body(body.to_string())
        .map_err(unreachable)?
        .send()
        .await
        .map_err(unreachable)?;
    match response.status() {
        200 => {}
        401 => return Ok(Agreement::SenderUnproven),
        _ => return Ok(Agreement::Denied),
    }
    let text = response.text().await.map_err(unreachable)?;
    let answer: Option<Value> = Value::parse(&text).ok();
    let signature = answer.and_then(|answer| answer["close_signature"].as_str()?.parse().ok());
    Ok(signature.map_or(Agreement::Denied, Agreement::Signed))
}
