//! What browsers and their caches do, as `docs/field-server.md` lists it.

use axum::http::{HeaderMap, StatusCode};

use crate::seller::{options, receiver, request, send, server};

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
