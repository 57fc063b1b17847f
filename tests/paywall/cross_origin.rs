//! Pages of other origins: what the paywall lets them do, and what another server does.

use crate::seller::{options, payment, receiver, request, send, server};
use crate::upstream;
use crate::upstream::{Heads, PLAIN, paywall, paywall_with};
use axum::Router;
use axum::http::{HeaderMap, StatusCode};
use microraiden::paywall::ServerOptions;

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

/// With credentials for the pages of one origin.
fn naming_the_app() -> ServerOptions {
    ServerOptions {
        credential_origins: APP.parse().expect("an origin"),
        ..options()
    }
}

/// What browsers take with credentials: the origin and `true`. Never `*` beside `true`.
fn allows_credentials(headers: &HeaderMap) -> bool {
    let told = |name: &str| {
        let lines: Vec<_> = headers.get_all(name).iter().collect();
        assert!(lines.len() <= 1, "{name}: {lines:?}");
        lines
            .first()
            .map(|line| line.to_str().expect("text").to_owned())
    };
    let origin = told("access-control-allow-origin");
    match told("access-control-allow-credentials").as_deref() {
        Some("true") => {
            assert_ne!(origin.as_deref(), Some("*"));
            origin.as_deref() == Some(APP)
        }
        other => {
            assert_eq!(other, None);
            false
        }
    }
}

#[tokio::test]
async fn named_origins_pay_with_credentials_and_others_without() {
    let (address, _) = upstream::start(PLAIN).await;
    let receiver = receiver().await;
    let files = server(&receiver, naming_the_app());
    let selling = paywall_with(&receiver, address, naming_the_app());
    let paying = payment(3).headers();
    for (app, path, paying, expected) in [
        (&files, "/doggo.jpg", &[][..], 402),
        (&files, "/doggo.jpg", &paying[..], 200),
        (&files, "/poem.txt", &[], 200),
        (&files, "/cm", &[], 200),
        (&files, "/js/main.js", &[], 200),
        (&selling, "/a", &[], 402),
        (&selling, "/a//b", &[], 400),
        (&selling, "/api/1/none", &[], 404),
    ] {
        let mut asked = paying.to_vec();
        asked.push(("cookie", "session=1".to_owned()));
        for (origin, named) in [
            (Some(APP), true),
            (Some("https://app.example.evil.example"), false),
            (Some("null"), false),
            (None, false),
        ] {
            let mut asked = asked.clone();
            asked.extend(origin.map(|origin| ("origin", origin.to_owned())));
            let (status, headers, _) = send(app, request("GET", path, &asked)).await;
            // The same payment again is refused.
            assert!(
                status.as_u16() == expected || status == StatusCode::PAYMENT_REQUIRED,
                "{path}: {status}"
            );
            assert_eq!(allows_credentials(&headers), named, "{path} {origin:?}");
            if !named {
                assert_eq!(headers["access-control-allow-origin"], "*", "{path}");
            }
            // A cache that kept one answer for both would break the other's.
            assert!(names(&headers, "vary").contains(&"origin".to_owned()));
            let exposed = names(&headers, "access-control-expose-headers");
            assert!(exposed.contains(&"rdn-price".to_owned()), "{path}");
        }
    }
}

/// With credentials `*` would be the name of a method and of a header.
#[tokio::test]
async fn preflights_of_named_origins_name_what_they_allow() {
    let (address, heads) = upstream::start(PLAIN).await;
    let receiver = receiver().await;
    let files = server(&receiver, naming_the_app());
    let selling = paywall_with(&receiver, address, naming_the_app());
    let asked = [
        ("access-control-request-method", "DELETE"),
        (
            "access-control-request-headers",
            "authorization,RDN-Balance, x-own",
        ),
    ];
    for (app, path) in [
        (&files, "/doggo.jpg"),
        (&files, "/api/1/stats"),
        (&selling, "/api/1/channels/a/3"),
    ] {
        let (status, headers, _) = ask(app, "OPTIONS", path, &asked).await;
        assert_eq!(status, StatusCode::OK, "{path}");
        assert!(allows_credentials(&headers), "{path}");
        assert_eq!(names(&headers, "vary"), ["origin"], "{path}");
        assert_eq!(headers["access-control-allow-methods"], "DELETE", "{path}");
        let allowed = names(&headers, "access-control-allow-headers");
        assert_eq!(allowed, ["authorization", "rdn-balance", "x-own"], "{path}");
        let bare = ask(app, "OPTIONS", path, &asked[..1]).await.1;
        assert!(!bare.contains_key("access-control-allow-headers"), "{path}");

        let mut others = asked.map(|(name, value)| (name, value.to_owned())).to_vec();
        others.push(("origin", "https://other.example".to_owned()));
        let (_, headers, _) = send(app, request("OPTIONS", path, &others)).await;
        assert!(!allows_credentials(&headers), "{path}");
        assert_eq!(headers["access-control-allow-origin"], "*", "{path}");
        assert_eq!(headers["access-control-allow-headers"], "*, authorization");
        assert_eq!(names(&headers, "vary"), ["origin"], "{path}");
    }
    assert!(heads.lock().expect("no panic").is_empty());
}

/// Who may read the upstream's answers is for the upstream to say, in answers and in preflights.
#[tokio::test]
async fn naming_an_origin_does_not_change_the_upstreams_policy() {
    let paying = payment(3).headers();
    let paying: Vec<_> = paying.iter().map(|(n, v)| (*n, v.as_str())).collect();
    let preflight = [
        ("access-control-request-method", "GET"),
        (
            "access-control-request-headers",
            "authorization, rdn-balance",
        ),
    ];
    let named = format!("access-control-allow-origin: {APP}");
    let trusted = format!("{named}\r\naccess-control-allow-credentials: true\r\nvary: Origin");
    for policy in [
        "x-none: 1",
        "access-control-allow-origin: *",
        &named,
        &trusted,
    ] {
        let head = format!("{PLAIN}\r\n{policy}\r\naccess-control-allow-headers: Authorization");
        let (address, heads) = upstream::start(&head).await;
        let app = paywall_with(&receiver().await, address, naming_the_app());
        for (method, path, more) in [
            ("GET", "/free", &[][..]),
            ("GET", "/a", &paying[..]),
            ("OPTIONS", "/a", &preflight[..]),
        ] {
            let (status, headers, _) = ask(&app, method, path, more).await;
            assert!(status.is_success(), "{policy}: {status}");
            assert_eq!(allows_credentials(&headers), policy == trusted, "{policy}");
            let told = headers.get("access-control-allow-origin");
            let told = told.map(|told| {
                format!(
                    "access-control-allow-origin: {}",
                    told.to_str().expect("text")
                )
            });
            assert_eq!(
                told.as_deref(),
                policy.lines().next().filter(|line| *line != "x-none: 1")
            );
            let vary: Vec<_> = headers.get_all("vary").iter().collect();
            assert_eq!(
                vary.len(),
                usize::from(policy == trusted),
                "{policy}: {vary:?}"
            );
            if method == "OPTIONS" {
                let allowed = names(&headers, "access-control-allow-headers");
                let ours = policy != "x-none: 1";
                assert_eq!(allowed[0], "authorization");
                assert_eq!(
                    allowed.contains(&"rdn-balance".to_owned()),
                    ours,
                    "{policy}"
                );
            }
        }
        let seen = heads.lock().expect("no panic").pop().expect("a request");
        assert!(
            seen.contains("access-control-request-headers: authorization\r\n"),
            "{seen}"
        );
    }
}
