//! The HTML page for browsers.
//!
//! Price, receiver and list of files are part of the HTML: they show at the first paint and without
//! JavaScript. `index.html` holds a placeholder for each, as in `<!--paywall-price-->`. Only that of the
//! configuration is required.

use std::io;
use std::path::Path;

use bytes::Bytes;
use http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY, VARY};
use http::{HeaderValue, Response};
use percent_encoding::percent_decode_str;
use serde_json::Value;

use super::offer::Offer;
use super::own_files::OwnFiles;
use super::token::TokenLabel;
use crate::protocol::Amount;

const MARK: &str = "<!--paywall-";
const MARK_END: &str = "-->";

/// No foreign scripts or plugins. What was paid for is shown from `blob:` URLs; an article in a frame of its own, whose
/// document has a policy of its own. Connections are unrestricted, as the node may be anywhere.
const POLICY: &str = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; \
    style-src 'self'; img-src 'self' blob: data:; media-src 'self' blob:; frame-src 'self' blob:; \
    connect-src *; object-src 'none'; \
    base-uri 'none'; frame-ancestors 'none'";

/// The page: `index.html` of its folder, split at its placeholders, and the files that it may load.
#[derive(Clone, Debug)]
pub struct Page {
    html: Vec<Fragment>,
    files: OwnFiles,
}

/// Marks answers whose body is the page.
#[derive(Clone, Copy, Debug)]
pub(super) struct OwnPage;

#[derive(Clone, Debug)]
enum Fragment {
    Text(String),
    Placeholder(Placeholder),
}

/// What is filled in, by the placeholder's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Placeholder {
    /// `config`: the JSON element `paywall-config`, at the start of the body.
    Config,
    /// `title`: of the document.
    Title,
    /// `name`: of the resource.
    Name,
    /// `price`: in the token's unit.
    Price,
    /// `receiver`: its address.
    Receiver,
    /// `files`: the items of the list.
    Files,
    /// `version`: the folder below `/js/` whose files caches keep for ever.
    Version,
    /// `modules`: elements that have the browser load the page's own scripts at once, where something is sold.
    Modules,
}

impl Placeholder {
    fn named(name: &str) -> Option<Self> {
        Some(match name {
            "config" => Self::Config,
            "title" => Self::Title,
            "name" => Self::Name,
            "price" => Self::Price,
            "receiver" => Self::Receiver,
            "files" => Self::Files,
            "version" => Self::Version,
            "modules" => Self::Modules,
            _ => return None,
        })
    }
}

/// One of the files that the page lists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedFile {
    /// Its path as URLs have it, percent-encoded.
    pub path: String,
    /// What it costs, in token base units.
    pub price: Amount,
}

/// What the page is about.
#[derive(Clone, Copy, Debug)]
pub enum PageContent<'a> {
    /// A resource that costs something.
    Offer(&'a Offer),
    /// The list of all files, and what their token is called.
    Files(&'a [ListedFile], Option<&'a TokenLabel>),
}

impl Page {
    /// Reads `index.html` of a folder, which must hold the mark of the configuration once, and the files of both
    /// folders. They are read once: what changes later is served by the next start.
    pub fn read(folder: &Path, package: &Path) -> io::Result<Self> {
        let html = parse(&std::fs::read_to_string(folder.join("index.html"))?)?;
        let files = OwnFiles::read(folder, package)?;
        Ok(Self { html, files })
    }

    /// Compresses all files now, so that no visitor waits for it.
    pub fn compress(&self) {
        self.files.compress();
    }

    /// The files that it may load.
    pub(super) fn files(&self) -> &OwnFiles {
        &self.files
    }

    /// The page about something, with its configuration.
    pub fn render(&self, about: PageContent<'_>, config: &Value) -> Response<Bytes> {
        let mut html = String::new();
        for fragment in &self.html {
            match fragment {
                Fragment::Text(text) => html.push_str(text),
                Fragment::Placeholder(Placeholder::Config) => {
                    html.push_str(&config_element(about, config))
                }
                Fragment::Placeholder(Placeholder::Version) => html.push_str(self.files.version()),
                Fragment::Placeholder(Placeholder::Modules) => {
                    html.push_str(&self.preloads(about));
                }
                Fragment::Placeholder(placeholder) => html.push_str(&fill(*placeholder, about)),
            }
        }
        let mut response = Response::new(Bytes::from(html));
        let headers = [
            (CONTENT_TYPE, "text/html; charset=utf-8"),
            (CONTENT_SECURITY_POLICY, POLICY),
            (REFERRER_POLICY, "no-referrer"),
            (VARY, "Accept"),
        ];
        let headers = headers.map(|(name, value)| (name, HeaderValue::from_static(value)));
        response.headers_mut().extend(headers);
        response.extensions_mut().insert(OwnPage);
        response
    }

    /// The list of files needs no script but the first.
    fn preloads(&self, about: PageContent<'_>) -> String {
        if let PageContent::Files(..) = about {
            return String::new();
        }
        let version = self.files.version();
        let link = |script| format!("<link rel=\"modulepreload\" href=\"/js/{version}/{script}\">");
        self.files.scripts().map(link).collect()
    }
}

