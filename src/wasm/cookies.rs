//! Session cookies that the original page left: original servers let them override the headers of a payment.
//!
//! Scripts can't see or remove those that are marked `HttpOnly`. A server that reads them is found out by its
//! answers, see `reads_another` in `src/sender/flow/pay.rs`.

use js_sys::Reflect;
use wasm_bindgen::JsValue;
use web_sys::Url;

use super::storage::{self, Op};

/// What a payment is read from.
const NAMES: [&str; 4] = [
    "RDN-Sender-Address",
    "RDN-Open-Block",
    "RDN-Sender-Balance",
    "RDN-Balance-Signature",
];

/// Expires them before a payment to this URL, and no other cookie. A worker, which has no `document`, lets the
/// page do it whose storage it uses.
pub(super) async fn expire_payment(url: &str) {
    match storage::ask_page(Op::Expire, url) {
        // A page of an earlier version does not know how.
        Some(asked) => drop(asked.await),
        None => expire_of_page(url),
    }
}

/// The same in a page. The original sets them for `/`; a script that leaves the path out sets them for the
/// folder of its page.
pub(super) fn expire_of_page(url: &str) {
    let Ok(document) = Reflect::get(&js_sys::global(), &"document".into()) else {
        return;
    };
    let name = JsValue::from("cookie");
    let there = || {
        let read = document.is_object().then(|| Reflect::get(&document, &name));
        read.and_then(Result::ok).and_then(|text| text.as_string())
    };
    if !there().is_some_and(|text| text.contains("RDN-")) {
        return;
    }
    let path = Url::new(url).map_or_else(|_| "/".to_owned(), |url| url.pathname());
    let folders = path.match_indices('/').map(|(at, _)| &path[..at]);
    let paths = folders.flat_map(|folder| [format!("{folder}/"), folder.to_owned()]);
    for path in paths.filter(|path| !path.is_empty()).chain([path.clone()]) {
        for cookie in NAMES {
            let gone = format!("{cookie}=; Path={path}; Max-Age=0");
            let _ = Reflect::set(&document, &name, &gone.into());
        }
    }
}
