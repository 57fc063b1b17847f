//! The layer before a gRPC service of tonic, over real HTTP/2.

use crate::basics::units;
use crate::seller::{payment, receiver};
use axum::http;
use http::{HeaderMap, StatusCode};
use microraiden::paywall::{Paid, PaywallLayer, Price, PriceError};
use microraiden::protocol::header::{Demand, Payment};
use tokio::net::TcpListener;
use tonic::body::Body;
use tonic::codegen::{BoxStream, Service};
use tonic::metadata::{AsciiMetadataKey, MetadataMap};
use tonic::transport::server::TcpIncoming;
use tonic::transport::{Channel, Endpoint, Server};
use tonic::{Code, Request, Response, Status};
use tonic_health::pb::health_client::HealthClient;
use tonic_health::pb::health_server::{Health, HealthServer};
use tonic_health::pb::{HealthCheckRequest, HealthCheckResponse};

const CHECK: &str = "/grpc.health.v1.Health/Check";
const BALANCE: &str = "rdn-sender-balance";

/// Tells in an answer's metadata what was paid for it, and fails for one name.
struct Paying;

#[tonic::async_trait]
impl Health for Paying {
    type WatchStream = BoxStream<HealthCheckResponse>;

    async fn check(
        &self,
        request: Request<HealthCheckRequest>,
    ) -> Result<Response<HealthCheckResponse>, Status> {
        let paid = request.extensions().get::<Paid>().cloned();
        if request.get_ref().service == "unknown" {
            return Err(Status::not_found("no such service"));
        }
        let mut answer = Response::new(HealthCheckResponse { status: 1 });
        if let Some(paid) = paid {
            let text = paid.amount.to_string().parse().expect("text");
            answer.metadata_mut().insert("paid", text);
        }
        Ok(answer)
    }

    async fn watch(
        &self,
        _: Request<HealthCheckRequest>,
    ) -> Result<Response<Self::WatchStream>, Status> {
        let statuses = [1, 2].map(|status| Ok(HealthCheckResponse { status }));
        Ok(Response::new(Box::pin(tokio_stream::iter(statuses))))
    }
}

/// Sells every call for 10.
async fn serve() -> Channel {
    serve_for(Price::fixed(units(10))).await
}

async fn serve_for(price: Price) -> Channel {
    let layer = PaywallLayer::new(receiver().await, price);
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let server = Server::builder()
        .layer(layer)
        .add_service(HealthServer::new(Paying))
        .serve_with_incoming(TcpIncoming::from(listener));
    tokio::spawn(server);
    let endpoint = Endpoint::from_shared(format!("http://{address}")).expect("a URL");
    endpoint.connect().await.expect("a connection")
}

/// A call for this service, with a payment in its metadata.
fn call(service: &str, payment: Option<Payment>) -> Request<HealthCheckRequest> {
    let service = service.to_owned();
    let mut request = Request::new(HealthCheckRequest { service });
    for (name, value) in payment.map_or_else(Vec::new, |payment| payment.headers()) {
        let name = name.to_ascii_lowercase();
        let name = AsciiMetadataKey::from_bytes(name.as_bytes()).expect("a name");
        let value = value.parse().expect("plain text");
        request.metadata_mut().insert(name, value);
    }
    request
}

fn demand(headers: &HeaderMap) -> Demand {
    let demand = Demand::read(|name| headers.get(name)?.to_str().ok());
    demand.expect("well-formed").expect("a price")
}

fn text<'a>(metadata: &'a MetadataMap, name: &str) -> Option<&'a str> {
    metadata.get(name)?.to_str().ok()
}

#[tokio::test]
async fn a_call_is_paid_in_its_metadata() {
    let mut client = HealthClient::new(serve().await);
    for paid in [10, 20] {
        let answer = client.check(call("", Some(payment(paid)))).await;
        let answer = answer.expect("served");
        assert_eq!(text(answer.metadata(), "paid"), Some("10"));
        let before = (paid - 10).to_string();
        assert_eq!(text(answer.metadata(), BALANCE), Some(before.as_str()));
        assert_eq!(answer.into_inner().status, 1);
    }
    // A stream of answers is one call.
    let stream = client.watch(call("", Some(payment(30)))).await;
    let mut stream = stream.expect("served").into_inner();
    for status in [1, 2] {
        let next = stream.message().await.expect("an answer");
        assert_eq!(next.expect("one more").status, status);
    }
    assert!(stream.message().await.expect("the end").is_none());
    // The service's own failure comes through, and costs the call.
    let failed = client.check(call("unknown", Some(payment(40)))).await;
    let status = failed.expect_err("not found");
    assert_eq!(
        (status.code(), status.message()),
        (Code::NotFound, "no such service")
    );
    let next = client.check(call("", Some(payment(50)))).await;
    assert_eq!(text(next.expect("served").metadata(), BALANCE), Some("40"));
}

/// The refusal is one of gRPC, whose metadata tell what the call costs, and below it one of HTTP.
#[tokio::test]
async fn an_unpaid_call_is_refused_as_grpc_does() {
    let mut channel = serve().await;
    let mut client = HealthClient::new(channel.clone());
    assert!(client.check(call("", Some(payment(10)))).await.is_ok());
    let refusals = [
        (None, "This costs a payment in a channel."),
        (
            Some(payment(10)),
            "Nothing was paid: the balance is the accepted one, or above the confirmed deposit.",
        ),
        (
            Some(payment(15)),
            "The balance must be the accepted one plus the price.",
        ),
    ];
    for (unpaid, message) in refusals {
        let known = unpaid.as_ref().map(|_| "10");
        let refused = client.check(call("", unpaid)).await;
        let status = refused.expect_err("not paid");
        assert_eq!(status.code(), Code::FailedPrecondition, "{status:?}");
        assert_eq!(status.message(), message);
        let headers = status.metadata().clone().into_headers();
        assert_eq!(demand(&headers).price, units(10));
        assert_eq!(text(status.metadata(), BALANCE), known);
    }
    let mut malformed = call("", Some(payment(20)));
    let name = AsciiMetadataKey::from_static("rdn-balance");
    malformed
        .metadata_mut()
        .insert(name, "x".parse().expect("text"));
    let refused = client.check(malformed).await.expect_err("malformed");
    assert_eq!(refused.code(), Code::InvalidArgument, "{refused:?}");

    let request = http::Request::post(CHECK)
        .header("content-type", "application/grpc+proto")
        .body(Body::empty())
        .expect("a request");
    std::future::poll_fn(|context| channel.poll_ready(context))
        .await
        .expect("ready");
    let answer = channel.call(request).await.expect("an answer");
    assert_eq!(answer.version(), http::Version::HTTP_2);
    assert_eq!(answer.status(), StatusCode::PAYMENT_REQUIRED);
    assert_eq!(answer.headers()["grpc-status"], "9");
    assert_eq!(demand(answer.headers()).price, units(10));
    let body = axum::body::to_bytes(axum::body::Body::new(answer.into_body()), 1000).await;
    assert!(body.expect("a body").is_empty());
}

#[tokio::test]
async fn the_reason_of_a_refusal_is_told_in_any_script() {
    const REASON: &str = "100% vergriffen – «später»";
    let price = Price::by_request(|_| async {
        let reason = REASON.to_owned();
        Err(PriceError::Refused(StatusCode::FORBIDDEN, reason))
    });
    let mut client = HealthClient::new(serve_for(price).await);
    let refused = client.check(call("", None)).await.expect_err("refused");
    assert_eq!((refused.code(), refused.message()), (Code::Unknown, REASON));
}