/// Splits `index.html` at its placeholders.
fn parse(text: &str) -> io::Result<Vec<Fragment>> {
    let wrong = |what: String| io::Error::new(io::ErrorKind::InvalidData, what);
    let mut fragments = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once(MARK) {
        let (name, after) = after
            .split_once(MARK_END)
            .ok_or_else(|| wrong(format!("a mark {MARK} in index.html has no end")))?;
        let placeholder = Placeholder::named(name)
            .ok_or_else(|| wrong(format!("index.html holds an unknown mark: {name}")))?;
        fragments.push(Fragment::Text(before.to_owned()));
        fragments.push(Fragment::Placeholder(placeholder));
        rest = after;
    }
    fragments.push(Fragment::Text(rest.to_owned()));
    let configs = fragments
        .iter()
        .filter(|fragment| matches!(fragment, Fragment::Placeholder(Placeholder::Config)));
    if configs.count() != 1 {
        return Err(wrong(format!(
            "index.html does not hold {MARK}config{MARK_END} once"
        )));
    }
    Ok(fragments)
}

fn config_element(about: PageContent<'_>, config: &Value) -> String {
    let kind = match about {
        PageContent::Offer(_) => "offer",
        PageContent::Files(..) => "files",
    };
    // Only `<` could end the script element.
    let config = config.to_string().replace('<', "\\u003c");
    format!(
        "<script type=\"application/json\" id=\"paywall-config\" data-about=\"{kind}\">{config}</script>"
    )
}

fn fill(placeholder: Placeholder, about: PageContent<'_>) -> String {
    match (placeholder, about) {
        (Placeholder::Title, PageContent::Offer(offer)) => {
            escape(&format!("{}: payment required", name(&offer.resource)))
        }
        (Placeholder::Title, PageContent::Files(..)) => "Files".to_owned(),
        (Placeholder::Name, PageContent::Offer(offer)) => escape(&name(&offer.resource)),
        (Placeholder::Price, PageContent::Offer(offer)) => {
            escape(&show(offer.token_label.as_ref(), offer.demand.price))
        }
        (Placeholder::Receiver, PageContent::Offer(offer)) => offer.demand.receiver.to_string(),
        (Placeholder::Files, PageContent::Files([], _)) => {
            "<li class=\"muted\">There are no files here yet.</li>".to_owned()
        }
        (Placeholder::Files, PageContent::Files(files, label)) => {
            let rows = files.iter().enumerate();
            rows.map(|(index, file)| row(index, file, label)).collect()
        }
        (Placeholder::Config | Placeholder::Version | Placeholder::Modules, _)
        | (Placeholder::Files, PageContent::Offer(_))
        | (
            Placeholder::Name | Placeholder::Price | Placeholder::Receiver,
            PageContent::Files(..),
        ) => String::new(),
    }
}

fn row(index: usize, file: &ListedFile, label: Option<&TokenLabel>) -> String {
    let ListedFile { path, price } = file;
    format!(
        "<li><a href=\"{}\" data-testid=\"file-{index}\"><span class=\"file-name\">{}</span>\
         <span class=\"file-price\" data-testid=\"file-price-{index}\" data-amount=\"{price}\">{}\
         </span></a></li>",
        escape(path),
        escape(&name(path)),
        escape(&show(label, *price)),
    )
}

/// An amount as people read it: in the token's own unit, else as in `3 base units`.
fn show(label: Option<&TokenLabel>, amount: Amount) -> String {
    match label {
        Some(label) => label.show(amount),
        None if amount == Amount::from_u64(1) => "1 base unit".to_owned(),
        None => format!("{amount} base units"),
    }
}

/// The last part of a path, readable, with its query.
fn name(resource: &str) -> String {
    let (path, query) = resource.split_at(resource.find('?').unwrap_or(resource.len()));
    let last = path.rsplit('/').find(|part| !part.is_empty());
    let last = percent_decode_str(last.unwrap_or(path)).decode_utf8_lossy();
    let shown = last.chars().filter(|c| !c.is_control());
    shown.chain(query.chars()).collect()
}

/// As text or as the value of an attribute in quotation marks.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_without_a_place_for_its_configuration_is_refused() {
        for text in [
            "",
            "<!--paywall-config--><!--paywall-config-->",
            "<!--paywall-config--><!--paywall-prize-->",
            "<!--paywall-config--><!--paywall-price",
        ] {
            assert!(parse(text).is_err(), "{text}");
        }
        assert!(parse("<!-- a comment --><!--paywall-config-->").is_ok());
    }

    #[test]
    fn amounts_without_a_unit_are_shown_in_base_units() {
        assert_eq!(show(None, Amount::from_u64(1)), "1 base unit");
        assert_eq!(show(None, Amount::from_u64(3)), "3 base units");
    }

    #[test]
    fn names_are_readable() {
        for (resource, shown) in [
            ("/doggo.jpg", "doggo.jpg"),
            ("/blog/post?id=5", "post?id=5"),
            ("/a%20b/c%C3%A9.txt", "cé.txt"),
            ("/blog/", "blog"),
            ("/", "/"),
            ("/%0a%00x", "x"),
        ] {
            assert_eq!(name(resource), shown);
        }
    }
}
