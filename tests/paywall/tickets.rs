//! An upstream redirects what was paid for: the follow-up is covered by the same payment.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{ConnectInfo, Request as Asked};
use axum::http::header::{COOKIE, LOCATION};
use axum::http::{HeaderMap, Request, Response, StatusCode};
use microraiden::paywall::{Goods, ServerOptions, Timeouts, Upstream};
use microraiden::receiver::Receiver;
use microraiden::tls::Trust;
use tokio::net::TcpListener;

use crate::basics::units;
use crate::seller::{
    numbered, options, payment, receiver, request, send, server, speaking, stored,
};
use crate::upstream::{listen, prices};

/// Behind it are `/a`, which redirects to where `to` says, and `/b`, which redirects to `/c`. Everything else is
/// goods. Notes the cookies that come.
async fn behind(to: &str) -> (SocketAddr, Arc<Mutex<Vec<String>>>) {
    let cookies = Arc::new(Mutex::new(Vec::new()));
    let noted = Arc::clone(&cookies);
    let to = to.to_owned();
    let serve = move |asked: Asked| {
        let cookie = asked.headers().get(COOKIE);
        let cookie = cookie.and_then(|cookie| cookie.to_str().ok());
        let mut noted = noted.lock().expect("no panic");
        noted.push(cookie.unwrap_or_default().to_owned());
        let to = match asked.uri().path() {
            "/a" => Some(to.clone()),
            "/b" => Some("/c".to_owned()),
            _ => None,
        };
        let answer = match to {
            Some(to) => Response::builder().status(302).header(LOCATION, to),
            None => Response::builder(),
        };
        let answer = answer.body(Body::from("goods")).expect("an answer");
        async move { answer }
    };
    (listen(Router::new().fallback(serve)).await, cookies)
}

async fn selling(receiver: &Arc<Receiver>, to: &str, lifetime: Duration) -> Router {
    let (address, _) = behind(to).await;
    before(receiver, address, lifetime)
}

fn before(receiver: &Arc<Receiver>, address: SocketAddr, lifetime: Duration) -> Router {
    let url = format!("http://{address}").parse().expect("a URL");
    let trust = Trust::system().expect("TLS works");
    let goods = Goods::Server {
        upstream: Upstream::new(url, Timeouts::default(), &trust).cover_redirects(lifetime),
        prices: prices(),
    };
    let trusted_proxies = "10.0.0.0/8".parse().expect("a network");
    let options = ServerOptions {
        goods,
        trusted_proxies,
        ..options()
    };
    server(receiver, options)
}

const MINUTE: Duration = Duration::from_secs(60);

