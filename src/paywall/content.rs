//! The priced files.

use std::io;
use std::path::{Path, PathBuf};

use axum::body::Body;
use axum::http::{Method, Request};
use axum::response::Response;
use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use tower::ServiceExt;
use tower_http::services::ServeFile;

use crate::protocol::Amount;

use super::path::CanonicalPath;
use super::prices::Prices;

/// Files that are listed at most.
const MOST_LISTED: usize = 10_000;
/// Folders within each other whose files are listed.
const MOST_FOLDERS: usize = 16;

/// A file that is for sale.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// The path of the URL, however it was encoded.
    pub path: CanonicalPath,
    /// The file.
    pub file: PathBuf,
    /// Its price in token base units: that of the path, or that of the file's own path in the folder if
    /// that is higher. They differ for links, and in file systems that ignore case.
    pub price: Amount,
}

/// A part of a text, by which texts are ordered as people count: `essay-2` before `essay-10`.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Part {
    /// Of so many digits after leading zeros: the longer number is the larger one.
    Number(usize, String),
    /// All between numbers.
    Text(String),
}

fn natural_order(text: &str) -> Vec<Part> {
    let bytes = text.as_bytes();
    let runs = bytes.chunk_by(|one, next| one.is_ascii_digit() == next.is_ascii_digit());
    let part = |run: &[u8]| {
        let text = String::from_utf8_lossy(run);
        if !run.first().is_some_and(u8::is_ascii_digit) {
            return Part::Text(text.into_owned());
        }
        let digits = text.trim_start_matches('0');
        Part::Number(digits.len(), digits.to_owned())
    };
    runs.map(part).collect()
}

/// A folder of files to be sold.
#[derive(Clone, Debug)]
pub struct Content {
    folder: PathBuf,
    prices: Prices,
}

impl Content {
    /// Fails if the folder does not exist.
    pub fn new(folder: impl AsRef<Path>, prices: Prices) -> io::Result<Self> {
        let folder = folder.as_ref().canonicalize()?;
        folder.read_dir()?;
        Ok(Self { folder, prices })
    }

    /// The files of the folder and those below it, by path, with numbers in their order, but for linked folders.
    pub fn list(&self) -> io::Result<Vec<Found>> {
        let mut found = Vec::new();
        self.add(&self.folder, "", 0, &mut found)?;
        found.sort_by_cached_key(|found| {
            let path = found.path.as_str();
            let text = percent_decode_str(path).decode_utf8_lossy();
            (natural_order(&text), path.to_owned())
        });
        Ok(found)
    }

    fn add(
        &self,
        folder: &Path,
        path: &str,
        depth: usize,
        found: &mut Vec<Found>,
    ) -> io::Result<()> {
        for entry in folder.read_dir()? {
            if found.len() >= MOST_LISTED {
                return Ok(());
            }
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            let path = format!("{path}/{}", utf8_percent_encode(&name, NON_ALPHANUMERIC));
            if entry.file_type()?.is_dir() {
                if depth < MOST_FOLDERS && !name.starts_with('.') {
                    // A folder that can't be read has nothing to list.
                    let _ = self.add(&entry.path(), &path, depth + 1, found);
                }
                continue;
            }
            found.extend(self.find(&path));
        }
        Ok(())
    }

    /// The regular file at the path of a URL; never one outside the folder, or with a name or a folder that
    /// begins with a dot.
    pub fn find(&self, path: &str) -> Option<Found> {
        let path = CanonicalPath::of_file(path).ok()?;
        let relative = path.as_str().strip_prefix('/')?;
        let is_name = |name: &str| !name.is_empty() && !name.starts_with('.');
        if !relative.split('/').all(is_name) {
            return None;
        }
        let file = self.folder.join(relative).canonicalize().ok()?;
        let own = file.strip_prefix(&self.folder).ok()?.to_str()?;
        if !file.is_file() {
            return None;
        }
        let own = self.prices.of(&format!("/{own}"));
        let price = self.prices.of(path.as_str()).max(own);
        Some(Found { path, file, price })
    }

    /// The file as an answer. All methods but HEAD are treated as GET, because they have one price.
    pub async fn serve(file: &Path, mut request: Request<Body>) -> Response {
        if request.method() != Method::HEAD {
            *request.method_mut() = Method::GET;
        }
        match ServeFile::new(file).oneshot(request).await {
            Ok(response) => response.map(Body::new),
            Err(never) => match never {},
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_in_the_order_of_their_numbers() {
        let sorted = [
            "/01.txt",
            "/2.txt",
            "/10.txt",
            "/a",
            "/essay-1.txt",
            "/essay-02.txt",
            "/essay-10.txt",
            "/essay-100.txt",
            "/essay-99999999999999999999999.txt",
            "/essay-x.txt",
            "/größe 9",
            "/größe 10",
        ];
        assert!(sorted.is_sorted_by_key(|text| natural_order(text)));
    }
}
