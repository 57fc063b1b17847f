//! What browsers and their caches do, as `docs/field-server.md` lists it.

use axum::http::{HeaderMap, StatusCode};

use crate::seller::{options, payment, receiver, request, send, server};

/// Scripts are asked for again before each use, by their content: npm dates all files 1985.
#[tokio::test]
async fn scripts_are_not_kept_by_their_dates() {
    let app = server(&receiver().await, options());
    let get = async |headers: &[(&str, String)]| -> (StatusCode, HeaderMap, Vec<u8>) {
        send(&app, request("GET", "/js/main.js", headers)).await
    };
    let (status, headers, body) = get(&[]).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(headers["cache-control"], "no-cache");
    assert!(!headers.contains_key("last-modified"));
    let etag = headers["etag"].to_str().expect("text").to_owned();
    let known = [("if-none-match", format!("\"old\", W/{etag}"))];
    let (status, headers, none) = get(&known).await;
    assert_eq!((status, none.len()), (StatusCode::NOT_MODIFIED, 0));
    assert_eq!(headers["etag"], etag);
    assert_eq!(headers["cache-control"], "no-cache");
    // A date is no answer, and no other file is this one.
    let later = "Fri, 01 Jan 2100 00:00:00 GMT".to_owned();
    for other in [
        ("if-modified-since", later),
        ("if-none-match", "\"old\"".to_owned()),
    ] {
        let (status, _, again) = get(&[other]).await;
        assert_eq!((status, &again), (StatusCode::OK, &body));
    }
    let (status, headers, none) = send(&app, request("HEAD", "/js/main.js", &[])).await;
    assert_eq!((status, none.len()), (StatusCode::OK, 0));
    assert_eq!(headers["etag"], etag);
    assert_eq!(headers["content-length"], body.len().to_string());
    let (status, _, _) = send(&app, request("POST", "/js/main.js", &[])).await;
    assert_eq!(status, StatusCode::METHOD_NOT_ALLOWED);
    let (status, _, _) = send(&app, request("GET", "/js/none.js", &[])).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
}

/// What a page names is kept for ever; the same file by any other URL is asked for again.
#[tokio::test]
async fn the_pages_own_files_are_kept_by_the_version_in_their_urls() {
    let app = server(&receiver().await, options());
    let html = [("accept", "text/html".to_owned())];
    let (_, _, page) = send(&app, request("GET", "/doggo.jpg", &html)).await;
    let page = String::from_utf8(page).expect("text");
    let (_, rest) = page
        .split_once("<script type=\"module\" src=\"")
        .expect("a script");
    let (script, _) = rest.split_once('"').expect("its end");
    let preload = format!("<link rel=\"modulepreload\" href=\"{script}\">");
    assert!(page.contains(&preload), "{page}");
    let kept = async |path: &str| {
        let (status, headers, body) = send(&app, request("GET", path, &[])).await;
        assert_eq!(status, StatusCode::OK, "{path}");
        let cache = headers["cache-control"].to_str().expect("text").to_owned();
        (cache, body)
    };
    let (cache, body) = kept(script).await;
    assert_eq!(cache, "public, max-age=31536000, immutable");
    let version = script.split('/').nth(2).expect("a version");
    // Of an earlier start, whose page may still be open.
    let other = script.replace(version, "0123456789abcdef");
    for path in ["/js/main.js", &other] {
        assert_eq!(
            kept(path).await,
            ("no-cache".to_owned(), body.clone()),
            "{path}"
        );
    }
    let (cache, _) = kept(&format!("/js/{version}/microraiden/index.js")).await;
    assert!(cache.ends_with("immutable"));
    for path in [
        "/js/../Cargo.toml",
        "/js/%2e%2e/Cargo.toml",
        "/js/microraiden/..%2f..%2fCargo.toml",
        "/js",
        "/js/",
    ] {
        let (status, _, _) = send(&app, request("GET", path, &[])).await;
        assert!(status.is_client_error(), "{path}: {status}");
    }
}

#[tokio::test]
async fn page_and_files_are_compressed_as_the_browser_accepts_it() {
    let app = server(&receiver().await, options());
    let html = ("accept", "text/html".to_owned());
    for path in ["/js/style.css", "/", "/doggo.jpg"] {
        let get = async |accepted: &str| {
            let headers = [html.clone(), ("accept-encoding", accepted.to_owned())];
            send(&app, request("GET", path, &headers)).await
        };
        let (_, plain_headers, plain) = get("identity").await;
        assert!(!plain_headers.contains_key("content-encoding"), "{path}");
        for (accepted, encoding) in [("gzip, deflate, br", "br"), ("gzip", "gzip")] {
            let (_, headers, body) = get(accepted).await;
            assert_eq!(headers["content-encoding"], encoding, "{path}");
            let told = headers.get("content-length");
            assert!(
                told.is_none_or(|told| *told == body.len().to_string()),
                "{path}"
            );
            let vary: Vec<_> = headers.get_all("vary").iter().collect();
            assert!(
                vary.iter().any(|value| *value == "Accept-Encoding"),
                "{path}: {vary:?}"
            );
            assert!(
                body.len() * 2 < plain.len(),
                "{path}: {} of {}",
                body.len(),
                plain.len()
            );
            if path.starts_with("/js/") {
                assert_ne!(headers["etag"], plain_headers["etag"], "{path}");
            }
        }
    }
    // What is sold is sent as it is.
    let paid = [
        &payment(3).headers()[..],
        &[("accept-encoding", "gzip".to_owned())],
    ]
    .concat();
    let (status, headers, _) = send(&app, request("GET", "/doggo.jpg", &paid)).await;
    assert_eq!(status, StatusCode::OK);
    assert!(!headers.contains_key("content-encoding"));
}

/// `*` does not allow `authorization`, which has to be named.
#[tokio::test]
async fn preflights_that_name_authorization_are_allowed() {
    let app = server(&receiver().await, options());
    let asked = [
        ("origin", "https://app.example".to_owned()),
        ("access-control-request-method", "GET".to_owned()),
        ("access-control-request-headers", "authorization".to_owned()),
    ];
    for path in ["/doggo.svg", "/api/1/channels"] {
        let (_, headers, _) = send(&app, request("OPTIONS", path, &asked)).await;
        let allowed = headers["access-control-allow-headers"]
            .to_str()
            .expect("text");
        let mut names = allowed.split(',').map(str::trim);
        assert!(
            names.any(|name| name == "authorization"),
            "{path}: {allowed}"
        );
    }
}
