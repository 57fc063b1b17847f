//! What libpq's settings say that the client library does not know.

use std::borrow::Cow;
use std::path::PathBuf;

use percent_encoding::percent_decode_str;

/// Settings that the library reads, and the file of further authorities that they name.
pub(super) struct Settings {
    pub(super) text: String,
    pub(super) root_certificates: Option<PathBuf>,
}

impl Settings {
    /// Reads a URL or `key=value` pairs. Certificates are always verified with the server's name, so
    /// `verify-ca` and `verify-full` become `require`. `allow` becomes `prefer`, which is as strict.
    pub(super) fn read(text: &str) -> Self {
        let mut root_certificates = None;
        let mut keep = |setting: &str| -> Option<String> {
            let Some((name, value)) = setting.split_once('=') else {
                return Some(setting.to_owned());
            };
            match (name, value) {
                ("sslmode", "verify-ca" | "verify-full") => Some("sslmode=require".to_owned()),
                ("sslmode", "allow") => Some("sslmode=prefer".to_owned()),
                // The system's are believed anyway.
                ("sslrootcert", "system") => None,
                ("sslrootcert", file) => {
                    root_certificates = Some(PathBuf::from(file.trim_matches('\'')));
                    None
                }
                _ => Some(setting.to_owned()),
            }
        };
        let text = match text.split_once('?').filter(|_| text.contains("://")) {
            Some((place, query)) => {
                let kept: Vec<_> = query.split('&').filter_map(&mut keep).collect();
                format!("{place}?{}", kept.join("&"))
            }
            None if text.contains("://") => text.to_owned(),
            // A quoted value may contain spaces, which stay as they are.
            None => {
                let kept: Vec<_> = text.split(' ').filter_map(&mut keep).collect();
                kept.join(" ")
            }
        };
        let root_certificates = root_certificates.map(|file| {
            let text = file.to_string_lossy();
            let decoded = percent_decode_str(&text).decode_utf8();
            PathBuf::from(decoded.unwrap_or(Cow::Borrowed(&text)).into_owned())
        });
        Self {
            text,
            root_certificates,
        }
    }
}
