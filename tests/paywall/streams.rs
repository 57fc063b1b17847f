//! Metered streams: answers that are paid for while they flow (`docs/streams.md`).

use std::convert::Infallible;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Request, Response, StatusCode};
use http_body_util::BodyExt;
use microraiden::paywall::{Metering, Paid, PaywallLayer, Price, Unpaid};
use microraiden::receiver::Receiver;
use tokio::sync::mpsc;
use tokio::time::Instant;
use tokio_stream::StreamExt;
use tokio_stream::wrappers::ReceiverStream;
use tower::{Layer, ServiceExt, service_fn};

use crate::basics::units;
use crate::seller::{
    Headers, agreeing, numbered, payment, receiver, request, send, speaking, stored,
};

const INTERVAL: Duration = Duration::from_secs(10);
const GRACE: Duration = Duration::from_secs(3);

fn metering() -> Metering {
    let seconds = NonZeroU32::new(10).expect("not 0");
    Metering::every(seconds).grace(GRACE)
}

/// One line for each interval, and why it ended.
async fn lines(request: Request<Body>) -> Result<Response<Body>, Infallible> {
    let paid = request.extensions().get::<Paid>().cloned().expect("paid");
    let (lines, flowing) = mpsc::channel::<String>(1);
    tokio::spawn(async move {
        for line in 1.. {
            let text = tokio::select! {
                () = lines.closed() => return,
                charged = paid.charge_more() => charged.map(|()| format!("{line}")),
            };
            let last = text.is_err();
            let sent = lines
                .send(text.unwrap_or_else(|late| late.to_string()))
                .await;
            if last || sent.is_err() {
                return;
            }
        }
    });
    let flowing = ReceiverStream::new(flowing).map(Ok::<_, Infallible>);
    Ok(Response::new(Body::from_stream(flowing)))
}

/// Sells such an answer for 3 for each interval.
fn seller(receiver: &Arc<Receiver>, metering: Metering) -> Router {
    let layer = PaywallLayer::new(Arc::clone(receiver), Price::fixed(units(3))).metered(metering);
    Router::new().fallback_service(layer.layer(service_fn(lines)))
}

/// A metered answer that has begun.
struct Live {
    app: Router,
    headers: HeaderMap,
    body: Body,
    meter: String,
}

impl Live {
    async fn begin(app: &Router, headers: &Headers) -> Self {
        let asked = request("GET", "/live?topic=rain", headers);
        let response = app.clone().oneshot(asked).await.expect("an answer");
        assert_eq!(response.status(), StatusCode::OK);
        let (parts, body) = response.into_parts();
        let query = parts.headers["rdn-stream"].to_str().expect("text");
        assert_eq!(parts.headers["rdn-stream-interval"], "10");
        assert_eq!(parts.headers["rdn-price"], "3");
        Self {
            app: app.clone(),
            meter: format!("/live{query}"),
            headers: parts.headers,
            body,
        }
    }

    /// Pays for an interval; gives the status and how many are paid for.
    async fn pay(&self, interval: &str, headers: &Headers) -> (u16, Option<String>) {
        let (status, headers) = self.ask(interval, headers).await;
        (status, paid(&headers))
    }

    async fn ask(&self, interval: &str, headers: &Headers) -> (u16, HeaderMap) {
        let path = format!("{}&interval={interval}", self.meter);
        let (status, headers, _) = send(&self.app, request("GET", &path, headers)).await;
        assert!(
            headers["cache-control"]
                .to_str()
                .expect("text")
                .contains("no-store")
        );
        (status.as_u16(), headers)
    }

    /// What comes next, and after how long; `None`: it has ended.
    async fn next(&mut self) -> Option<(String, Duration)> {
        let began = Instant::now();
        let frame = self.body.frame().await?.expect("no error");
        let bytes = frame.into_data().expect("data");
        let text = String::from_utf8(bytes.to_vec()).expect("text");
        Some((text, began.elapsed()))
    }

    async fn text(&mut self) -> String {
        self.next().await.expect("more").0
    }
}

fn paid(headers: &HeaderMap) -> Option<String> {
    let count = headers.get("rdn-stream-paid")?;
    Some(count.to_str().expect("text").to_owned())
}

fn some(count: &str) -> Option<String> {
    Some(count.to_owned())
}

async fn charged(receiver: &Receiver) -> u64 {
    let charged = stored(receiver).await.charged();
    charged.to_string().parse().expect("a number")
}

