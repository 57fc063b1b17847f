//! What cache_control, browsers and logs keep of a request.

use crate::basics::units;
use crate::upstream;
use std::io;
use std::sync::{Arc, Mutex};

use crate::seller::{options, payment, receiver, request, send, server, stored};
use crate::upstream::{PLAIN, paywall};
use axum::Router;
use axum::http::{HeaderMap, StatusCode};
use tracing::Level;

async fn files() -> Router {
    server(&receiver().await, options())
}

#[tokio::test]
async fn no_cache_keeps_what_was_paid_for() {
    let said = [
        "cache-control: max-age=3600, must-understand, no-store",
        "cache-control: private, max-age=60",
        "surrogate-control: max-age=3600",
        "surrogate-key: all",
        "surrogate-capability: x",
        "cdn-cache-control: max-age=60",
        "Cloudflare-CDN-Cache-Control: max-age=60",
        "Netlify-CDN-Cache-Control: public",
        "Vercel-CDN-Cache-Control: max-age=60",
        "Fastly-Cache-Control: max-age=60",
        "akamai-cache-control: max-age=60",
        "x-litespeed-cache-control: public",
        "edge-control: cache-maxage=60",
        "edge-cache-tag: a",
        "x-accel-expires: 60",
        "expires: Thu, 01 Dec 2044 16:00:00 GMT",
        "pragma: public",
        "age: 1",
        "cache-tag: a",
        "no-vary-search: params",
        "etag: \"a\"",
    ];
    let (address, _) = upstream::start(&[&[PLAIN], &said[..]].concat().join("\r\n")).await;
    let app = paywall(&receiver().await, address);
    let (status, headers, _) = send(&app, request("GET", "/a", &payment(3).headers())).await;
    assert_eq!(status, StatusCode::OK);
    let values: Vec<_> = headers.get_all("cache-control").iter().collect();
    assert_eq!(values, ["private, no-store"]);
    assert!(headers.contains_key("etag"));
    for line in &said[2..said.len() - 1] {
        let (name, _) = line.split_once(':').expect("a name");
        assert!(!headers.contains_key(name), "{name}");
    }
    // What is free is the upstream's own affair.
    let (_, headers, _) = send(&app, request("GET", "/free", &[])).await;
    assert_eq!(headers["cdn-cache-control"], "max-age=60");
    assert_eq!(headers.get_all("cache-control").iter().count(), 2);
}

#[tokio::test]
async fn no_refusal_is_kept_by_a_cache() {
    let (address, _) = upstream::start(PLAIN).await;
    let selling = paywall(&receiver().await, address);
    let files = files().await;
    let html = [("accept", "text/html".to_owned())];
    let malformed = [("rdn-balance", "x".to_owned())];
    for (app, path, headers, expected) in [
        (&files, "/doggo.jpg", &[][..], 402),
        (&files, "/doggo.jpg", &html[..], 402),
        (&files, "/doggo.jpg", &malformed[..], 409),
        (&files, "/none", &[][..], 404),
        (&files, "/js/none", &[][..], 404),
        (&files, "/api/1/none", &[][..], 404),
        (&files, "/api/1/channels", &[][..], 401),
        (&selling, "/a", &[][..], 402),
        (&selling, "/a//b", &[][..], 400),
    ] {
        let (status, answer, _) = send(app, request("GET", path, headers)).await;
        assert_eq!(status.as_u16(), expected, "{path}");
        let values: Vec<_> = answer.get_all("cache-control").iter().collect();
        assert_eq!(values, ["no-store"], "{path}");
    }
}

fn set_cookies(headers: &HeaderMap) -> Vec<&str> {
    let lines = headers.get_all("set-cookie").iter();
    lines.map(|line| line.to_str().expect("text")).collect()
}

fn expired(headers: &HeaderMap, start: &str) -> bool {
    let mut cookies = set_cookies(headers).into_iter();
    cookies.any(|cookie| cookie.starts_with(start) && cookie.contains("; Max-Age=0"))
}

