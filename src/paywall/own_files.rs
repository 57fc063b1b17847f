//! The files of the page, of the package and of the publisher, under `/js/`.
//!
//! They are read when the server starts and kept, each compressed once. A page names them by
//! `/js/<version>/…`, of which the version is made of all their contents: such a URL never gets another content, so
//! caches keep it for ever (`immutable`). By a URL without it, or with another one, which pages may have open since an
//! earlier start, a file is the present one, and is asked for again before each use by its digest (`ETag`). The files'
//! dates say nothing: npm makes all of them of 1985.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use axum::Router;
use axum::body::Body;
use axum::extract::{Path as UrlPath, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use bytes::Bytes;

use super::encoding::Encoding;
use super::publisher::PublisherFile;
use crate::protocol::keccak256;

/// The most bytes of all files together.
const MOST_BYTES: u64 = 256 * 1024 * 1024;
/// The package's folder below the page's.
const PACKAGE: &str = "microraiden/";
/// The package's elements, of which pages are made, in a few files.
const ELEMENTS: &str = "microraiden/dist/elements/";
/// What all of these scripts share begins so.
const SHARED: &str = "chunk-";
/// The publisher's pictures: whoever opens one by itself gets a picture and no page of this origin.
const PICTURE_POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; sandbox";
/// What the list of files loads, and nothing else does.
const LIST_SCRIPT: &str = "list.js";
/// Hex digits of a version.
const VERSION_DIGITS: usize = 16;

/// The files, by their path below `/js/`.
#[derive(Clone, Debug)]
pub(super) struct OwnFiles(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    files: BTreeMap<String, Arc<OwnFile>>,
    version: String,
}

/// The files of a page and of the package, read once for all sites that have them. Clones are one.
#[derive(Clone, Debug)]
pub struct PageFiles {
    folder: PathBuf,
    files: BTreeMap<String, Arc<OwnFile>>,
}

impl PageFiles {
    /// Reads both folders, but for hidden files.
    pub fn read(page: &Path, package: &Path) -> io::Result<Self> {
        let mut files = BTreeMap::new();
        let mut left = MOST_BYTES;
        read_folder(page, "", &mut left, &mut files)?;
        read_folder(package, PACKAGE, &mut left, &mut files)?;
        Ok(Self {
            folder: page.to_owned(),
            files,
        })
    }

    /// The page's.
    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }
}

#[derive(Debug)]
struct OwnFile {
    kind: HeaderValue,
    policy: Option<HeaderValue>,
    digest: String,
    plain: Bytes,
    brotli: OnceLock<Option<Bytes>>,
    gzip: OnceLock<Option<Bytes>>,
}

impl OwnFiles {
    /// These files and the publisher's.
    pub(super) fn new(files: &PageFiles, publisher: Vec<PublisherFile>) -> Self {
        let mut files = files.files.clone();
        for file in publisher {
            let policy = HeaderValue::from_static(PICTURE_POLICY);
            let kind = HeaderValue::from_static(file.kind);
            let own = OwnFile::new(kind, Some(policy), file.bytes.into());
            files.insert(file.path, Arc::new(own));
        }
        let mut all = Vec::new();
        for (path, file) in &files {
            all.extend_from_slice(path.as_bytes());
            all.extend_from_slice(file.digest.as_bytes());
        }
        let digest = keccak256(&[&all]).to_string();
        let version = digest.trim_start_matches("0x").chars();
        let version = version.take(VERSION_DIGITS).collect();
        Self(Arc::new(Inner { files, version }))
    }

    /// The first part of the URLs that are kept for ever.
    pub(super) fn version(&self) -> &str {
        &self.0.version
    }

    /// What a page in a language needs: its own scripts, but for that of the list, those of the package's elements, and
    /// what these say in the language, but for English, which they have inside. A page that gives them messages of its
    /// own needs the script that takes them instead.
    pub(super) fn scripts(&self, language: &str, own_messages: bool) -> impl Iterator<Item = &str> {
        let language = language.split('-').next().unwrap_or(language);
        let words = match own_messages {
            true => "text.js".to_owned(),
            false => format!("messages/{language}.js"),
        };
        let own = self.0.files.keys().map(String::as_str);
        own.filter(move |path| match path.strip_prefix(ELEMENTS) {
            Some(name) => name == "index.js" || name == words || name.starts_with(SHARED),
            None => !path.contains('/') && path.ends_with(".js") && *path != LIST_SCRIPT,
        })
    }

