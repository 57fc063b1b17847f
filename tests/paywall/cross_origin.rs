//! Pages of other origins: what the paywall lets them do, and what another server does.

use crate::seller::{options, payment, receiver, request, send, server};
use crate::upstream;
use crate::upstream::{Heads, PLAIN, paywall};
use axum::Router;
use axum::http::{HeaderMap, StatusCode};

const APP: &str = "https://app.example";

async fn selling(answer: &str) -> (Router, Heads) {
    let (address, heads) = upstream::start(answer).await;
    (paywall(&receiver().await, address), heads)
}

async fn ask(
    app: &Router,
    method: &str,
    path: &str,
    more: &[(&str, &str)],
) -> (StatusCode, HeaderMap, Vec<u8>) {
    let mut headers = vec![("origin", APP.to_owned())];
    headers.extend(
        more.iter()
            .map(|(name, value)| (*name, (*value).to_owned())),
    );
    send(app, request(method, path, &headers)).await
}

/// Of all lines of a list.
fn names(headers: &HeaderMap, name: &str) -> Vec<String> {
    let lines = headers.get_all(name).iter();
    let names = lines.flat_map(|line| line.to_str().expect("text").split(','));
    names.map(|name| name.trim().to_lowercase()).collect()
}

#[tokio::test]
async fn the_upstreams_policy_is_not_widened() {
    let said = format!(
        "{PLAIN}\r\naccess-control-allow-origin: {APP}\r\naccess-control-allow-credentials: true\r\n\
        access-control-expose-headers: x-own\r\nvary: origin"
    );
    let (app, _) = selling(&said).await;
    let paying = payment(3).headers();
    let paying: Vec<_> = paying.iter().map(|(n, v)| (*n, v.as_str())).collect();
    for (path, headers) in [("/free", &[][..]), ("/a", &paying[..])] {
        let (status, headers, _) = ask(&app, "GET", path, headers).await;
        assert_eq!(status, StatusCode::OK);
        let allowed: Vec<_> = headers
            .get_all("access-control-allow-origin")
            .iter()
            .collect();
        assert_eq!(allowed, [APP], "{path}");
        assert_eq!(headers["access-control-allow-credentials"], "true");
        assert_eq!(headers["vary"], "origin");
        let exposed = names(&headers, "access-control-expose-headers");
        for name in [
            "x-own",
            "rdn-price",
            "rdn-sender-balance",
            "rdn-invalid-amount",
        ] {
            assert!(exposed.contains(&name.to_owned()), "{name}");
        }
    }
    // Our own answers are for everybody.
    for (path, expected) in [
        ("/a", 402),
        ("/a//b", 400),
        ("/cm", 200),
        ("/api/1/none", 404),
    ] {
        let (status, headers, _) = ask(&app, "GET", path, &[]).await;
        assert_eq!(status.as_u16(), expected, "{path}");
        assert_eq!(headers["access-control-allow-origin"], "*", "{path}");
        assert!(!headers.contains_key("access-control-allow-credentials"));
        assert!(names(&headers, "access-control-expose-headers").contains(&"rdn-price".to_owned()));
    }
}

#[tokio::test]
async fn an_upstream_without_a_policy_gets_none() {
    let (app, _) = selling(PLAIN).await;
    let paying = payment(3).headers();
    let paying: Vec<_> = paying.iter().map(|(n, v)| (*n, v.as_str())).collect();
    let preflight = [
        ("access-control-request-method", "GET"),
        ("access-control-request-headers", "rdn-balance"),
    ];
    for (method, path, more, expected) in [
        ("GET", "/free", &[][..], 200),
        ("GET", "/a", &paying[..], 200),
        ("OPTIONS", "/a", &preflight[..], 204),
    ] {
        let (status, headers, _) = ask(&app, method, path, more).await;
        assert_eq!(status.as_u16(), expected);
        let policy = headers
            .keys()
            .find(|name| name.as_str().starts_with("access-control-"));
        assert_eq!(policy, None, "{method} {path}");
    }
}