fn cookies(balance: u64) -> String {
    let pairs = payment(balance).cookies();
    let pairs: Vec<_> = pairs
        .iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    pairs.join("; ")
}

#[tokio::test]
async fn malformed_cookies_are_ignored_where_nothing_is_charged() {
    let (address, _) = upstream::start(PLAIN).await;
    let selling = paywall(&receiver().await, address);
    let files = files().await;
    for cookie in [
        "RDN-Balance-Signature=x",
        "RDN-Open-Block=x; RDN-Sender-Balance=-1; RDN-Sender-Address=0x; RDN-Balance-Signature=",
        &cookies(3)[..60],
        &cookies(3),
    ] {
        let headers = [("cookie", cookie.to_owned())];
        for (app, path, expected) in [
            (&files, "/poem.txt", 200),
            (&files, "/none", 404),
            (&files, "/cm", 200),
            (&selling, "/free", 200),
        ] {
            let (status, answer, _) = send(app, request("GET", path, &headers)).await;
            assert_eq!(status.as_u16(), expected, "{path} {cookie}");
            assert!(set_cookies(&answer).is_empty());
        }
    }
}

#[tokio::test]
async fn malformed_cookies_are_expired_where_they_are_refused() {
    let app = files().await;
    let bad = ("cookie", "a=b; RDN-Balance-Signature=x".to_owned());
    let host = ("host", "shop.example.co.uk:8080".to_owned());
    let (status, headers, _) = send(&app, request("GET", "/doggo.jpg", &[bad.clone(), host])).await;
    assert_eq!(status, StatusCode::CONFLICT);
    for domain in ["", "; Domain=shop.example.co.uk", "; Domain=example.co.uk"] {
        for path in ["/", "/doggo.jpg"] {
            let start = format!("RDN-Balance-Signature=; Path={path}{domain}; Max-Age=0");
            assert!(expired(&headers, &start), "{start}");
        }
    }
    assert!(!expired(&headers, "a="));
    for host in [
        "127.0.0.1:5000",
        "[::1]:80",
        "localhost",
        "a\"b.example",
        "x;Secure.example",
        "",
    ] {
        let host = ("host", host.to_owned());
        let (_, headers, _) = send(&app, request("GET", "/doggo.jpg", &[bad.clone(), host])).await;
        assert!(expired(
            &headers,
            "RDN-Balance-Signature=; Path=/; Max-Age=0"
        ));
        assert!(
            set_cookies(&headers)
                .iter()
                .all(|cookie| !cookie.contains("Domain"))
        );
    }
    // A browser gets the page, by which one can pay.
    let html = ("accept", "text/html".to_owned());
    let (status, headers, body) =
        send(&app, request("GET", "/doggo.jpg", &[bad.clone(), html])).await;
    assert_eq!(status, StatusCode::PAYMENT_REQUIRED);
    assert!(String::from_utf8_lossy(&body).contains("paywall-config"));
    assert!(expired(&headers, "RDN-Balance-Signature=; Path=/;"));
    // However many are sent, the answer stays short.
    let deep = "/a".repeat(500);
    let (address, _) = upstream::start(PLAIN).await;
    let selling = paywall(&receiver().await, address);
    let (_, headers, _) = send(&selling, request("GET", &deep, &[bad])).await;
    assert!(set_cookies(&headers).len() <= 32);
}

