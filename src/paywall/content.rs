//! The priced files.

use std::io;
use std::path::{Component, Path, PathBuf};

use axum::body::Body;
use axum::http::{Method, Request, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use tower::ServiceExt;
use tower_http::services::ServeDir;

use crate::protocol::Amount;

use super::files::Files;
use super::path::decode;
use super::prices::Prices;

/// A file that is for sale.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// The one path by which it is priced, however the URL was written: decoded, without empty and
    /// `.` segments.
    pub path: String,
    /// Where the file is.
    pub file: PathBuf,
    /// What it costs, in token base units.
    pub price: Amount,
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

    /// The files and their prices, by path.
    pub fn list(&self) -> io::Result<Vec<(String, Amount)>> {
        let mut files = Vec::new();
        for entry in self.folder.read_dir()? {
            let name = entry?.file_name().to_string_lossy().into_owned();
            if let Some(found) = self.find_decoded(&name) {
                files.push((found.path, found.price));
            }
        }
        files.sort();
        Ok(files)
    }

    /// The regular file behind the path of a URL; never one outside the folder.
    pub fn find(&self, path: &str) -> Option<Found> {
        self.find_decoded(&decode(path.strip_prefix('/')?)?)
    }

    fn find_decoded(&self, relative: &str) -> Option<Found> {
        let relative = Path::new(relative);
        let mut path = String::new();
        for part in relative.components() {
            let Component::Normal(name) = part else {
                return None;
            };
            let name = name.to_str().filter(|name| !name.starts_with('.'))?;
            path.extend(["/", name]);
        }
        let file = self.folder.join(relative).canonicalize().ok()?;
        if !file.starts_with(&self.folder) || !file.is_file() {
            return None;
        }
        let price = self.prices.of(&path);
        Some(Found { path, file, price })
    }

    /// The file as an answer. Methods other than HEAD get it as GET does, because all methods of a
    /// resource are sold alike.
    pub async fn serve(file: &Path, mut request: Request<Body>) -> Response {
        if request.method() != Method::HEAD {
            *request.method_mut() = Method::GET;
        }
        let (Some(folder), Some(uri)) = (file.parent(), name_as_path(file)) else {
            return StatusCode::NOT_FOUND.into_response();
        };
        *request.uri_mut() = uri;
        let folder = ServeDir::with_backend(folder, Files).append_index_html_on_directories(false);
        match folder.oneshot(request).await {
            Ok(response) => response.map(Body::new),
            Err(never) => match never {},
        }
    }
}

/// The path of a URL that names this file in its folder.
fn name_as_path(file: &Path) -> Option<Uri> {
    let name = file.file_name()?.to_str()?;
    let path = format!("/{}", utf8_percent_encode(name, NON_ALPHANUMERIC));
    path.parse().ok()
}