#[tokio::test]
async fn a_preflight_reaches_the_upstream_and_brings_its_policy_alone() {
    let said = format!(
        "{PLAIN}\r\naccess-control-allow-origin: {APP}\r\naccess-control-allow-methods: PUT\r\n\
        access-control-allow-headers: x-own\r\naccess-control-max-age: 60\r\nset-cookie: a=b\r\nx-secret: goods"
    );
    let (app, heads) = selling(&said).await;
    let asked = [
        ("access-control-request-method", "PUT"),
        (
            "access-control-request-headers",
            "x-own, RDN-Balance,rdn-balance-signature",
        ),
        ("cookie", "session=1"),
        ("authorization", "secret"),
        ("content-length", "5"),
    ];
    let mut preflight = request(
        "OPTIONS",
        "/a?b",
        &asked.map(|(name, value)| (name, value.to_owned())),
    );
    preflight
        .headers_mut()
        .insert("origin", APP.parse().expect("a value"));
    *preflight.body_mut() = "order".into();
    let (status, headers, body) = send(&app, preflight).await;
    assert_eq!(
        (status, body.as_slice()),
        (StatusCode::NO_CONTENT, &b""[..])
    );
    assert_eq!(headers["access-control-allow-origin"], APP);
    assert_eq!(headers["access-control-allow-methods"], "PUT");
    assert_eq!(headers["access-control-max-age"], "60");
    let allowed = names(&headers, "access-control-allow-headers");
    assert_eq!(allowed, ["x-own", "rdn-balance", "rdn-balance-signature"]);
    assert!(!headers.contains_key("set-cookie") && !headers.contains_key("x-secret"));
    let seen = heads.lock().expect("no panic").pop().expect("a request");
    assert!(seen.starts_with("OPTIONS /a?b HTTP/1.1\r\n"), "{seen}");
    let told = "access-control-request-headers: x-own\r\n";
    assert!(
        seen.contains(told) && !seen.contains("session") && !seen.contains("secret"),
        "{seen}"
    );

    // Without Origin or what is asked for it is a request like others, and has its price.
    for incomplete in [&[("origin", APP)][..], &asked[..1]] {
        let headers: Vec<_> = incomplete
            .iter()
            .map(|(n, v)| (*n, (*v).to_owned()))
            .collect();
        let (status, ..) = send(&app, request("OPTIONS", "/a", &headers)).await;
        assert_eq!(status, StatusCode::PAYMENT_REQUIRED);
    }
    assert!(heads.lock().expect("no panic").is_empty());
}

#[tokio::test]
async fn our_headers_are_allowed_only_to_whom_the_upstream_allows_something() {
    for (policy, status, allowed) in [
        ("access-control-allow-origin: *", 204, true),
        (
            "access-control-allow-origin: https://other.example",
            204,
            false,
        ),
        ("x-none: 1", 204, false),
    ] {
        let (app, _) = selling(&format!("{PLAIN}\r\n{policy}")).await;
        let asked = [
            ("access-control-request-method", "GET"),
            ("access-control-request-headers", "rdn-balance"),
        ];
        let (got, headers, _) = ask(&app, "OPTIONS", "/a", &asked).await;
        assert_eq!(got.as_u16(), status);
        let names = names(&headers, "access-control-allow-headers");
        assert_eq!(
            names.contains(&"rdn-balance".to_owned()),
            allowed,
            "{policy}"
        );
    }
    let refusing = "HTTP/1.1 403 Forbidden\r\ncontent-length: 5";
    let (app, _) = selling(refusing).await;
    let (status, ..) = ask(
        &app,
        "OPTIONS",
        "/a",
        &[("access-control-request-method", "GET")],
    )
    .await;
    assert_eq!(status, StatusCode::FORBIDDEN);
}

/// They are ours.
#[tokio::test]
async fn files_and_our_own_paths_are_for_all_pages() {
    let asked = [
        ("access-control-request-method", "DELETE"),
        ("access-control-request-headers", "rdn-request-signature"),
    ];
    let files = server(&receiver().await, options());
    let (selling, heads) = selling(PLAIN).await;
    for (app, path) in [
        (&files, "/doggo.jpg"),
        (&files, "/api/1/stats"),
        (&selling, "/api/1/channels/a/3"),
        (&selling, "/a//b"),
    ] {
        let (status, headers, _) = ask(app, "OPTIONS", path, &asked).await;
        assert_eq!(status, StatusCode::OK, "{path}");
        for (name, allowed) in [
            ("origin", "*"),
            ("headers", "*, authorization"),
            ("methods", "*"),
        ] {
            let named = &headers[format!("access-control-allow-{name}")];
            assert_eq!(named, allowed, "{path}");
        }
    }
    assert!(heads.lock().expect("no panic").is_empty());
}
