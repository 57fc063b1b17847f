//! The layer that charges for requests, before small services.

use std::convert::Infallible;
use std::future::{Ready, ready};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};

use crate::basics::{MANAGER, key, units};
use crate::read_only::ReadOnly;
use crate::seller::{id, payment, receiver, receiver_over, store, stored};
use axum::http::{HeaderMap, Method, Request, Response, StatusCode};
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use microraiden::paywall::{AnswerFormat, Paid, PaywallLayer, Price, PriceError};
use microraiden::protocol::Amount;
use microraiden::receiver::{ChainStatus, Receiver};
use serde_json::{Value, json};
use tower::{Layer, Service, ServiceExt, service_fn};

type Body = Full<Bytes>;

/// Tells what it sees of the payment.
async fn tell(request: Request<Body>) -> Result<Response<Body>, Infallible> {
    let text = match request.extensions().get::<Paid>() {
        Some(paid) => format!(
            "{} {} {} {}",
            paid.sender, paid.open_block, paid.amount, paid.balance
        ),
        None => "free".to_owned(),
    };
    Ok(Response::new(Full::from(text)))
}

/// What a layer of this price does with one request.
async fn ask(receiver: &Arc<Receiver>, price: Price, request: Request<Body>) -> Got {
    let layer = PaywallLayer::new(Arc::clone(receiver), price);
    got(layer.layer(service_fn(tell)), request).await
}

struct Got {
    status: StatusCode,
    headers: HeaderMap,
    text: String,
}

impl Got {
    fn problem(&self) -> Value {
        assert_eq!(self.headers["content-type"], "application/problem+json");
        let problem: Value = serde_json::from_str(&self.text).expect("JSON");
        assert_eq!(problem["status"], self.status.as_u16());
        problem
    }
}

async fn got<S, B>(service: S, request: Request<Body>) -> Got
where
    S: Service<Request<Body>, Response = Response<B>>,
    S::Error: std::fmt::Debug,
    B: http_body::Body<Data = Bytes>,
    B::Error: std::fmt::Debug,
{
    let response = service.oneshot(request).await.expect("an answer");
    let (parts, body) = response.into_parts();
    let body = body.collect().await.expect("a body").to_bytes();
    Got {
        status: parts.status,
        headers: parts.headers,
        text: String::from_utf8(body.to_vec()).expect("text"),
    }
}

fn fixed(amount: u64) -> Price {
    Price::fixed(units(amount))
}

