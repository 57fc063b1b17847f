//! What an HTML file says of itself: its title and description.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use html5gum::emitters::default::DefaultEmitter;
use html5gum::{HtmlString, StartTag, Token, Tokenizer};

use super::text;

/// So much of a file is read. Heads are shorter.
const MOST_BYTES: u64 = 64 * 1024;

/// What a head says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct HtmlHead {
    pub(super) title: Option<String>,
    pub(super) description: Option<String>,
}

impl HtmlHead {
    /// Of a file; nothing, if it can't be read or is no UTF-8.
    pub(super) fn read(file: &Path) -> Self {
        let mut bytes = Vec::new();
        let read = File::open(file).and_then(|file| file.take(MOST_BYTES).read_to_end(&mut bytes));
        match read {
            Ok(_) => Self::parse(&bytes),
            Err(_) => Self::default(),
        }
    }

    /// `<title>` and `<meta name="description">`, else those of Open Graph, up to the body.
    fn parse(html: &[u8]) -> Self {
        let mut emitter = DefaultEmitter::default();
        // As browsers do: a script's text is no markup.
        emitter.naively_switch_states(true);
        let (mut title, mut head, mut shared) = (None, Self::default(), Self::default());
        for Ok(token) in Tokenizer::new_with_emitter(html, emitter) {
            match token {
                Token::StartTag(tag) if *tag.name == b"title"[..] && head.title.is_none() => {
                    title = Some(Vec::new());
                }
                Token::String(text) => {
                    if let Some(title) = &mut title {
                        title.extend_from_slice(&text);
                    }
                }
                Token::EndTag(tag) if *tag.name == b"title"[..] => {
                    head.title = head
                        .title
                        .or(title.take().and_then(|title| text_of(&title)));
                }
                Token::StartTag(tag) if *tag.name == b"meta"[..] => {
                    meta(&tag, &mut head, &mut shared);
                }
                Token::StartTag(tag) if *tag.name == b"body"[..] => break,
                Token::EndTag(tag) if *tag.name == b"head"[..] => break,
                _ => {}
            }
        }
        Self {
            title: head.title.or(shared.title),
            description: head.description.or(shared.description),
        }
    }
}

fn meta(tag: &StartTag<()>, head: &mut HtmlHead, shared: &mut HtmlHead) {
    let attribute = |name: &[u8]| {
        let name = HtmlString(name.to_vec());
        tag.attributes.get(&name).map(|value| value.value.to_vec())
    };
    let name = attribute(b"name").or_else(|| attribute(b"property"));
    let content = || text_of(&attribute(b"content")?);
    let (place, from): (&mut Option<String>, _) = match name.as_deref() {
        Some(name) if name.eq_ignore_ascii_case(b"description") => (&mut head.description, content),
        Some(b"og:description") => (&mut shared.description, content),
        Some(b"og:title") => (&mut shared.title, content),
        _ => return,
    };
    if place.is_none() {
        *place = from();
    }
}

fn text_of(bytes: &[u8]) -> Option<String> {
    text::clean(str::from_utf8(bytes).ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head(html: &str) -> (Option<String>, Option<String>) {
        let head = HtmlHead::parse(html.as_bytes());
        (head.title, head.description)
    }

    fn some(text: &str) -> Option<String> {
        Some(text.to_owned())
    }

    #[test]
    fn a_head_says_title_and_description() {
        let html = "<!doctype html><html><head><meta charset=utf-8>\n\
            <TITLE>\n  Tom &amp; Jerry &lt;1940&gt;\n</TITLE>\
            <meta NAME='Description' content='A cat,&#10; a mouse'><body>";
        assert_eq!(
            head(html),
            (some("Tom & Jerry <1940>"), some("A cat, a mouse"))
        );
        let shared = "<meta property=og:title content=A><meta property=og:description content=B>";
        assert_eq!(head(shared), (some("A"), some("B")));
        let both = format!("{shared}<title>C</title><meta name=description content=D>");
        assert_eq!(head(&both), (some("C"), some("D")));
    }

    #[test]
    fn only_the_head_counts() {
        for html in [
            "",
            "<title></title>",
            "<title>   </title>",
            "<title>cut off",
            "<script>\"<title>A</title>\"</script>",
            "<!--<title>A</title>-->",
            "<style><title>A</title></style>",
            "<body><title>A</title>",
            "</head><title>A</title>",
            "<svg></svg><meta content=A>",
        ] {
            assert_eq!(head(html), (None, None), "{html}");
        }
        let two = "<title>A</title><title>B</title>";
        assert_eq!(head(two).0, some("A"));
        assert_eq!(HtmlHead::parse(b"<title>\xff</title>"), HtmlHead::default());
    }

    #[test]
    fn a_file_is_read_no_further_than_its_head() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("long.html");
        let filler = " ".repeat(usize::try_from(MOST_BYTES).expect("small"));
        std::fs::write(
            &file,
            format!("<title>A</title>{filler}<meta name=description content=B>"),
        )
        .expect("written");
        let head = HtmlHead::read(&file);
        assert_eq!((head.title, head.description), (some("A"), None));
        assert_eq!(HtmlHead::read(folder.path()), HtmlHead::default());
    }
}
