//! The receiver's REST interface, as far as a sender needs it: the cooperative close.

use gloo_net::http::Request;
use serde_json::{Value, json};
use web_sys::Url;

use crate::protocol::{BalanceProof, ChannelId, Signature};

use super::error::Failure;

/// Makes an absolute URL of what a 402 calls its gateway, which may be a path.
pub(crate) fn resolve(gateway: &str, resource: &str) -> Option<String> {
    let url = Url::new_with_base(gateway, resource).ok()?;
    matches!(url.protocol().as_str(), "http:" | "https:").then(|| url.href())
}

/// Asks the receiver to agree to closing with this balance. `Ok(None)`: it does not.
///
/// The answer is a claim until the caller has recovered the signature.
pub(crate) async fn closing_signature(
    gateway: &str,
    channel: &ChannelId,
    proof: &BalanceProof,
) -> Result<Option<Signature>, Failure> {
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
    let response = Request::delete(&url)
        .header("Content-Type", "application/json")
        .body(body.to_string())
        .map_err(unreachable)?
        .send()
        .await
        .map_err(unreachable)?;
    if response.status() != 200 {
        return Ok(None);
    }
    let text = response.text().await.map_err(unreachable)?;
    let answer: Option<Value> = serde_json::from_str(&text).ok();
    Ok(answer.and_then(|answer| answer["close_signature"].as_str()?.parse().ok()))
}