fn asking(path: &str, headers: &[(&'static str, String)], cookies: &[&str]) -> Request<Body> {
    let mut asked = request("GET", path, headers);
    let headers = asked.headers_mut();
    headers.insert("host", "shop.example".parse().expect("a value"));
    if !cookies.is_empty() {
        headers.insert(COOKIE, cookies.join("; ").parse().expect("a value"));
    }
    asked
}

async fn status(app: &Router, asked: Request<Body>) -> u16 {
    send(app, asked).await.0.as_u16()
}

fn tickets(headers: &HeaderMap) -> Vec<&str> {
    let cookies = headers.get_all("set-cookie").iter();
    let cookies = cookies.map(|cookie| cookie.to_str().expect("text"));
    let tickets = cookies.filter(|cookie| cookie.starts_with("RDN-Ticket"));
    tickets.collect()
}

/// Name and value.
fn pair(cookie: &str) -> &str {
    cookie.split(';').next().expect("a value")
}

/// Pays for `/a`, and returns the tickets that come: for where it leads, and for `/a` again.
async fn redirected(app: &Router, balance: u64) -> [String; 2] {
    let (status, headers, _) = send(app, asking("/a", &payment(balance).headers(), &[])).await;
    assert_eq!(status, StatusCode::FOUND);
    assert_eq!(headers["cache-control"], "private, no-store");
    let tickets = tickets(&headers);
    let [there, again] = tickets.try_into().expect("two tickets");
    [pair(there).to_owned(), pair(again).to_owned()]
}

#[tokio::test]
async fn one_payment_covers_what_a_redirect_leads_to() {
    let receiver = receiver().await;
    let (address, cookies) = behind("/goods?x=1").await;
    let app = before(&receiver, address, MINUTE);
    let headers = payment(3).headers();
    let (_, answer, _) = send(&app, asking("/a", &headers, &[])).await;
    let tickets = tickets(&answer);
    for (ticket, name, path) in [
        (tickets[0], "RDN-Ticket=", "/goods"),
        (tickets[1], "RDN-Ticket-Again=", "/a"),
    ] {
        assert!(ticket.starts_with(name), "{ticket}");
        let attributes = format!("; Path={path}; Max-Age=60; HttpOnly; SameSite=Lax");
        assert!(ticket.ends_with(&attributes), "{ticket}");
    }
    let ticket = pair(tickets[0]);
    // Elsewhere it counts for nothing, and stays.
    for path in ["/goods", "/goods?x=2", "/goods/more?x=1", "/other?x=1"] {
        assert_eq!(status(&app, asking(path, &[], &[ticket])).await, 402);
    }
    // Browsers send the payment's headers along to the same host.
    let asked = asking("/goods?x=1", &headers, &["own=1", ticket]);
    let (served, answer, body) = send(&app, asked).await;
    assert_eq!((served, &body[..]), (StatusCode::OK, &b"goods"[..]));
    assert_eq!(answer["cache-control"], "private, no-store");
    // The sender sees its own proof, so that it knows what was counted.
    let shown = |name: &str| answer[name].to_str().expect("text").to_owned();
    let proof = payment(3).proof;
    assert_eq!(shown("rdn-sender-balance"), "3");
    assert_eq!(shown("rdn-balance-signature"), proof.signature.to_string());
    let seen = cookies.lock().expect("no panic").clone();
    assert_eq!(seen, ["", "own=1"]);
    // It counts once, with and without the payment.
    for headers in [&headers[..], &[]] {
        let again = asking("/goods?x=1", headers, &[ticket]);
        assert_eq!(status(&app, again).await, 402);
    }
    assert_eq!(stored(&receiver).await.balance(), units(3));
}

/// So that the sender knows which of its payments was charged.
#[tokio::test]
async fn the_covered_answer_names_the_number_that_paid() {
    let receiver = speaking(600).await;
    let app = selling(&receiver, "/b", MINUTE).await;
    let (_, headers, _) = send(&app, asking("/a", &numbered(7, 3), &[])).await;
    let first = pair(tickets(&headers)[0]).to_owned();
    let (_, headers, _) = send(&app, asking("/b", &[], &[&first])).await;
    let second = pair(tickets(&headers)[0]);
    let (served, answer, _) = send(&app, asking("/c", &[], &[second])).await;
    assert_eq!(served, StatusCode::OK);
    assert_eq!(answer["rdn-payment-number"], "7");
    assert_eq!(answer["rdn-paid"], "3");
    assert_eq!(answer["rdn-sender-balance"], "3");
}

/// Scripts can't read where a redirect leads, so the package asks again where it paid.
#[tokio::test]
async fn the_redirected_request_can_be_repeated_instead() {
    let receiver = receiver().await;
    let app = selling(&receiver, "/goods", MINUTE).await;
    let [there, again] = redirected(&app, 3).await;
    let (status_again, headers, _) = send(&app, asking("/a", &[], &[&again])).await;
    assert_eq!(status_again, StatusCode::FOUND);
    let fresh = pair(tickets(&headers)[0]).to_owned();
    assert_eq!(status(&app, asking("/goods", &[], &[&fresh])).await, 200);
    for (path, spent) in [("/goods", &there), ("/a", &again), ("/goods", &fresh)] {
        assert_eq!(status(&app, asking(path, &[], &[spent])).await, 402);
    }
    // And the other way round.
    let [there, again] = redirected(&app, 6).await;
    assert_eq!(status(&app, asking("/goods", &[], &[&there])).await, 200);
    assert_eq!(status(&app, asking("/a", &[], &[&again])).await, 402);
}

#[tokio::test]
async fn redirects_in_a_row_are_covered_to_their_end() {
    let receiver = receiver().await;
    let app = selling(&receiver, "http://SHOP.example/b", MINUTE).await;
    let [first, _] = redirected(&app, 3).await;
    let (status_b, headers, _) = send(&app, asking("/b", &[], &[&first])).await;
    assert_eq!(status_b, StatusCode::FOUND);
    let second = pair(tickets(&headers)[0]);
    assert_eq!(status(&app, asking("/c", &[], &[second])).await, 200);
    assert_eq!(status(&app, asking("/c", &[], &[second])).await, 402);
    assert_eq!(stored(&receiver).await.balance(), units(3));
}

#[tokio::test]
async fn nothing_dearer_or_elsewhere_is_covered() {
    let receiver = receiver().await;
    for (paid, to) in [
        "/free/not/x",
        "/free",
        "/api/1/stats",
        "http://other.example/goods",
        "/a//goods",
    ]
    .into_iter()
    .enumerate()
    {
        let app = selling(&receiver, to, MINUTE).await;
        let balance = 3 * (u64::try_from(paid).expect("few") + 1);
        let (status, headers, _) = send(&app, asking("/a", &payment(balance).headers(), &[])).await;
        assert_eq!(status, StatusCode::FOUND);
        assert!(tickets(&headers).is_empty(), "{to}");
    }
}

#[tokio::test]
async fn tickets_expire_and_can_be_turned_off() {
    let receiver = receiver().await;
    let app = selling(&receiver, "/goods", Duration::from_nanos(1)).await;
    let [there, again] = redirected(&app, 3).await;
    assert_eq!(status(&app, asking("/goods", &[], &[&there])).await, 402);
    assert_eq!(status(&app, asking("/a", &[], &[&again])).await, 402);
    let app = selling(&receiver, "/goods", Duration::ZERO).await;
    let (_, headers, _) = send(&app, asking("/a", &payment(6).headers(), &[])).await;
    assert!(tickets(&headers).is_empty());
}

#[tokio::test]
async fn forged_tickets_and_those_of_others_count_for_nothing() {
    let receiver = receiver().await;
    let (address, _) = behind("/goods").await;
    let app = before(&receiver, address, MINUTE);
    let [ticket, again] = redirected(&app, 3).await;
    let (name, value) = ticket.split_once('=').expect("a pair");
    let parts: Vec<&str> = value.split('.').collect();
    let (mac, told) = parts.split_last().expect("parts");
    let mut forged: Vec<String> = (0..told.len())
        .map(|place| {
            let mut told: Vec<_> = told.iter().map(|part| (*part).to_owned()).collect();
            told[place] = match told[place].strip_prefix("0x") {
                Some(_) => format!("0x{}", "1".repeat(40)),
                None => format!("{}1", told[place]),
            };
            format!("{name}={}.{mac}", told.join("."))
        })
        .collect();
    forged.push(format!("{name}={}.{}", told.join("."), "0".repeat(64)));
    forged.push(format!("{name}={}.", told.join(".")));
    forged.push(format!("{name}="));
    // For the other place.
    forged.push(again);
    for forged in &forged {
        let asked = asking("/goods", &[], &[forged]);
        assert_eq!(status(&app, asked).await, 402, "{forged}");
    }
    let other = before(&receiver, address, MINUTE);
    let asked = asking("/goods", &[], &[&ticket]);
    assert_eq!(status(&other, asked).await, 402);
    // They did not use it up, nor keep it from being found among them.
    let mut all: Vec<&str> = forged.iter().map(String::as_str).collect();
    all.push(&ticket);
    assert_eq!(status(&app, asking("/goods", &[], &all)).await, 200);
}

/// Otherwise the sender would believe a payment to be taken that the receiver does not have.
#[tokio::test]
async fn a_new_payment_is_taken_and_leaves_the_ticket() {
    let receiver = receiver().await;
    let app = selling(&receiver, "/goods", MINUTE).await;
    let [ticket, _] = redirected(&app, 3).await;
    let paying = asking("/goods", &payment(6).headers(), &[&ticket]);
    assert_eq!(status(&app, paying).await, 200);
    assert_eq!(stored(&receiver).await.balance(), units(6));
    assert_eq!(status(&app, asking("/goods", &[], &[&ticket])).await, 200);
    assert_eq!(status(&app, asking("/goods", &[], &[&ticket])).await, 402);
}

/// Over HTTPS the cookie is for HTTPS alone; a redirect to the public host is one to here.
#[tokio::test]
async fn behind_a_proxy_with_tls_tickets_are_secure() {
    let receiver = receiver().await;
    let app = selling(&receiver, "https://public.example/goods", MINUTE).await;
    let mut asked = asking("/a", &payment(3).headers(), &[]);
    let headers = asked.headers_mut();
    for (name, value) in [
        ("x-forwarded-proto", "https"),
        ("x-forwarded-host", "public.example"),
    ] {
        headers.insert(name, value.parse().expect("a value"));
    }
    let peer = SocketAddr::from(([10, 1, 2, 3], 4));
    asked.extensions_mut().insert(ConnectInfo(peer));
    let (_, headers, _) = send(&app, asked).await;
    let tickets = tickets(&headers);
    assert_eq!(tickets.len(), 2);
    assert!(tickets.iter().all(|ticket| ticket.ends_with("; Secure")));
    let ticket = pair(tickets[0]);
    assert_eq!(status(&app, asking("/goods", &[], &[ticket])).await, 200);
}

/// With real connections, and an upstream that names its inner host.
#[tokio::test]
async fn a_redirect_to_the_inner_host_is_covered() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let to = format!("http://{address}/goods");
    let serve = move |asked: Asked| {
        let is_first = asked.uri().path() == "/a";
        let answer = match is_first {
            true => Response::builder().status(307).header(LOCATION, &to),
            false => Response::builder(),
        };
        let answer = answer.body(Body::from("goods")).expect("an answer");
        async move { answer }
    };
    tokio::spawn(microraiden::paywall::connections::serve(
        listener,
        Router::new().fallback(serve),
        microraiden::paywall::ConnectionLimits::default(),
        std::future::pending(),
    ));
    let receiver = receiver().await;
    let app = before(&receiver, address, MINUTE);
    let headers = payment(3).headers();
    let (status_a, answer, _) = send(&app, asking("/a", &headers, &[])).await;
    assert_eq!(status_a, StatusCode::TEMPORARY_REDIRECT);
    assert_eq!(answer["location"], "/goods");
    let ticket = pair(tickets(&answer)[0]);
    assert_eq!(status(&app, asking("/goods", &[], &[ticket])).await, 200);
}
