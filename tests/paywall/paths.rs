//! What is priced is what is fetched, however a request is written.

use crate::basics::units;
use crate::upstream;
use std::fs;

use crate::seller::{options, payment, receiver, request, send, server};
use crate::upstream::{PLAIN, ask, listen, paywall};
use axum::body::Body;
use axum::http::{Request, Response, StatusCode};
use microraiden::paywall::{Content, Goods, PaywallLayer, Price, Prices, ServerOptions};
use tower::{Layer, service_fn};

/// None of them reaches the upstream.
#[tokio::test]
async fn a_path_that_could_be_read_in_two_ways_is_refused() {
    let (address, heads) = upstream::start(PLAIN).await;
    let server = listen(paywall(&receiver().await, address)).await;
    for path in [
        "//free/secret",
        "/free//secret",
        "///free",
        "/free//",
        "//evil.example/free",
        "/free/;x/../secret",
        "/free/..;/secret",
        "/free;a=b/secret",
        "/free%3b/secret",
        "/free/x;",
        "/free/%2566",
        "/free/%252e%252e/secret",
        "/free/%252fsecret",
        "/free/%25u002e",
        "/free/%2f",
        "/free/%5Csecret",
        "/free\\secret",
        "/free/..\\..\\secret",
        "/free/../secret",
        "/free/./secret",
        "/free/.",
        "/free/%2E%2e/secret",
        "/free/...",
        "/free/..%20/x",
        "/free/%00",
        "/free/%0d%0aa",
        "/free/%7f",
        "/free/%c2%85",
        "/free/%09",
        "/free/%3Fsecret",
        "/free/%23secret",
        "/free/a%20",
        "/free/%ff",
        "/free/%c0%ae%c0%ae/secret",
        "/free/%zz",
        "/free/%",
        "/free/%u002e",
        "http://shop/free/a",
        "http://evil.example/free/a",
        "free/a",
        "*",
    ] {
        let head = format!("GET {path} HTTP/1.1\r\nhost: shop\r\nconnection: close\r\n\r\n");
        let (status, answer) = ask(server, head.as_bytes()).await;
        assert_eq!(status, 400, "{path}: {answer}");
    }
    for (method, target, expected) in [
        ("CONNECT", "shop:80", 501),
        ("TRACE", "/free/a", 501),
        ("OPTIONS", "*", 400),
    ] {
        let head = format!("{method} {target} HTTP/1.1\r\nhost: shop\r\nconnection: close\r\n\r\n");
        assert_eq!(ask(server, head.as_bytes()).await.0, expected, "{method}");
    }
    assert!(heads.lock().expect("no panic").is_empty());
}

#[tokio::test]
async fn an_ordinary_path_arrives_in_one_spelling() {
    let (address, heads) = upstream::start(PLAIN).await;
    let server = listen(paywall(&receiver().await, address)).await;
    for (path, arrives) in [
        ("/free", "/free"),
        ("/%66ree/%61", "/free/a"),
        ("/free/a/", "/free/a/"),
        ("/free/a%20b.txt", "/free/a%20b.txt"),
        ("/free/größe", "/free/gr%C3%B6%C3%9Fe"),
        ("/free/gr%c3%b6%c3%9fe", "/free/gr%C3%B6%C3%9Fe"),
        ("/free/a:b@c,d=e+f&g", "/free/a:b@c,d=e+f&g"),
        ("/free/a%2bb%2c", "/free/a%2Bb%2C"),
        ("/free/100%25", "/free/100%25"),
        (
            "/free/a?b=%2f//..;&b=c&b=d?e",
            "/free/a?b=%2f//..;&b=c&b=d?e",
        ),
        ("/free/.well-known/a~b", "/free/.well-known/a~b"),
        ("/free/[slug]|{a}", "/free/%5Bslug%5D%7C%7Ba%7D"),
    ] {
        let head = format!("GET {path} HTTP/1.1\r\nhost: shop\r\nconnection: close\r\n\r\n");
        let (status, answer) = ask(server, head.as_bytes()).await;
        assert_eq!(status, 200, "{path}: {answer}");
        let seen = heads.lock().expect("no panic").pop().expect("a request");
        assert_eq!(seen.split(' ').nth(1), Some(arrives), "{path}");
    }
}