fn request(method: Method, headers: &[(&'static str, String)]) -> Request<Body> {
    let builder = Request::builder().method(method).uri("/a?b=c");
    let builder = headers
        .iter()
        .fold(builder, |b, (name, value)| b.header(*name, value));
    builder.body(Body::default()).expect("a request")
}

fn paying(balance: u64) -> Request<Body> {
    request(Method::GET, &payment(balance).headers())
}

#[tokio::test]
async fn what_is_not_paid_is_answered_with_the_terms() {
    let receiver = receiver().await;
    let answer = ask(&receiver, fixed(3), request(Method::GET, &[])).await;
    assert_eq!(answer.status, StatusCode::PAYMENT_REQUIRED);
    assert_eq!(answer.headers["rdn-price"], "3");
    assert_eq!(answer.headers["rdn-gateway-path"], "/api/1");
    assert_eq!(answer.headers["cache-control"], "no-store");
    let expected = json!({
        "title": "Payment Required", "status": 402, "code": "payment-required",
        "detail": "This costs a payment in a channel.",
        "resource": "/a?b=c", "price": "3", "receiver": key(2).address().to_string(),
        "contract": MANAGER.address.to_string(),
        "token": "0x0606060606060606060606060606060606060606",
        "chainId": 1, "generation": "0.2", "gateway": "/api/1",
    });
    assert_eq!(answer.problem(), expected);
    assert_eq!(stored(&receiver).await.charged(), Amount::ZERO);
}

#[tokio::test]
async fn a_paid_request_is_handed_on_with_its_payment() {
    let receiver = receiver().await;
    assert_eq!(ask(&receiver, fixed(3), paying(3)).await.status, 200);
    let answer = ask(&receiver, fixed(4), paying(7)).await;
    assert_eq!(answer.text, format!("{} 3 4 7", id().sender));
    // The headers tell the state before the payment.
    assert_eq!(answer.headers["rdn-sender-balance"], "3");
    let before = payment(3).proof.signature.to_string();
    assert_eq!(answer.headers["rdn-balance-signature"], before);
    // The same proof again pays nothing.
    let again = ask(&receiver, fixed(4), paying(7)).await;
    assert_eq!(again.status, StatusCode::PAYMENT_REQUIRED);
    assert_eq!(again.headers["rdn-sender-balance"], "7");
    let wrong = ask(&receiver, fixed(4), paying(12)).await;
    assert_eq!(wrong.problem()["code"], "invalid-amount");
    assert_eq!(wrong.headers["rdn-invalid-amount"], "1");
    assert_eq!(stored(&receiver).await.charged(), units(7));
}

#[tokio::test]
async fn of_requests_that_race_with_one_proof_one_is_served() {
    let receiver = receiver().await;
    let called = Arc::new(AtomicUsize::new(0));
    let service = PaywallLayer::new(Arc::clone(&receiver), fixed(3)).layer(service_fn({
        let called = Arc::clone(&called);
        move |request| {
            called.fetch_add(1, Ordering::SeqCst);
            tell(request)
        }
    }));
    let asked = (0..16).map(|_| tokio::spawn(got(service.clone(), paying(3))));
    let mut served = 0;
    for answer in asked.collect::<Vec<_>>() {
        served += usize::from(answer.await.expect("no panic").status == StatusCode::OK);
    }
    assert_eq!((served, called.load(Ordering::SeqCst)), (1, 1));
}

#[tokio::test]
async fn prices_by_method_and_by_request() {
    let receiver = receiver().await;
    let by_path = Price::by_request(|parts| {
        let path = parts.uri.path().to_owned();
        async move {
            match path.as_str() {
                "/a" => Ok(units(5)),
                "/gone" => Err(PriceError::Refused(StatusCode::GONE, "Sold out.".into())),
                "/odd" => Err(PriceError::Refused(StatusCode::OK, "Odd.".into())),
                _ => Err(PriceError::Failed("password=hunter2".into())),
            }
        }
    });
    let price = by_path.on(Method::POST, units(7)).on(Method::PUT, units(0));
    let asked = [
        (Method::GET, "5"),
        (Method::HEAD, "5"),
        (Method::DELETE, "5"),
        (Method::POST, "7"),
    ];
    for (method, expected) in asked {
        let answer = ask(&receiver, price.clone(), request(method, &[])).await;
        assert_eq!(answer.headers["rdn-price"], expected);
    }
    // HEAD runs the handler of GET, so it costs what that does.
    let get = Price::free().on(Method::GET, units(2));
    let answer = ask(&receiver, get.clone(), request(Method::HEAD, &[])).await;
    assert_eq!(answer.headers["rdn-price"], "2");
    let head = get.on(Method::HEAD, units(1));
    let answer = ask(&receiver, head, request(Method::HEAD, &[])).await;
    assert_eq!(answer.headers["rdn-price"], "1");

    let free = ask(&receiver, price.clone(), request(Method::PUT, &[])).await;
    assert_eq!((free.status, free.text.as_str()), (StatusCode::OK, "free"));
    assert!(!free.headers.contains_key("rdn-price"));

    for (path, status) in [("/gone", 410), ("/odd", 500), ("/other", 503)] {
        let mut paying = paying(5);
        *paying.uri_mut() = path.parse().expect("a path");
        let answer = ask(&receiver, price.clone(), paying).await;
        assert_eq!(answer.status.as_u16(), status, "{path}");
        assert!(!answer.problem().to_string().contains("hunter2"));
    }
    assert_eq!(stored(&receiver).await.charged(), Amount::ZERO);
}

/// The proof is in the receiver's hands before the service runs.
#[tokio::test]
async fn a_payment_is_kept_when_the_service_fails() {
    let receiver = receiver().await;
    let layer = PaywallLayer::new(Arc::clone(&receiver), fixed(3));
    let failing = layer.layer(service_fn(|_: Request<Body>| async {
        let mut response = Response::new(Body::default());
        *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
        Ok::<_, Infallible>(response)
    }));
    let answer = got(failing, paying(3)).await;
    assert_eq!(answer.status, StatusCode::INTERNAL_SERVER_ERROR);
    assert_eq!(answer.headers["rdn-sender-balance"], "0");
    assert_eq!(stored(&receiver).await.charged(), units(3));

    let broken = layer.layer(service_fn(|_: Request<Body>| async {
        Err::<Response<Body>, _>("broken")
    }));
    let error = broken.oneshot(paying(6)).await.expect_err("broken");
    assert_eq!(error, "broken");
    assert_eq!(stored(&receiver).await.charged(), units(6));
}

/// A service that says in time that it can't take the request costs nobody anything.
#[tokio::test]
async fn nothing_is_charged_before_the_service_is_ready() {
    let receiver = receiver().await;
    let layer = PaywallLayer::new(Arc::clone(&receiver), fixed(3));
    let error = layer.layer(Overloaded).oneshot(paying(3)).await;
    assert_eq!(error.expect_err("not ready"), "overloaded");
    assert_eq!(stored(&receiver).await.charged(), Amount::ZERO);
}

#[derive(Clone)]
struct Overloaded;

impl Service<Request<Body>> for Overloaded {
    type Response = Response<Body>;
    type Error = &'static str;
    type Future = Ready<Result<Response<Body>, &'static str>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), &'static str>> {
        Poll::Ready(Err("overloaded"))
    }

    fn call(&mut self, _: Request<Body>) -> Self::Future {
        ready(Ok(Response::default()))
    }
}

#[tokio::test]
async fn shared_caches_never_keep_what_was_paid() {
    let said = [
        "private, max-age=60",
        "No-Store",
        "max-age=3600, must-understand, no-store",
        "",
        "public, max-age=60",
        "max-age=60",
        "private, s-maxage=9",
        "private=\"set-cookie\"",
        "é, private",
    ];
    let mut balance = 0;
    let receiver = receiver().await;
    for said in said {
        let layer = PaywallLayer::new(Arc::clone(&receiver), fixed(3));
        let service = layer.layer(service_fn(move |_: Request<Body>| async move {
            let response = Response::builder()
                .header("cache-control", said)
                .header("cdn-cache-control", "max-age=60")
                .header("rdn-price", "its own");
            Ok::<_, Infallible>(response.body(Body::default()).expect("a response"))
        }));
        balance += 3;
        let answer = got(service, paying(balance)).await;
        let values: Vec<_> = answer.headers.get_all("cache-control").iter().collect();
        assert_eq!(values, ["private, no-store"], "{said}");
        assert!(!answer.headers.contains_key("cdn-cache-control"));
        // H7: what the resource says of the payment wins, and is there once.
        let prices: Vec<_> = answer.headers.get_all("rdn-price").iter().collect();
        assert_eq!(prices, ["its own"]);
    }
}

#[tokio::test]
async fn without_store_or_chain_nothing_is_served() {
    let failing = receiver_over(Arc::new(ReadOnly(store().await)));
    let answer = ask(&failing, fixed(3), paying(3)).await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(answer.problem()["code"], "store-unavailable");
    assert_eq!(answer.headers["Retry-After"], "1");
    assert!(!answer.text.contains("disk"));

    let receiver = receiver().await;
    for status in [ChainStatus::Offline, ChainStatus::EtherTooLow] {
        receiver.set_status(status);
        for price in [fixed(3), Price::free()] {
            let answer = ask(&receiver, price, paying(3)).await;
            assert_eq!(answer.status, StatusCode::BAD_GATEWAY);
            assert_eq!(answer.problem()["code"], "chain-unavailable");
        }
    }
    // What the chain says can't be stored: that is no fault of the node.
    receiver.set_status(ChainStatus::StoreUnavailable);
    let answer = ask(&receiver, fixed(3), paying(3)).await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(answer.problem()["code"], "store-unavailable");
    assert_eq!(stored(&receiver).await.charged(), Amount::ZERO);
}

#[tokio::test]
async fn programs_browsers_and_original_clients_are_answered_in_their_way() {
    let receiver = receiver().await;
    let mut malformed = payment(3).headers();
    malformed.push(("RDN-Payment", "3".to_owned()));
    let layer = PaywallLayer::new(receiver, fixed(3))
        .page(|offer, _| Response::new(Bytes::from(format!("<p>{}", offer.demand.price))));
    let html = [("accept", "text/html,*/*;q=0.8".to_owned())];
    let page = got(layer.layer(service_fn(tell)), request(Method::GET, &html)).await;
    assert_eq!(page.status, StatusCode::PAYMENT_REQUIRED);
    assert_eq!(
        (page.text.as_str(), &page.headers["rdn-price"]),
        ("<p>3", &"3".parse().expect("a value"))
    );
    let cookies: Vec<_> = page.headers.get_all("set-cookie").iter().collect();
    assert!(
        cookies
            .iter()
            .any(|c| *c == "RDN-Price=3; Path=/; SameSite=Lax")
    );

    let service = layer.layer(service_fn(tell));
    let answer = got(service, request(Method::GET, &malformed)).await;
    assert_eq!(answer.status, StatusCode::CONFLICT);
    assert_eq!(answer.problem()["code"], "malformed-payment");

    let elsewhere = "https://pay.example/api/1".parse().expect("a URI");
    let layer = layer.answers(AnswerFormat::Original).gateway(&elsewhere);
    let answer = got(layer.layer(service_fn(tell)), request(Method::GET, &[])).await;
    assert_eq!(answer.headers["content-type"], "application/json");
    assert_eq!(
        answer.headers["rdn-gateway-path"],
        "https://pay.example/api/1"
    );
    assert!(answer.text.is_empty());
    let service = layer.without_gateway().layer(service_fn(tell));
    let answer = got(service.clone(), request(Method::GET, &malformed)).await;
    let reason: String = serde_json::from_str(&answer.text).expect("a JSON string");
    assert!(reason.contains("RDN-Payment"), "{reason}");
    let answer = got(service, request(Method::GET, &[])).await;
    assert!(!answer.headers.contains_key("rdn-gateway-path"));
}
