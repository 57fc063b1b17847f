//! What is told about a resource: by the settings, else by the file itself, else by its name.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::SystemTime;

use mime_guess::Mime;
use percent_encoding::percent_decode_str;
use serde_json::{Value, json};

use super::html_head::HtmlHead;
use super::pictures::Picture;
use super::{Publisher, text};
use crate::paywall::words::Words;

/// Files of each kind whose contents are remembered.
const MOST_FILES: usize = 4096;

/// What a visitor sees of a resource before paying.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::paywall) struct Facts {
    pub(in crate::paywall) title: String,
    pub(in crate::paywall) description: Option<String>,
    /// As in `JPEG picture`.
    pub(in crate::paywall) kind: Option<String>,
    /// The content type of a file.
    pub(in crate::paywall) media_type: Option<String>,
    /// Bytes of a file.
    pub(in crate::paywall) size: Option<u64>,
    /// Width and height of a picture, where its file says it.
    pub(in crate::paywall) pixels: Option<(usize, usize)>,
    pub(in crate::paywall) preview: Option<Preview>,
}

/// A glance at it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::paywall) enum Preview {
    Picture { picture: Picture, alt: String },
    Text(String),
}

/// What the settings say.
#[derive(Clone, Debug)]
pub(super) struct Told {
    pub(super) title: Option<String>,
    pub(super) description: Option<String>,
    pub(super) kind: Option<String>,
    pub(super) preview: Option<Preview>,
}

impl Publisher {
    /// About a resource: its path with its query, that path decoded, and its file, if it is one.
    pub(in crate::paywall) fn facts(
        &self,
        resource: &str,
        path: &str,
        file: Option<&Path>,
        words: &Words,
    ) -> Facts {
        let told = self.about.at(path).ok().map(|found| found.value.clone());
        let kind = file.and_then(|file| mime_guess::from_path(file).first());
        let head = match (file, &kind) {
            (Some(file), Some(kind)) if kind.essence_str() == "text/html" => {
                self.heads.of(file, HtmlHead::read)
            }
            _ => HtmlHead::default(),
        };
        let pixels = match (file, &kind) {
            (Some(file), Some(kind)) if kind.type_() == "image" => self.pixels.of(file, pixels_of),
            _ => None,
        };
        let told =
            |part: fn(&Told) -> &Option<String>| told.as_ref().and_then(|told| part(told).clone());
        let size = file
            .and_then(|file| fs::metadata(file).ok())
            .map(|file| file.len());
        let named = || file.map(|file| name_of(kind.as_ref(), file, words));
        Facts {
            title: told(|told| &told.title)
                .or(head.title)
                .unwrap_or_else(|| readable_name(resource)),
            description: told(|told| &told.description).or(head.description),
            kind: told(|told| &told.kind).or_else(named),
            media_type: kind.map(|kind| kind.essence_str().to_owned()),
            size,
            pixels,
            preview: self
                .about
                .at(path)
                .ok()
                .and_then(|found| found.value.preview.clone()),
        }
    }
}

impl Facts {
    /// As in `JPEG picture, 800 × 600, 1.2 MB`.
    pub(in crate::paywall) fn kind_and_size(&self, words: &Words) -> Option<String> {
        let pixels = self
            .pixels
            .map(|(width, height)| words.in_order(format!("{width}\u{a0}×\u{a0}{height}")));
        let size = self.size.map(|size| sized(size, words));
        let parts: Vec<String> = [self.kind.clone(), pixels, size]
            .into_iter()
            .flatten()
            .collect();
        (!parts.is_empty()).then(|| parts.join(", "))
    }

    /// For scripts and programs; `files` is the URL path below which the pictures are.
    pub(in crate::paywall) fn to_json(&self, files: &str) -> Value {
        let preview = self.preview.as_ref().map(|preview| match preview {
            Preview::Picture { picture, alt } => json!({
                "picture": format!("{files}{}", picture.path),
                "alt": alt,
            }),
            Preview::Text(text) => json!({ "text": text }),
        });
        json!({
            "title": self.title,
            "description": self.description,
            "kind": self.kind,
            "mediaType": self.media_type,
            "size": self.size,
            "pixels": self.pixels.map(|(width, height)| json!({ "width": width, "height": height })),
            "preview": preview,
        })
    }
}

/// What is read from within files, read again when a file has changed.
#[derive(Debug, Default)]
pub(super) struct FromFiles<T>(Mutex<HashMap<PathBuf, (Stamp, T)>>);

type Stamp = (Option<SystemTime>, u64);