#[tokio::test]
async fn nothing_is_sold_below_the_paywalls_own_paths() {
    let (address, heads) = upstream::start(PLAIN).await;
    let app = paywall(&receiver().await, address);
    for path in [
        "/api/1",
        "/api/1/",
        "/api/1/unknown",
        "/api/1/channels/a/b/c",
        "/api/1/channels/a/3/",
        "/%61pi/1/unknown",
        "/api/%31/unknown",
        "/js/unknown.js",
        "/js/a/b/c",
        "/%6as/unknown",
        "/js/microraiden/unknown",
        "/cm/",
        "/cm/a",
        "/c%6d/a/b",
    ] {
        for method in ["GET", "POST", "OPTIONS", "PURGE"] {
            let preflight = [
                ("origin", "https://a".to_owned()),
                ("access-control-request-method", "GET".to_owned()),
            ];
            for headers in [&[][..], &preflight[..]] {
                for paying in [vec![], payment(3).headers()] {
                    let all = [headers.to_vec(), paying].concat();
                    let (status, _, body) = send(&app, request(method, path, &all)).await;
                    assert_ne!(status, StatusCode::PAYMENT_REQUIRED, "{method} {path}");
                    assert_ne!(body, b"goods", "{method} {path}");
                    if method == "GET" {
                        assert_eq!(status, StatusCode::NOT_FOUND, "{path}");
                    }
                }
            }
        }
    }
    assert!(heads.lock().expect("no panic").is_empty());
    // Our own, however it is spelled.
    assert_eq!(send(&app, request("GET", "/c%6D", &[])).await.2, b"OK");
    for path in ["/apis/1", "/api/12", "/api", "/cms", "/jsx/a"] {
        let (status, ..) = send(&app, request("GET", path, &[])).await;
        assert_eq!(status, StatusCode::PAYMENT_REQUIRED, "{path}");
    }
}

const ALIASES: [&str; 30] = [
    "x-original-url",
    "X-Rewrite-URL",
    "x-original-uri",
    "x-original-method",
    "x-original-host",
    "x-override-url",
    "x-http-method-override",
    "x-http-method",
    "x-method-override",
    "x_http_method_override",
    "x_original_url",
    "x-forwarded-host",
    "x-forwarded-prefix",
    "x-forwarded-path",
    "x-forwarded-uri",
    "x-forwarded-method",
    "x-forwarded-server",
    "x_forwarded_host",
    "x.forwarded.prefix",
    "forwarded",
    "x-envoy-original-path",
    "x-ms-original-url",
    "x-waws-unencoded-url",
    "x-script-name",
    "script_name",
    "path-info",
    "x-sendfile-type",
    "x-accel-mapping",
    "x-http-host-override",
    "x-request-uri",
];

#[tokio::test]
async fn no_header_names_another_resource_to_the_upstream() {
    let (address, heads) = upstream::start(PLAIN).await;
    let app = paywall(&receiver().await, address);
    let mut headers: Vec<_> = ALIASES
        .iter()
        .map(|name| (*name, "/sneaked".to_owned()))
        .collect();
    headers.extend([
        ("x-forwarded-for", "sneaked".to_owned()),
        ("x_forwarded_for", "sneaked".to_owned()),
        ("x-forwarded-port", "sneaked".to_owned()),
        ("x-kept", "kept".to_owned()),
    ]);
    let (status, ..) = send(&app, request("GET", "/free/a", &headers)).await;
    assert_eq!(status, StatusCode::OK);
    let seen = heads.lock().expect("no panic").pop().expect("a request");
    assert!(
        !seen.contains("sneaked") && seen.contains("x-kept: kept"),
        "{seen}"
    );
}

