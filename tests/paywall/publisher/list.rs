//! The list of files.

use axum::http::StatusCode;
use microraiden::paywall::{Content, Goods, Prices, ServerOptions};

use super::{SETTINGS, get, html, page, shop};
use crate::basics::units;
use crate::seller::{options, receiver, request, send, server};

#[tokio::test]
async fn the_list_has_all_files_by_folder() {
    let (_folder, app, _) = shop(SETTINGS).await;
    let (_, headers, list) = get(&app, "/", &[("accept", "text/html")]).await;
    assert_eq!(list.matches("<li>").count(), 4, "{list}");
    assert_eq!(list.matches("class=\"folder\"").count(), 2);
    assert!(list.contains("<h2 dir=\"auto\">stories</h2>"));
    assert!(list.contains("data-amount=\"0\">Free</span>"));
    assert!(list.contains("<span class=\"file-kind\">JPEG picture, 1.2\u{a0}MB</span>"));
    assert!(list.contains("dir=\"auto\">Cats &amp; &lt;i&gt;dogs</span>"));
    assert!(list.contains("<span class=\"file-rate\">about €0.285</span>"));
    assert!(!list.contains("id=\"resource\"") && !list.contains("modulepreload"));
    // What has not changed is not sent again.
    let tag = headers["etag"].to_str().expect("text");
    let again = [("accept", "text/html"), ("if-none-match", tag)];
    let (status, headers, body) = get(&app, "/", &again).await;
    assert_eq!((status, body.as_str()), (StatusCode::NOT_MODIFIED, ""));
    assert_eq!(headers["etag"], tag);
    let other = [
        ("accept", "text/html"),
        ("accept-encoding", "gzip"),
        ("if-none-match", tag),
    ];
    let (status, headers, _) = send(
        &app,
        request("GET", "/", &other.map(|(n, v)| (n, v.to_owned()))),
    )
    .await;
    assert_eq!(status, StatusCode::OK);
    assert_ne!(headers["etag"], tag);
    let (_, headers, _) = get(&app, "/dog.jpg", &[("accept", "text/html")]).await;
    assert!(!headers.contains_key("etag") && headers["cache-control"] == "no-store");
}

/// With what else the list loads.
#[tokio::test]
async fn a_list_of_200_files_is_small() {
    let folder = tempfile::tempdir().expect("a folder");
    for index in 0..200 {
        let name = format!("{:x}-{index}.html", index * 7_919_u32);
        let place = folder.path().join(format!("folder {}", index % 8));
        std::fs::create_dir_all(&place).expect("made");
        let title = format!(
            "<title>Story {index}, number {:x}</title>",
            index * 104_729_u32
        );
        std::fs::write(place.join(name), title).expect("written");
    }
    let content = Content::new(folder.path(), Prices::new(units(3))).expect("the folder");
    let options = ServerOptions {
        goods: Goods::Files(content),
        page: page(SETTINGS),
        ..options()
    };
    let app = server(&receiver().await, options);
    let list = html(&app, "/").await;
    assert_eq!(list.matches("<li>").count(), 200);
    let loaded = list.split('"').filter(|part| part.starts_with("/js/"));
    let mut sum = 0;
    for path in std::iter::once("/").chain(loaded) {
        let headers = [
            ("accept-encoding", "gzip".to_owned()),
            ("accept", "text/html".to_owned()),
        ];
        let (status, _, body) = send(&app, request("GET", path, &headers)).await;
        assert_eq!(status, StatusCode::OK, "{path}");
        sum += body.len();
    }
    assert!(sum < 30_000, "{sum} bytes");
}