impl<T: Clone + Default> FromFiles<T> {
    fn of(&self, file: &Path, read: impl FnOnce(&Path) -> T) -> T {
        let Ok(about) = fs::metadata(file) else {
            return T::default();
        };
        let stamp = (about.modified().ok(), about.len());
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((at, value)) = known.get(file)
            && *at == stamp
        {
            return value.clone();
        }
        if known.len() >= MOST_FILES {
            known.clear();
        }
        let value = read(file);
        known.insert(file.to_owned(), (stamp, value.clone()));
        value
    }
}

/// Width and height of a picture that has some.
fn pixels_of(file: &Path) -> Option<(usize, usize)> {
    let size = imagesize::size(file).ok()?;
    (size.width > 0 && size.height > 0).then_some((size.width, size.height))
}

/// The last part of a path, readable, with its query.
fn readable_name(resource: &str) -> String {
    let (path, query) = resource.split_at(resource.find('?').unwrap_or(resource.len()));
    let last = path.rsplit('/').find(|part| !part.is_empty());
    let last = percent_decode_str(last.unwrap_or(path)).decode_utf8_lossy();
    let shown = last.chars().filter(|c| !c.is_control());
    let name: String = shown.chain(query.chars()).collect();
    text::clean(&name).unwrap_or_else(|| path.to_owned())
}

/// What a file is, in words.
fn name_of(kind: Option<&Mime>, file: &Path, words: &Words) -> String {
    let end = file
        .extension()
        .and_then(|end| end.to_str())
        .unwrap_or_default();
    let with = |key: &str, format: &str| words.say_with(key, "format", format);
    let Some(kind) = kind else {
        return match end {
            "" => words.say("some-file").to_owned(),
            end => with("file", &end.to_uppercase()),
        };
    };
    let format = format_of(kind, end);
    match (kind.type_().as_str(), kind.essence_str()) {
        (_, "text/html" | "application/xhtml+xml") => words.say("web-page").to_owned(),
        (_, "text/plain" | "text/markdown") => words.say("text").to_owned(),
        ("image", _) => with("picture", &format),
        ("audio", _) => with("sound", &format),
        ("video", _) => with("video", &format),
        ("font", _) => with("font", &format),
        (_, essence) if is_archive(essence) => with("archive", &format),
        (_, essence) if is_document(essence) => with("document", &format),
        (_, "text/javascript" | "application/wasm" | "text/x-rust" | "text/x-python") => {
            with("program", &format)
        }
        _ => with("file", &format),
    }
}

/// As people call it: `JPEG`, `MP3`.
fn format_of(kind: &Mime, end: &str) -> String {
    let end = match end.to_ascii_lowercase().as_str() {
        "jpg" | "jpe" | "jfif" => "jpeg".to_owned(),
        "tif" => "tiff".to_owned(),
        "htm" => "html".to_owned(),
        "" => kind.subtype().as_str().to_owned(),
        other => other.to_owned(),
    };
    match end.as_str() {
        "webp" => "WebP".to_owned(),
        "webm" => "WebM".to_owned(),
        "ogg" => "Ogg".to_owned(),
        "epub" => "EPUB".to_owned(),
        other => other.to_uppercase(),
    }
}

fn is_archive(essence: &str) -> bool {
    let known = [
        "zip",
        "gzip",
        "x-tar",
        "x-7z-compressed",
        "x-bzip2",
        "x-xz",
        "vnd.rar",
        "x-rar-compressed",
        "zstd",
    ];
    let subtype = essence.strip_prefix("application/");
    subtype.is_some_and(|subtype| known.contains(&subtype))
}

fn is_document(essence: &str) -> bool {
    let subtype = essence.strip_prefix("application/");
    subtype.is_some_and(|subtype| {
        ["pdf", "epub+zip", "rtf", "msword"].contains(&subtype)
            || subtype.starts_with("vnd.oasis.opendocument")
            || subtype.starts_with("vnd.openxmlformats-officedocument")
    })
}