    /// Compresses all of them, so that no visitor waits for it.
    pub(super) fn compress(&self) {
        for file in self.0.files.values() {
            file.encode(Encoding::Brotli);
            file.encode(Encoding::Gzip);
        }
    }

    /// A file's bytes in this encoding; `None`: plain ones are as good.
    async fn encoded(&self, path: &str, encoding: Encoding) -> Option<Bytes> {
        let slot = self.0.files.get(path)?.slot(encoding);
        if let Some(known) = slot.get() {
            return known.clone();
        }
        // The module takes a tenth of a second: the threads that serve payments go on meanwhile.
        let (own, path) = (self.clone(), path.to_owned());
        let encode = move || own.0.files.get(&path)?.encode(encoding);
        tokio::task::spawn_blocking(encode).await.ok()?
    }

    /// The URL path of the folder that is kept for ever.
    pub(super) fn place(&self) -> String {
        format!("/js/{}/", self.0.version)
    }

    /// `/js` and all below.
    pub(super) fn routes<S>(&self) -> Router<S> {
        Router::new()
            .route("/js", get(nothing))
            .route("/js/", get(nothing))
            .route("/js/{*path}", get(send))
            .with_state(self.clone())
    }
}

impl OwnFile {
    fn new(kind: HeaderValue, policy: Option<HeaderValue>, plain: Bytes) -> Self {
        Self {
            kind,
            policy,
            digest: keccak256(&[&plain]).to_string(),
            plain,
            brotli: OnceLock::new(),
            gzip: OnceLock::new(),
        }
    }

    fn slot(&self, encoding: Encoding) -> &OnceLock<Option<Bytes>> {
        match encoding {
            Encoding::Brotli => &self.brotli,
            Encoding::Gzip => &self.gzip,
        }
    }

    fn encode(&self, encoding: Encoding) -> Option<Bytes> {
        let encode = || encoding.encode(&self.plain).map(Bytes::from);
        self.slot(encoding).get_or_init(encode).clone()
    }
}

fn read_folder(
    folder: &Path,
    prefix: &str,
    left: &mut u64,
    files: &mut BTreeMap<String, Arc<OwnFile>>,
) -> io::Result<()> {
    let at =
        |error: io::Error| io::Error::new(error.kind(), format!("{}: {error}", folder.display()));
    for entry in fs::read_dir(folder).map_err(at)? {
        let path = entry.map_err(at)?.path();
        let Some(name) = path.file_name().and_then(|name| name.to_str()) else {
            continue;
        };
        if name.starts_with('.') {
            continue;
        }
        let below = format!("{prefix}{name}");
        if path.is_dir() {
            read_folder(&path, &format!("{below}/"), left, files)?;
            continue;
        }
        let size = fs::metadata(&path).map_err(at)?.len();
        *left = left.checked_sub(size).ok_or_else(|| {
            let what = format!(
                "{}: more than {MOST_BYTES} bytes of files",
                folder.display()
            );
            io::Error::new(io::ErrorKind::FileTooLarge, what)
        })?;
        let plain = Bytes::from(fs::read(&path).map_err(at)?);
        let kind = mime_guess::from_path(&path).first_or_octet_stream();
        let text = kind.type_() == "text" || kind.subtype() == "javascript";
        let charset = if text { "; charset=utf-8" } else { "" };
        let kind = HeaderValue::try_from(format!("{kind}{charset}"))
            .unwrap_or_else(|_| HeaderValue::from_static("application/octet-stream"));
        files.insert(below, Arc::new(OwnFile::new(kind, None, plain)));
    }
    Ok(())
}

async fn nothing() -> Response {
    (StatusCode::NOT_FOUND, [(header::CACHE_CONTROL, "no-cache")]).into_response()
}

