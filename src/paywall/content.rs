//! The priced files.

use std::collections::BTreeMap;
use std::io;
use std::path::{Component, Path, PathBuf};

use axum::body::Body;
use axum::http::{Method, Request, Uri};
use axum::response::Response;
use tower::ServiceExt;
use tower_http::services::ServeFile;

use crate::protocol::Amount;

/// What files cost, in token base units.
#[derive(Clone, Debug)]
pub struct Prices {
    /// For every file that has no price of its own.
    pub default: Amount,
    /// By path, such as `/doggo.jpg`.
    pub by_path: BTreeMap<String, Amount>,
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
            let path = format!("/{name}");
            if self.find(&path).is_some() {
                let price = self.price(&path);
                files.push((path, price));
            }
        }
        files.sort();
        Ok(files)
    }

    /// The price of a path.
    pub fn price(&self, path: &str) -> Amount {
        self.prices
            .by_path
            .get(path)
            .copied()
            .unwrap_or(self.prices.default)
    }

    /// The regular file behind the path of a URL; never one outside the folder.
    pub fn find(&self, path: &str) -> Option<PathBuf> {
        let relative = PathBuf::from(decode(path.strip_prefix('/')?)?);
        let plain = relative.components().all(|part| match part {
            Component::Normal(name) => !name.to_string_lossy().starts_with('.'),
            _ => false,
        });
        if !plain {
            return None;
        }
        let file = self.folder.join(relative).canonicalize().ok()?;
        (file.starts_with(&self.folder) && file.is_file()).then_some(file)
    }

    /// The file as an answer. Methods other than HEAD get it as GET does, because all methods of a
    /// resource are sold alike.
    pub async fn serve(file: &Path, mut request: Request<Body>) -> Response {
        if request.method() != Method::HEAD {
            *request.method_mut() = Method::GET;
        }
        *request.uri_mut() = Uri::from_static("/");
        match ServeFile::new(file).oneshot(request).await {
            Ok(response) => response.map(Body::new),
            Err(never) => match never {},
        }
    }
}

/// Undoes the percent encoding of a URL's path.
fn decode(path: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(path.len());
    let mut rest = path.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let digits = [rest.next()?, rest.next()?];
            let mut decoded = [0];
            hex::decode_to_slice(digits, &mut decoded).ok()?;
            bytes.push(decoded[0]);
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes)
        .ok()
        .filter(|text| !text.contains('\0'))
}
