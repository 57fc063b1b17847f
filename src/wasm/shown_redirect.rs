//! Redirects of a payment where they are to be seen: in Node, whose `fetch` has no cookies either.
//!
//! A browser hides them, and takes the cookies that cover what they lead to (`src/paywall/ticket.rs`) along.

use js_sys::{Array, Function, Reflect};
use wasm_bindgen::prelude::*;
use web_sys::{Headers, Response, Url};

const STATUSES: [u16; 5] = [301, 302, 303, 307, 308];

/// How the names of cookies that cover a request begin. No others are taken along.
const TICKET: &str = "RDN-Ticket";

/// Where a redirect leads on the same origin, and what covers it there.
pub(super) struct ShownRedirect {
    pub(super) url: String,
    cookies: String,
}

/// Whether it redirects.
pub(super) fn is_redirect(response: &Response) -> bool {
    STATUSES.contains(&response.status())
}

impl ShownRedirect {
    /// Reads the answer to a request for this URL; `None`: it is no redirect, shows none, or leads elsewhere.
    pub(super) fn of(response: &Response, asked: &str) -> Option<Self> {
        if !is_redirect(response) {
            return None;
        }
        let headers = response.headers();
        let location = headers.get("location").ok()??;
        let url = Url::new_with_base(&location, asked).ok()?;
        if url.origin() != Url::new(asked).ok()?.origin() {
            return None;
        }
        let cookies = set_cookies(&headers).unwrap_or_default();
        let cookies = cookies.iter().filter_map(|cookie| {
            let cookie = cookie.as_string()?;
            let pair = cookie.split(';').next()?;
            pair.starts_with(TICKET).then(|| pair.to_owned())
        });
        Some(Self {
            url: url.href(),
            cookies: cookies.collect::<Vec<_>>().join("; "),
        })
    }

    /// The headers with its cookies.
    pub(super) fn cover(&self, headers: &Headers) -> Result<Headers, JsValue> {
        let headers = Headers::new_with_headers(headers)?;
        if !self.cookies.is_empty() {
            let own = headers.get("cookie")?.map(|own| format!("{own}; "));
            let all = own.unwrap_or_default() + &self.cookies;
            headers.set("cookie", &all)?;
        }
        Ok(headers)
    }
}

/// The lines `Set-Cookie`, which browsers show to no script.
fn set_cookies(headers: &Headers) -> Option<Array> {
    let get = Reflect::get(headers, &"getSetCookie".into()).ok()?;
    let get: Function = get.dyn_into().ok()?;
    get.call0(headers).ok()?.dyn_into().ok()
}