async fn send(
    State(own): State<OwnFiles>,
    UrlPath(path): UrlPath<String>,
    headers: HeaderMap,
) -> Response {
    let (version, path) = split_version(&path);
    let Some(file) = own.0.files.get(path) else {
        return nothing().await;
    };
    let encoded = match Encoding::accepted(&headers) {
        Some(encoding) => own
            .encoded(path, encoding)
            .await
            .map(|bytes| (encoding, bytes)),
        None => None,
    };
    let etag = etag(
        &file.digest,
        encoded.as_ref().map(|(encoding, _)| *encoding),
    );
    let cache = match version {
        Some(version) if version == own.version() => "public, max-age=31536000, immutable",
        _ => "no-cache",
    };
    let mut response = Response::new(Body::empty());
    let answer = response.headers_mut();
    answer.insert(header::CACHE_CONTROL, HeaderValue::from_static(cache));
    answer.insert(header::VARY, HeaderValue::from_static("Accept-Encoding"));
    if let Ok(etag) = HeaderValue::try_from(&etag) {
        answer.insert(header::ETAG, etag);
    }
    let known = headers.get(header::IF_NONE_MATCH);
    if known.is_some_and(|known| is_known(known, &etag)) {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        return response;
    }
    answer.insert(header::CONTENT_TYPE, file.kind.clone());
    if let Some(policy) = &file.policy {
        answer.insert(header::CONTENT_SECURITY_POLICY, policy.clone());
    }
    let body = match encoded {
        Some((encoding, bytes)) => {
            let name = HeaderValue::from_static(encoding.name());
            answer.insert(header::CONTENT_ENCODING, name);
            bytes
        }
        None => file.plain.clone(),
    };
    *response.body_mut() = Body::from(body);
    response
}

/// The version that a path begins with, if one does, and the file's path.
fn split_version(path: &str) -> (Option<&str>, &str) {
    match path.split_once('/') {
        Some((version, rest))
            if version.len() == VERSION_DIGITS
                && version.chars().all(|c| matches!(c, '0'..='9' | 'a'..='f')) =>
        {
            (Some(version), rest)
        }
        _ => (None, path),
    }
}

/// The tag of a content by its digest: each encoding is one of its own.
pub(super) fn etag(digest: &str, encoding: Option<Encoding>) -> String {
    match encoding {
        Some(encoding) => format!("\"{digest}-{}\"", encoding.name()),
        None => format!("\"{digest}\""),
    }
}

/// Whether this content is among those that `If-None-Match` names.
pub(super) fn is_known(named: &HeaderValue, etag: &str) -> bool {
    let mut tags = named.as_bytes().split(|byte| *byte == b',');
    tags.any(|tag| {
        let tag = tag.trim_ascii();
        let tag = tag.strip_prefix(b"W/").unwrap_or(tag);
        tag == etag.as_bytes() || tag == b"*"
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Of the elements a page loads early what it needs in its language, and nothing else.
    #[test]
    fn a_page_names_the_scripts_of_its_language() {
        let folder = tempfile::tempdir().expect("a folder");
        let page = folder.path().join("page");
        let package = folder.path().join("package");
        let elements = package.join("dist/elements");
        fs::create_dir_all(elements.join("messages")).expect("folders");
        fs::create_dir_all(page.join("words")).expect("folders");
        for file in [
            page.join("main.js"),
            page.join("list.js"),
            page.join("style.css"),
            page.join("words/de.json"),
            package.join("index.js"),
            package.join("dist/qr-code.js"),
            elements.join("index.js"),
            elements.join("text.js"),
            elements.join("article.html"),
            elements.join("chunk-ABC.js"),
            elements.join("loaded-later-ABC.js"),
            elements.join("messages/de.js"),
            elements.join("messages/fr.js"),
        ] {
            fs::write(file, "").expect("a file");
        }
        let files = PageFiles::read(&page, &package).expect("files");
        let files = OwnFiles::new(&files, Vec::new());
        let scripts = |language, own_messages| {
            let scripts = files.scripts(language, own_messages);
            scripts
                .map(|path| path.trim_start_matches(ELEMENTS))
                .collect::<Vec<_>>()
        };
        let always = ["main.js", "chunk-ABC.js", "index.js"];
        let with = |script| [always.as_slice(), &[script]].concat();
        assert_eq!(scripts("en", false), always);
        assert_eq!(scripts("ar", false), always);
        assert_eq!(scripts("de-AT", false), with("messages/de.js"));
        assert_eq!(scripts("de", true), with("text.js"));
    }
}