/// Whatever another site has set in our name.
#[tokio::test]
async fn cookies_do_not_stand_in_the_way_of_a_payment() {
    let receiver = receiver().await;
    let app = server(&receiver, options());
    let wrong = cookies(50);
    let mut balance = 0;
    for cookie in [
        "RDN-Balance-Signature=x",
        "RDN-Sender-Balance=1",
        &wrong,
        "RDN-Open-Block=77; RDN-Sender-Address=0x",
    ] {
        balance += 3;
        let mut headers = payment(balance).headers();
        headers.push(("cookie", cookie.to_owned()));
        let (status, ..) = send(&app, request("GET", "/doggo.jpg", &headers)).await;
        assert_eq!(status, StatusCode::OK, "{cookie}");
        assert_eq!(stored(&receiver).await.charged(), units(balance));
    }
    // Payments by cookies: of two of one name the well-formed one counts, wherever it stands.
    for foreign in [
        "RDN-Balance-Signature=x; RDN-Sender-Balance=",
        "RDN-Sender-Address=1; RDN-Open-Block=-1",
    ] {
        balance += 3;
        let both = format!("{foreign}; {}", cookies(balance));
        let (status, ..) = send(&app, request("GET", "/doggo.jpg", &[("cookie", both)])).await;
        assert_eq!(status, StatusCode::OK, "{foreign}");
    }
    // One that is well-formed is refused, and gone the next time; the page's own stay.
    let host = ("host", "shop.example".to_owned());
    let html = ("accept", "text/html".to_owned());
    let headers = [("cookie", wrong), host, html];
    let (status, headers, _) = send(&app, request("GET", "/doggo.jpg", &headers)).await;
    assert_eq!(status, StatusCode::PAYMENT_REQUIRED);
    let start = "RDN-Balance-Signature=; Path=/";
    assert!(expired(&headers, &format!("{start}; Domain=shop.example;")));
    assert!(expired(&headers, &format!("{start}doggo.jpg; Max-Age=0")));
    assert!(!expired(&headers, &format!("{start}; Max-Age=0")));
    let last = set_cookies(&headers)
        .into_iter()
        .rfind(|c| c.starts_with("RDN-Sender-Balance="));
    assert_eq!(last, Some("RDN-Sender-Balance=18; Path=/; SameSite=Lax"));
}

#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl io::Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().expect("no panic").extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A client writes a line of 500 bytes at most, at every level.
#[tokio::test]
async fn what_clients_send_is_cut_in_the_logs() {
    let lines = Lines::default();
    let written = lines.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(Level::TRACE)
        .with_ansi(false)
        .with_writer(move || written.clone())
        .finish();
    // No other test of this program may set one. What they write is as short.
    tracing::subscriber::set_global_default(subscriber).expect("the only one");
    let (address, _) = upstream::start(PLAIN).await;
    let receiver = receiver().await;
    let app = paywall(&receiver, address);
    let long = "x".repeat(60_000);
    let half = &long[..30_000];
    let path = format!("/%0a{long}");
    let ordinary = format!("/a%C3%A4{long}");
    let malformed = payment(3).headers().into_iter();
    let malformed = malformed.map(|(name, _)| (name, long.clone())).collect();
    let foreign = vec![
        ("x-forwarded-for", long.clone()),
        ("authorization", long.clone()),
        ("host", long.clone()),
    ];
    for headers in [
        vec![],
        payment(3).headers(),
        payment(3).headers(),
        malformed,
        foreign,
    ] {
        for path in [
            &path,
            &ordinary,
            &format!("/api/1/channels/{long}"),
            &format!("/free/{half}?{half}"),
        ] {
            for method in ["GET", "DELETE", &long] {
                send(&app, request(method, path, &headers)).await;
            }
        }
    }
    receiver.set_status(microraiden::receiver::ChainStatus::Offline);
    send(&app, request("GET", &ordinary, &[])).await;
    let text = lines.0.lock().expect("no panic").clone();
    let text = String::from_utf8(text).expect("text");
    let ours = text.lines().filter(|line| line.contains("microraiden"));
    let longest = ours.clone().map(str::len).max().unwrap_or_default();
    assert!(longest <= 500, "{longest} bytes");
    for event in [
        "paid",
        "payment refused",
        "payment asked for",
        "refused reason",
    ] {
        assert!(
            ours.clone().any(|line| line.contains(event)),
            "{event} in {text:.2000}"
        );
    }
}
