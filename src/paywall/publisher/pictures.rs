//! The publisher's pictures. The server sends them as files of the page, by names of their own.

use std::fs;
use std::io;
use std::path::Path;

use crate::protocol::keccak256;

/// The most bytes of a picture: visitors load it before they pay.
const MOST_BYTES: u64 = 1024 * 1024;
/// The types that all browsers show.
const TYPES: [(&str, &str); 7] = [
    ("avif", "image/avif"),
    ("gif", "image/gif"),
    ("jpeg", "image/jpeg"),
    ("jpg", "image/jpeg"),
    ("png", "image/png"),
    ("svg", "image/svg+xml"),
    ("webp", "image/webp"),
];
/// Where they are, below the page's files.
const FOLDER: &str = "publisher";
const STYLE_SHEET: &str = "publisher/accent.css";
const NAME_DIGITS: usize = 16;

/// A file that the publisher adds to the page's.
#[derive(Clone, Debug)]
pub(in crate::paywall) struct PublisherFile {
    /// Below `/js/<version>/`.
    pub(in crate::paywall) path: String,
    pub(in crate::paywall) kind: &'static str,
    pub(in crate::paywall) bytes: Vec<u8>,
}

impl PublisherFile {
    pub(super) fn style_sheet(css: String) -> Self {
        Self {
            path: STYLE_SHEET.to_owned(),
            kind: "text/css; charset=utf-8",
            bytes: css.into_bytes(),
        }
    }

    /// Where that is.
    pub(in crate::paywall) const fn style_sheet_path() -> &'static str {
        STYLE_SHEET
    }
}

/// A picture that a page shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::paywall) struct Picture {
    /// Below `/js/<version>/`.
    pub(in crate::paywall) path: String,
    /// Pixels, where the file says it, so that nothing moves when it is there.
    pub(in crate::paywall) size: Option<(usize, usize)>,
}

/// Reads a picture and adds it to the files, once.
pub(super) fn read(file: &Path, files: &mut Vec<PublisherFile>) -> io::Result<Picture> {
    let name = file.display();
    let wrong = |what: String| io::Error::new(io::ErrorKind::InvalidData, what);
    let end = file
        .extension()
        .and_then(|end| end.to_str())
        .unwrap_or_default();
    let end = end.to_ascii_lowercase();
    let Some((end, kind)) = TYPES.into_iter().find(|(known, _)| *known == end) else {
        let what = format!("{name} must be a picture: avif, gif, jpg, png, svg or webp");
        return Err(wrong(what));
    };
    let at = |error: io::Error| io::Error::new(error.kind(), format!("{name}: {error}"));
    if fs::metadata(file).map_err(at)?.len() > MOST_BYTES {
        return Err(wrong(format!("{name} has more than 1 MiB")));
    }
    let bytes = fs::read(file).map_err(at)?;
    let digest = keccak256(&[&bytes]).to_string();
    let digest: String = digest
        .trim_start_matches("0x")
        .chars()
        .take(NAME_DIGITS)
        .collect();
    let path = format!("{FOLDER}/{digest}.{end}");
    let size = imagesize::blob_size(&bytes).ok();
    if files.iter().all(|known| known.path != path) {
        files.push(PublisherFile {
            path: path.clone(),
            kind,
            bytes,
        });
    }
    let size = size.map(|size| (size.width, size.height));
    Ok(Picture { path, size })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_are_known_by_their_content() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let mut files = Vec::new();
        let dog = read(&root.join("demo/content/doggo.jpg"), &mut files).expect("a picture");
        assert!(
            dog.size
                .is_some_and(|(width, height)| width > 100 && height > 100)
        );
        assert!(dog.path.starts_with("publisher/") && dog.path.ends_with(".jpg"));
        let again = read(&root.join("demo/content/doggo.jpg"), &mut files).expect("a picture");
        assert_eq!((again, files.len()), (dog, 1));
        let icon = read(&root.join("www/icon.svg"), &mut files).expect("a picture");
        assert_eq!(icon.size, None);
        for wrong in ["demo/content/poem.txt", "demo/content/none.jpg"] {
            let error = read(&root.join(wrong), &mut files).expect_err("no picture");
            assert!(error.to_string().contains(wrong), "{error}");
        }
        let folder = tempfile::tempdir().expect("a folder");
        let large = folder.path().join("large.png");
        fs::write(&large, vec![0; 1024 * 1024 + 1]).expect("written");
        let error = read(&large, &mut files).expect_err("too large").to_string();
        assert!(error.contains("more than 1 MiB"), "{error}");
    }
}