#[tokio::test]
async fn no_header_names_another_resource_to_a_service_behind_the_layer() {
    let price = Price::by_request(|parts| {
        let is_free = parts.uri.path().starts_with("/free/");
        let named = ALIASES.iter().any(|name| parts.headers.contains_key(*name));
        assert!(!named);
        async move { Ok(units(if is_free { 0 } else { 3 })) }
    });
    let layer = PaywallLayer::new(receiver().await, price);
    let service = layer.layer(service_fn(|request: Request<Body>| async move {
        let names = request.headers().keys().map(|name| format!(" {name}"));
        let text = request.uri().to_string() + &names.collect::<String>();
        Ok::<_, std::convert::Infallible>(Response::new(Body::from(text)))
    }));
    let ask = async |path: &str| {
        let request = Request::builder()
            .uri(path)
            .header("x-forwarded-for", "10.0.0.1");
        let request = ALIASES
            .iter()
            .fold(request, |r, name| r.header(*name, "/secret"));
        let request = request.body(Body::empty()).expect("a request");
        let answer = tower::ServiceExt::oneshot(service.clone(), request).await;
        let (parts, body) = answer.expect("infallible").into_parts();
        let body = axum::body::to_bytes(Body::new(body), 1 << 16)
            .await
            .expect("a body");
        (
            parts.status.as_u16(),
            String::from_utf8(body.to_vec()).expect("text"),
        )
    };
    assert_eq!(
        ask("/free/a?b").await,
        (200, "/free/a?b x-forwarded-for".to_owned())
    );
    let spelled = ask("/%66ree/%61").await;
    assert_eq!(spelled, (200, "/free/a x-forwarded-for".to_owned()));
    assert_eq!(ask("/%73ecret").await.0, 402);
    for path in [
        "/free/../secret",
        "/free//a",
        "/free/%2e%2e/secret",
        "/free/..;/secret",
        "/free/%252e",
        "http://a/free/b",
    ] {
        let (status, text) = ask(path).await;
        assert_eq!(status, 400, "{path}");
        assert!(text.contains("ambiguous-path"), "{text}");
    }
}

/// The price of a link is that of the file, if that is higher.
#[tokio::test]
async fn a_file_has_its_price_by_every_path() {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, text) in [
        ("dear.txt", "dear"),
        ("100% rye;a.txt", "rye"),
        (".hidden", "x"),
    ] {
        fs::write(folder.path().join(name), text).expect("written");
    }
    fs::create_dir_all(folder.path().join("api/1")).expect("a folder");
    fs::write(folder.path().join("api/1/stolen.txt"), "x").expect("written");
    std::os::unix::fs::symlink("dear.txt", folder.path().join("cheap.txt")).expect("a link");
    let prices = Prices::new(units(5))
        .with("/cheap.txt", units(0))
        .expect("a path");
    let goods = Goods::Files(Content::new(folder.path(), prices).expect("there"));
    let app = server(&receiver().await, ServerOptions { goods, ..options() });
    for path in [
        "/dear.txt",
        "/cheap.txt",
        "/%64ear.txt",
        "/100%25%20rye%3Ba.txt",
    ] {
        let (status, headers, _) = send(&app, request("GET", path, &[])).await;
        assert_eq!(status, StatusCode::PAYMENT_REQUIRED, "{path}");
        assert_eq!(headers["rdn-price"], "5", "{path}");
    }
    for path in [
        "/.hidden",
        "/%2Ehidden",
        "/dear.txt/",
        "//dear.txt",
        "/./dear.txt",
        "/a/../dear.txt",
        "/api/1/stolen.txt",
        "/%61pi/1/stolen.txt",
    ] {
        let (status, ..) = send(&app, request("GET", path, &[])).await;
        assert_eq!(status, StatusCode::NOT_FOUND, "{path}");
    }
}