/// A size for people, as in `1.2 MB`, in steps of 1000.
fn sized(bytes: u64, words: &Words) -> String {
    // Rounded to a tenth, 999,950 bytes are 1 MB.
    let units = [("kB", 1000), ("MB", 1_000_000), ("GB", 1_000_000_000)];
    let unit = units
        .iter()
        .rev()
        .find(|(_, unit)| bytes >= unit - unit / 20_000);
    let Some((name, unit)) = unit.filter(|_| bytes >= 1000) else {
        let key = if bytes == 1 { "byte" } else { "bytes" };
        return words.say_with(key, "size", &bytes.to_string());
    };
    let tenths = (u128::from(bytes) * 10 + u128::from(unit / 2)) / u128::from(*unit);
    let (whole, tenth) = (tenths / 10, tenths % 10);
    words.in_order(match tenth {
        0 => format!("{whole}\u{a0}{name}"),
        tenth => format!("{whole}{}{tenth}\u{a0}{name}", words.say("decimal-point")),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::paywall::publisher::PageSettings;
    use crate::paywall::words::Languages;

    fn languages() -> Languages {
        Languages::read(Path::new("/nowhere")).expect("those that are built in")
    }

    fn publisher(text: &str) -> Publisher {
        let settings = PageSettings::parse(text.parse().expect("TOML")).expect("settings");
        Publisher::read(settings).expect("its files").0
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
            assert_eq!(readable_name(resource), shown);
        }
    }

    #[test]
    fn files_are_named_by_kind_and_size() {
        let languages = languages();
        let (english, german) = (
            languages.find("en").expect("words"),
            languages.find("de").expect("words"),
        );
        for (file, in_english, in_german) in [
            ("a.jpg", "JPEG picture", "JPEG-Bild"),
            ("a.webp", "WebP picture", "WebP-Bild"),
            ("a.mp3", "MP3 sound", "MP3-Ton"),
            ("a.html", "Web page", "Webseite"),
            ("a.txt", "Text", "Text"),
            ("a.pdf", "PDF document", "PDF-Dokument"),
            ("a.zip", "ZIP archive", "ZIP-Archiv"),
            ("a.quux", "QUUX file", "QUUX-Datei"),
            ("a", "File", "Datei"),
        ] {
            let path = Path::new(file);
            let kind = mime_guess::from_path(path).first();
            assert_eq!(name_of(kind.as_ref(), path, english), in_english, "{file}");
            assert_eq!(name_of(kind.as_ref(), path, german), in_german, "{file}");
        }
        for (bytes, size) in [
            (0, "0 bytes"),
            (1, "1 byte"),
            (999, "999 bytes"),
            (1000, "1 kB"),
            (1234, "1.2 kB"),
            (999_949, "999.9 kB"),
            (999_951, "1 MB"),
            (1_249_999, "1.2 MB"),
            (5_000_000_000, "5 GB"),
            (u64::MAX, "18446744073.7 GB"),
        ] {
            assert_eq!(sized(bytes, english).replace('\u{a0}', " "), size);
        }
        assert_eq!(sized(1234, german), "1,2\u{a0}kB");
    }

    #[test]
    fn pictures_tell_their_pixels_again_when_the_file_changed() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("a.gif");
        let write = |bytes: &[u8]| fs::write(&file, bytes).expect("written");
        write(b"GIF89a\x02\x00\x03\x00\x00\x00\x00;");
        let languages = languages();
        let words = languages.default();
        let publisher = publisher("");
        let shown = || {
            let facts = publisher.facts("/a.gif", "/a.gif", Some(&file), words);
            (facts.pixels, facts.kind_and_size(words).unwrap_or_default())
        };
        let (pixels, text) = shown();
        assert_eq!(pixels, Some((2, 3)));
        assert_eq!(text.replace('\u{a0}', " "), "GIF picture, 2 × 3, 14 bytes");
        write(b"GIF89a\x02\x00\x04\x00\x00\x00\x00;;");
        assert_eq!(shown().0, Some((2, 4)));
        write(b"no picture at all");
        assert_eq!(shown().0, None);
    }

    #[test]
    fn the_settings_come_before_the_file() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("a.html");
        let write = |html: &str| fs::write(&file, html).expect("written");
        write("<title>From the file</title><meta name=description content='Of the file'>");
        let languages = languages();
        let words = languages.default();
        let publisher =
            publisher("about.\"/b/{name}\" = { title = \"Told\", preview = { text = \"…\" } }");
        let facts = |path: &str, file| publisher.facts(path, path, file, words);
        let plain = facts("/a.html", Some(file.as_path()));
        assert_eq!(plain.title, "From the file");
        assert_eq!(
            plain.kind_and_size(words).as_deref(),
            Some("Web page, 73\u{a0}bytes")
        );
        let told = facts("/b/a.html", Some(file.as_path()));
        assert_eq!(
            (told.title.as_str(), told.description.as_deref()),
            ("Told", Some("Of the file"))
        );
        assert_eq!(told.preview, Some(Preview::Text("…".to_owned())));
        write("<title>Changed since</title>");
        assert_eq!(
            facts("/a.html", Some(file.as_path())).title,
            "Changed since"
        );
        let elsewhere = facts("/c?d=1", None);
        assert_eq!(
            (elsewhere.title.as_str(), elsewhere.kind_and_size(words)),
            ("c?d=1", None)
        );
    }
}
