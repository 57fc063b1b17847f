//! The examples of docs/extension.md, asked and compared.

use std::path::Path;

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Request, StatusCode};
use microraiden::protocol::CreditRefusal;

use crate::documented::blocks;
use crate::seller::{options, send, server, speaking};

fn document() -> String {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/extension.md");
    std::fs::read_to_string(file).expect("the document")
}

/// The messages of the section with the examples, each its first line and its headers.
fn messages() -> Vec<(String, Vec<(String, String)>)> {
    let document = document();
    let section = document
        .split("\n## ")
        .find(|part| part.starts_with("Examples"));
    let section = section.expect("the examples");
    let all = blocks(Path::new(env!("CARGO_MANIFEST_DIR")), "text");
    let all = all.into_iter().map(|(_, block)| block);
    let ours = all.filter(|block| section.contains(block.as_str()));
    ours.map(|block| {
        let (first, rest) = block.split_once('\n').unwrap_or((&block, ""));
        let headers = rest.lines().filter_map(|line| line.split_once(": "));
        let headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned()));
        (first.to_owned(), headers.collect())
    })
    .collect()
}

/// A request by the document. `None`: it is an answer.
async fn ask(
    app: &Router,
    first: &str,
    headers: &[(String, String)],
) -> Option<(StatusCode, HeaderMap)> {
    let mut words = first.split(' ');
    let (method, path) = (words.next()?, words.next()?);
    let mut request = Request::builder().method(method).uri(path);
    for (name, value) in headers {
        request = request.header(name, value);
    }
    let request = request.body(Body::empty()).expect("a request");
    let (status, headers, _) = send(app, request).await;
    Some((status, headers))
}

#[tokio::test]
async fn the_examples_of_the_document_are_true() {
    let receiver = speaking(600).await;
    let folder = tempfile::tempdir().expect("a folder");
    for name in ["doggo.jpg", "other.jpg"] {
        std::fs::write(folder.path().join(name), "picture").expect("written");
    }
    let prices = microraiden::paywall::Prices::new(crate::basics::units(3));
    let content = microraiden::paywall::Content::new(folder.path(), prices);
    let goods = microraiden::paywall::Goods::Files(content.expect("there"));
    let options = microraiden::paywall::ServerOptions { goods, ..options() };
    let app = server(&receiver, options);
    let mut messages = messages().into_iter();
    let mut compared = 0;
    while let (Some((request, sent)), Some((answer, expected))) = (messages.next(), messages.next())
    {
        let (status, headers) = ask(&app, &request, &sent).await.expect("a request");
        assert!(
            answer.starts_with(&format!("HTTP/1.1 {}", status.as_u16())),
            "{request}"
        );
        for (name, value) in expected {
            assert_eq!(headers[name.as_str()], value, "{request} {sent:?}: {name}");
            compared += 1;
        }
        if status == StatusCode::OK {
            // The same bytes again.
            let (again, repeated) = ask(&app, &request, &sent).await.expect("a request");
            assert_eq!(again, StatusCode::OK);
            assert_eq!(repeated["rdn-charged"], headers["rdn-charged"]);
        }
    }
    assert!(compared > 20, "{compared}");
    assert!(messages.next().is_none());
}

/// Each refusal stands in the table of refusals, and no other.
#[test]
fn the_document_explains_each_refusal() {
    let document = document();
    let (_, table) = document
        .split_once("| `RDN-Credit-Refused` |")
        .expect("the table");
    let (table, _) = table.split_once("\n\n").expect("its end");
    let rows = table.lines().skip(2);
    let words: Vec<_> = rows.filter_map(|row| row.split('`').nth(1)).collect();
    assert_eq!(words, CreditRefusal::ALL.map(CreditRefusal::code));
}