#[tokio::test(start_paused = true)]
async fn it_flows_for_as_long_as_it_is_paid_for() {
    let receiver = receiver().await;
    let mut live = Live::begin(&seller(&receiver, metering()), &payment(3).headers()).await;
    assert_eq!(paid(&live.headers), some("1"));
    assert_eq!(live.next().await, Some(("1".to_owned(), Duration::ZERO)));
    // Paid ahead: it begins when the first one is over.
    assert_eq!(live.pay("2", &payment(6).headers()).await, (204, some("2")));
    let (text, waited) = live.next().await.expect("more");
    assert_eq!(text, "2");
    assert!(
        waited >= INTERVAL && waited < INTERVAL + GRACE,
        "{waited:?}"
    );
    // Paid late, within the grace: nothing flows until then.
    tokio::time::sleep(INTERVAL + GRACE / 2).await;
    assert_eq!(live.pay("3", &payment(9).headers()).await, (204, some("3")));
    let (text, waited) = live.next().await.expect("more");
    assert!(text == "3" && waited < GRACE / 2, "{text} {waited:?}");
    // Not paid: it ends within the grace, and says so.
    let (text, waited) = live.next().await.expect("more");
    assert_eq!(text, Unpaid::Late.to_string());
    assert!(
        waited >= INTERVAL + GRACE && waited < INTERVAL + GRACE * 2,
        "{waited:?}"
    );
    assert_eq!(live.next().await, None);
    // Nothing is taken for what has ended.
    assert_eq!(live.pay("4", &payment(12).headers()).await, (410, None));
    assert_eq!(charged(&receiver).await, 9);
}

#[tokio::test(start_paused = true)]
async fn a_payment_whose_answer_was_lost_is_repeated_and_counts_once() {
    let receiver = receiver().await;
    let mut live = Live::begin(&seller(&receiver, metering()), &payment(3).headers()).await;
    assert_eq!(live.text().await, "1");
    for _ in 0..3 {
        assert_eq!(live.pay("2", &payment(6).headers()).await, (204, some("2")));
    }
    assert_eq!(charged(&receiver).await, 6);
    // Even when it has begun, and the next one is due.
    assert_eq!(live.text().await, "2");
    assert_eq!(live.pay("2", &payment(6).headers()).await, (204, some("2")));
    assert_eq!(live.pay("3", &payment(9).headers()).await, (204, some("3")));
    assert_eq!(charged(&receiver).await, 9);
}

#[tokio::test(start_paused = true)]
async fn payments_with_numbers_are_told_what_became_of_them() {
    let receiver = speaking(600).await;
    let mut live = Live::begin(&seller(&receiver, metering()), &numbered(1, 3)).await;
    assert_eq!(live.text().await, "1");
    for _ in 0..2 {
        let (status, headers) = live.ask("2", &numbered(2, 6)).await;
        assert_eq!((status, paid(&headers)), (204, some("2")));
        assert_eq!(headers["rdn-payment-number"], "2");
        assert_eq!(headers["rdn-charged"], "6");
    }
    // Another payment for the same interval is not taken.
    let (status, headers) = live.ask("2", &numbered(3, 9)).await;
    assert_eq!((status, paid(&headers)), (204, some("2")));
    assert!(!headers.contains_key("rdn-payment-number"));
    // Nor one that comes too early; its sender may ask.
    assert_eq!(live.ask("4", &numbered(3, 9)).await.0, 409);
    let (status, headers) = live.ask("4", &agreeing(3, 9, 0)).await;
    assert_eq!(status, 402);
    assert_eq!(headers["rdn-credit-refused"], "price-raised");
    assert_eq!(charged(&receiver).await, 6);
    // The answer has gone, its payments are known.
    drop(live.body);
    live.body = Body::empty();
    tokio::task::yield_now().await;
    let (status, headers) = live.ask("2", &agreeing(2, 6, 0)).await;
    assert_eq!(
        (status, &headers["rdn-payment-number"]),
        (204, &"2".parse().expect("text"))
    );
    let (status, headers) = live.ask("3", &agreeing(3, 9, 0)).await;
    assert_eq!(status, 402);
    assert_eq!(headers["rdn-credit-refused"], "price-raised");
    assert_eq!(live.ask("3", &numbered(3, 9)).await.0, 410);
    assert_eq!(charged(&receiver).await, 6);
}

#[tokio::test(start_paused = true)]
async fn whoever_pays_nothing_gets_the_first_interval_only() {
    let receiver = receiver().await;
    let mut live = Live::begin(&seller(&receiver, metering()), &payment(3).headers()).await;
    assert_eq!(live.text().await, "1");
    // No payment, a proof that was taken, too little, and too much.
    for (headers, status) in [
        (vec![], 402),
        (payment(3).headers(), 402),
        (payment(5).headers(), 402),
        (payment(12).headers(), 402),
    ] {
        let (answered, told) = live.ask("2", &headers).await;
        assert_eq!(answered, status, "{headers:?}");
        assert_eq!(told["rdn-price"], "3");
    }
    for (interval, status) in [
        ("0", 400),
        ("x", 400),
        ("3", 409),
        ("18446744073709551615", 409),
    ] {
        let answered = live.ask(interval, &payment(6).headers()).await.0;
        assert_eq!(answered, status, "{interval}");
    }
    let other = Live {
        meter: format!("{}0", live.meter),
        body: Body::empty(),
        app: live.app.clone(),
        headers: HeaderMap::new(),
    };
    assert_eq!(other.pay("2", &payment(6).headers()).await, (410, None));
    assert_eq!(live.text().await, Unpaid::Late.to_string());
    assert_eq!(live.next().await, None);
    assert_eq!(charged(&receiver).await, 3);
}

