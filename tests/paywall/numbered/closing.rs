//! What was promised and not charged comes back by closing together.

use axum::Router;
use axum::body::Body;
use axum::http::StatusCode;
use microraiden::paywall::{Access, ServerOptions};
use microraiden::protocol::CloseRequest;
use microraiden::receiver::ChannelStatus;
use serde_json::{Value, json};

use super::{FILE, get, said};
use crate::basics::{MANAGER, key, units};
use crate::seller::{
    Headers, id, numbered, options, payment, request, send, server, speaking, stored,
};

fn close_headers(balance: u64) -> Headers {
    let asked = CloseRequest {
        channel: id(),
        balance: units(balance),
        contract: MANAGER.address,
        chain_id: 1,
    };
    let signature = asked.sign(&key(1)).to_string();
    vec![("rdn-request-signature", signature)]
}

async fn close(app: &Router, balance: u64, proof: Option<String>) -> (StatusCode, Value) {
    let path = format!("/api/1/channels/{}/3", id().sender);
    let mut asked = request("DELETE", &path, &close_headers(balance));
    let mut body = json!({ "balance": balance.to_string() });
    if let Some(proof) = proof {
        body["balance_signature"] = json!(proof);
    }
    *asked.body_mut() = Body::from(body.to_string());
    let (status, _, body) = send(app, asked).await;
    (status, serde_json::from_slice(&body).expect("JSON"))
}

#[tokio::test]
async fn unused_credit_comes_back_by_closing_together() {
    let receiver = speaking(600).await;
    let app = server(
        &receiver,
        ServerOptions {
            access: Access::default(),
            ..options()
        },
    );
    // 1 is lost.
    for number in [2, 3] {
        assert_eq!(
            get(&app, FILE, &numbered(number, number * 3)).await.0,
            StatusCode::OK
        );
    }
    let (_, headers, _) = get(&app, FILE, &payment(9).headers()).await;
    assert_eq!(said(&headers), "6 3");
    let signature = |balance| payment(balance).proof.signature.to_string();
    for (balance, proof) in [
        (6, None),
        (5, Some(signature(5))),
        (6, Some(signature(9))),
        (6, Some("0x12".to_owned())),
    ] {
        let (status, _) = close(&app, balance, proof).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{balance}");
    }
    assert_eq!(stored(&receiver).await.status, ChannelStatus::Open);
    for _ in 0..2 {
        let (status, told) = close(&app, 6, Some(signature(6))).await;
        assert_eq!(status, StatusCode::OK);
        assert_eq!(told["balance_signature"], signature(6));
        let closing = told["close_signature"].as_str().expect("a signature");
        let closing = closing.parse().expect("a signature");
        let verified = MANAGER.verify_closing(&id(), &payment(6).proof, &closing);
        verified.expect("the receiver's");
    }
    let channel = stored(&receiver).await;
    assert_eq!(
        (channel.status, channel.ceiling),
        (ChannelStatus::Agreed, Some(units(6)))
    );
}
