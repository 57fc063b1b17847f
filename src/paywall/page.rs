//! The page that a person sees.

use std::io;
use std::path::Path;

use bytes::Bytes;
use http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY, VARY};
use http::{HeaderValue, Response};
use serde_json::Value;

/// Where the configuration goes.
const MARKER: &str = "<!--paywall-config-->";

/// No script of others, no plugin, no frame; the node may be anywhere, so connections are free.
const POLICY: &str = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; \
    style-src 'self'; img-src 'self' blob: data:; connect-src *; object-src 'none'; \
    base-uri 'none'; frame-ancestors 'none'";

/// `index.html` of the page folder, split where the configuration goes.
#[derive(Clone, Debug)]
pub struct Page {
    before: String,
    after: String,
}

impl Page {
    /// Reads `index.html` of a folder; it must hold the marker once.
    pub fn read(folder: &Path) -> io::Result<Self> {
        let text = std::fs::read_to_string(folder.join("index.html"))?;
        let (before, after) = text.split_once(MARKER).ok_or_else(|| {
            io::Error::new(
                io::ErrorKind::InvalidData,
                format!("index.html does not hold {MARKER}"),
            )
        })?;
        Ok(Self {
            before: before.to_owned(),
            after: after.to_owned(),
        })
    }

    /// The page with its configuration, which stands in it as the JSON element `paywall-config`.
    pub fn render(&self, config: &Value) -> Response<Bytes> {
        // Inside a script element only `<` could end the data.
        let config = config.to_string().replace('<', "\\u003c");
        let html = format!(
            "{}<script type=\"application/json\" id=\"paywall-config\">{config}</script>{}",
            self.before, self.after
        );
        let mut response = Response::new(Bytes::from(html));
        let headers = [
            (CONTENT_TYPE, "text/html; charset=utf-8"),
            (CONTENT_SECURITY_POLICY, POLICY),
            (REFERRER_POLICY, "no-referrer"),
            (VARY, "Accept"),
        ];
        let headers = headers.map(|(name, value)| (name, HeaderValue::from_static(value)));
        response.headers_mut().extend(headers);
        response
    }
}