/// Payments that race for one interval, or run ahead, are taken once.
#[tokio::test(start_paused = true)]
async fn no_interval_is_charged_twice() {
    let receiver = receiver().await;
    let mut live = Live::begin(&seller(&receiver, metering()), &payment(3).headers()).await;
    assert_eq!(live.text().await, "1");
    let racing = (2..10).map(|times| {
        let path = format!("{}&interval=2", live.meter);
        let asked = request("GET", &path, &payment(3 * times).headers());
        tokio::spawn(live.app.clone().oneshot(asked))
    });
    for answer in racing.collect::<Vec<_>>() {
        let status = answer.await.expect("no panic").expect("an answer").status();
        assert!(matches!(status.as_u16(), 204 | 402), "{status}");
    }
    assert_eq!(charged(&receiver).await, 6);
    assert_eq!(live.pay("3", &payment(9).headers()).await, (409, None));
    assert_eq!(charged(&receiver).await, 6);
}

#[tokio::test(start_paused = true)]
async fn the_meter_goes_with_the_reader() {
    let receiver = receiver().await;
    let most = metering().most(1);
    let app = seller(&receiver, most);
    let mut live = Live::begin(&app, &payment(3).headers()).await;
    assert_eq!(live.text().await, "1");
    // There is no room for another one, which is not charged.
    let (status, ..) = send(&app, request("GET", "/live", &payment(6).headers())).await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
    let (status, headers, _) = send(&app, request("GET", "/live", &[])).await;
    assert_eq!(status, StatusCode::PAYMENT_REQUIRED);
    assert!(!headers.contains_key("rdn-stream"));
    drop(std::mem::replace(&mut live.body, Body::empty()));
    tokio::task::yield_now().await;
    assert_eq!(live.pay("2", &payment(6).headers()).await, (410, None));
    assert_eq!(charged(&receiver).await, 3);
    Live::begin(&app, &payment(6).headers()).await;
}

/// A request that is repeated reads nothing for nothing.
#[tokio::test(start_paused = true)]
async fn what_was_paid_for_once_flows_once() {
    let receiver = speaking(600).await;
    let app = seller(&receiver, metering());
    let mut live = Live::begin(&app, &numbered(1, 3)).await;
    assert_eq!(live.text().await, "1");
    let mut again = Live::begin(&app, &numbered(1, 3)).await;
    assert_ne!(again.meter, live.meter);
    assert_eq!(paid(&again.headers), some("0"));
    assert_eq!(again.pay("1", &numbered(2, 6)).await, (204, some("1")));
    assert_eq!(again.text().await, "1");
    let mut third = Live::begin(&app, &numbered(1, 3)).await;
    assert_eq!(third.text().await, Unpaid::Late.to_string());
    assert_eq!(charged(&receiver).await, 6);
}

#[tokio::test]
async fn a_service_that_drops_its_payment_answers_as_ever() {
    let receiver = receiver().await;
    let plain =
        service_fn(async |_: Request<Body>| Ok::<_, Infallible>(Response::new(Body::from("all"))));
    let layer =
        PaywallLayer::new(Arc::clone(&receiver), Price::fixed(units(3))).metered(metering());
    let app = Router::new().fallback_service(layer.layer(plain));
    let (status, headers, _) = send(&app, request("GET", "/", &payment(3).headers())).await;
    assert_eq!((status, paid(&headers)), (StatusCode::OK, None));
    assert!(!headers.contains_key("rdn-stream"));
}

#[tokio::test]
async fn an_answer_that_is_not_metered_says_so() {
    let receiver = receiver().await;
    let tell = service_fn(async |request: Request<Body>| {
        let paid = request.extensions().get::<Paid>().cloned().expect("paid");
        let said = format!("{:?}", paid.charge_more().await);
        Ok::<_, Infallible>(Response::new(Body::from(said)))
    });
    let layer = PaywallLayer::new(receiver, Price::fixed(units(3)));
    let app = Router::new().fallback_service(layer.layer(tell));
    // What would name a meter is a resource like any other.
    let asked = request("GET", "/?rdn-stream=ab&interval=2", &payment(3).headers());
    let (status, _, body) = send(&app, asked).await;
    assert_eq!(
        (status, body),
        (StatusCode::OK, b"Err(NotMetered)".to_vec())
    );
}
