//! The page that a person sees.

use std::io;
use std::path::Path;

use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde_json::Value;

/// Where the configuration goes.
const MARKER: &str = "<!--paywall-config-->";

/// No script of others, no plugin, no frame; the node may be anywhere, so connections are free.
const CONTENT_SECURITY_POLICY: &str = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; \
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

    /// The page with its configuration.
    pub fn render(&self, config: &Value) -> Response {
        // Inside a script element only `<` could end the data.
        let config = config.to_string().replace('<', "\\u003c");
        let html = format!(
            "{}<script type=\"application/json\" id=\"paywall-config\">{config}</script>{}",
            self.before, self.after
        );
        let headers = [
            (header::CONTENT_TYPE, "text/html; charset=utf-8"),
            (header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY),
            (header::REFERRER_POLICY, "no-referrer"),
            (header::VARY, "Accept"),
        ];
        (headers, html).into_response()
    }
}
