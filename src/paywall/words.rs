//! What the server itself says in the page, by language.
//!
//! A language is a file `words/<tag>.json` in the page's folder: an object of texts by key. A key that it lacks is said
//! in English. English and German are there in any case. Its member `elements` has what the page's elements say: the
//! page's script reads that in the file itself.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::Path;

use http::{HeaderMap, header};

use super::negotiate::entry;

/// Also below `/js/`.
pub(super) const FOLDER: &str = "words";
const ENGLISH: &str = "en";
const BUILT_IN: [(&str, &str); 2] = [
    (ENGLISH, include_str!("../../www/words/en.json")),
    ("de", include_str!("../../www/words/de.json")),
];
/// Languages written from right to left, by the first part of their tags; the package's `text.js` has the same ones.
const RIGHT_TO_LEFT: [&str; 11] = [
    "ar", "ckb", "dv", "fa", "he", "ks", "ps", "sd", "ug", "ur", "yi",
];
const MOST_TAG_BYTES: usize = 35;

/// The words of one language.
#[derive(Clone, Debug)]
pub(super) struct Words {
    tag: String,
    texts: BTreeMap<String, String>,
    has_messages: bool,
}

/// A file of words.
#[derive(Clone, Debug, Default, serde::Deserialize)]
struct WordsFile {
    elements: Option<BTreeMap<String, Message>>,
    #[serde(flatten)]
    texts: BTreeMap<String, String>,
}

/// What the elements say: a text, or one for each of the language's plural forms.
#[derive(Clone, Debug, serde::Deserialize)]
#[serde(untagged)]
#[expect(
    dead_code,
    reason = "the page's script reads them; here they are only checked"
)]
enum Message {
    Text(String),
    Forms(BTreeMap<String, String>),
}

impl Words {
    /// The language, as in `<html lang>`.
    pub(super) fn tag(&self) -> &str {
        &self.tag
    }

    /// As in `<html dir>`.
    pub(super) fn direction(&self) -> &'static str {
        match RIGHT_TO_LEFT.contains(&primary(&self.tag)) {
            true => "rtl",
            false => "ltr",
        }
    }

    /// Numbers with what belongs to them, which stay in this order within a line from right to left, too.
    pub(super) fn in_order(&self, number: String) -> String {
        match self.direction() {
            "rtl" => format!("\u{2066}{number}\u{2069}"),
            _ => number,
        }
    }

    /// Whether its file has messages of the page's elements.
    pub(super) fn has_messages(&self) -> bool {
        self.has_messages
    }

    /// A text; of a key that is not there, the key.
    pub(super) fn say<'a>(&'a self, key: &'a str) -> &'a str {
        self.texts.get(key).map_or(key, String::as_str)
    }

    /// A text with something put in.
    pub(super) fn say_with(&self, key: &str, place: &str, value: &str) -> String {
        self.say(key).replace(&format!("{{{place}}}"), value)
    }
}

/// The languages that a page has words in.
#[derive(Clone, Debug)]
pub(super) struct Languages {
    english: Words,
    others: Vec<Words>,
}

impl Languages {
    /// Those of a page's folder, and the two that are there in any case.
    pub(super) fn read(folder: &Path) -> io::Result<Self> {
        let mut files: BTreeMap<String, String> = BUILT_IN
            .iter()
            .map(|(tag, text)| ((*tag).to_owned(), (*text).to_owned()))
            .collect();
        let folder = folder.join(FOLDER);
        if folder.is_dir() {
            for file in fs::read_dir(&folder)? {
                let path = file?.path();
                let name = path.file_name().and_then(|name| name.to_str());
                let tag = name.and_then(|name| name.strip_suffix(".json"));
                if let Some(tag) = tag.filter(|tag| is_tag(tag)) {
                    files.insert(tag.to_owned(), fs::read_to_string(&path)?);
                }
            }
        }
        Self::new(&files)
    }

    fn new(files: &BTreeMap<String, String>) -> io::Result<Self> {
        let mut read = BTreeMap::new();
        for (tag, file) in files {
            let words: WordsFile = serde_json::from_str(file).map_err(|error| {
                let what = format!(
                    "{FOLDER}/{tag}.json must be an object of texts, and its `elements` one of \
                     messages: {error}"
                );
                io::Error::new(io::ErrorKind::InvalidData, what)
            })?;
            read.insert(tag.clone(), words);
        }
        let english = read.remove(ENGLISH).unwrap_or_default();
        let words = |tag, texts, own: &WordsFile| Words {
            tag,
            texts,
            has_messages: own.elements.is_some(),
        };
        let others = read.into_iter().map(|(tag, own)| {
            let mut all = english.texts.clone();
            all.extend(own.texts.clone());
            words(tag, all, &own)
        });
        Ok(Self {
            others: others.collect(),
            english: words(ENGLISH.to_owned(), english.texts.clone(), &english),
        })
    }

    /// English.
    pub(super) fn default(&self) -> &Words {
        &self.english
    }

    fn all(&self) -> impl Iterator<Item = &Words> {
        std::iter::once(&self.english).chain(&self.others)
    }

    /// Whether a key can be said.
    pub(super) fn has(&self, key: &str) -> bool {
        self.english.texts.contains_key(key)
    }

    /// Their tags, for a sentence.
    pub(super) fn names(&self) -> String {
        let tags: Vec<&str> = self.all().map(Words::tag).collect();
        tags.join(", ")
    }

    /// The words for a tag: its own, or those of its first part.
    pub(super) fn find(&self, tag: &str) -> Option<&Words> {
        let named = |name: &str| {
            let mut all = self.all();
            all.find(|words| words.tag.eq_ignore_ascii_case(name))
        };
        named(tag).or_else(|| named(primary(tag)))
    }

    /// The one that a client likes best (`Accept-Language`), else English.
    pub(super) fn accepted(&self, headers: &HeaderMap) -> &Words {
        let mut wanted: Vec<(&str, u16)> = headers
            .get_all(header::ACCEPT_LANGUAGE)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(','))
            .map(entry)
            .filter(|(tag, quality)| !tag.is_empty() && *quality > 0)
            .collect();
        // Equally good ones stay in their order.
        wanted.sort_by_key(|(_, quality)| std::cmp::Reverse(*quality));
        let found = wanted.into_iter().find_map(|(tag, _)| match tag {
            "*" => Some(self.default()),
            tag => self.find(tag),
        });
        found.unwrap_or(&self.english)
    }
}

/// Which language the page is in.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(try_from = "String")]
pub(super) enum LanguageChoice {
    /// The one that each client likes best.
    #[default]
    Auto,
    /// Always this one.
    Fixed(String),
}

impl TryFrom<String> for LanguageChoice {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        match text.as_str() {
            "auto" => Ok(Self::Auto),
            tag if is_tag(tag) => Ok(Self::Fixed(text)),
            _ => Err("`language` must be auto, or a tag such as en or pt-BR".to_owned()),
        }
    }
}

fn primary(tag: &str) -> &str {
    tag.split('-').next().unwrap_or(tag)
}

/// As in BCP 47, roughly: letters and digits in parts.
fn is_tag(text: &str) -> bool {
    let is_part = |part: &str| {
        (1..=8).contains(&part.len()) && part.bytes().all(|c| c.is_ascii_alphanumeric())
    };
    let begins = primary(text);
    text.len() <= MOST_TAG_BYTES
        && begins.len() >= 2
        && begins.bytes().all(|c| c.is_ascii_alphabetic())
        && text.split('-').all(is_part)
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn languages(more: &[(&str, &str)]) -> Languages {
        let all = BUILT_IN.iter().chain(more);
        let files = all.map(|(tag, text)| ((*tag).to_owned(), (*text).to_owned()));
        Languages::new(&files.collect()).expect("words")
    }

    #[test]
    fn the_best_accepted_language_is_taken() {
        let known = languages(&[("ar", "{}"), ("pt-BR", "{}")]);
        for (accept, tag) in [
            ("de", "de"),
            ("de-AT,de;q=0.9,en;q=0.8", "de"),
            ("fr, de;q=0.5, en;q=0.4", "de"),
            ("en;q=0.1, DE;q=0.2", "de"),
            ("fr", "en"),
            ("", "en"),
            ("de;q=0", "en"),
            ("*;q=0.5, de;q=0.1", "en"),
            ("pt-br", "pt-BR"),
            ("pt", "en"),
            ("ar-EG", "ar"),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT_LANGUAGE, HeaderValue::from_static(accept));
            assert_eq!(known.accepted(&headers).tag(), tag, "{accept}");
        }
    }

    #[test]
    fn a_language_is_a_file_and_lacks_nothing() {
        let known = languages(&[("ar", "{\"free\": \"مجاني\"}")]);
        let arabic = known.find("ar").expect("Arabic");
        assert_eq!((arabic.say("free"), arabic.direction()), ("مجاني", "rtl"));
        assert_eq!(arabic.say("files"), "Files");
        let german = known.find("de-CH").expect("German");
        assert_eq!(german.direction(), "ltr");
        assert_eq!(german.say_with("about", "amount", "1 €"), "etwa 1 €");
        let broken = BTreeMap::from([("fr".to_owned(), "[]".to_owned())]);
        let error = Languages::new(&broken).expect_err("no object").to_string();
        assert!(
            error.starts_with("words/fr.json must be an object"),
            "{error}"
        );
    }

    #[test]
    fn a_file_may_have_messages_of_the_elements() {
        let file =
            r#"{ "free": "مجاني", "elements": { "a": "b", "c": { "one": "d", "other": "e" } } }"#;
        let known = languages(&[("ar", file), ("fr", "{}")]);
        let has_messages = |tag| known.find(tag).map(Words::has_messages);
        assert_eq!(has_messages("ar"), Some(true));
        assert_eq!(has_messages("fr"), Some(false));
        assert_eq!(
            known.find("ar").map(|words| words.say("free")),
            Some("مجاني")
        );
        for elements in [r#""texts""#, r#"{ "a": 1 }"#, r#"{ "a": { "one": 1 } }"#] {
            let file = format!("{{ \"elements\": {elements} }}");
            let files = BTreeMap::from([("fr".to_owned(), file)]);
            assert!(Languages::new(&files).is_err(), "{elements}");
        }
    }

    #[test]
    fn a_number_stays_before_its_unit_from_right_to_left_too() {
        let known = languages(&[("ar", "{}")]);
        let in_order = |tag| {
            known
                .find(tag)
                .map(|words| words.in_order("1 kB".to_owned()))
        };
        assert_eq!(in_order("ar").as_deref(), Some("\u{2066}1 kB\u{2069}"));
        assert_eq!(in_order("de").as_deref(), Some("1 kB"));
    }

    #[test]
    fn both_languages_say_the_same_things() {
        let known = languages(&[]);
        for (_, file) in BUILT_IN {
            let texts: BTreeMap<String, String> = serde_json::from_str(file).expect("JSON");
            let english = known.default();
            assert!(texts.keys().eq(english.texts.keys()));
            for (key, text) in &texts {
                let places = |text: &str| text.matches('{').count();
                assert_eq!(places(text), places(english.say(key)), "{key}");
            }
        }
    }

    #[test]
    fn tags_are_tags() {
        for (text, good) in [
            ("en", true),
            ("pt-BR", true),
            ("zh-Hant-TW", true),
            ("e", false),
            ("en_US", false),
            ("en-", false),
            ("\"><b>", false),
            ("../../etc", false),
        ] {
            assert_eq!(
                LanguageChoice::try_from(text.to_owned()).is_ok(),
                good,
                "{text}"
            );
        }
        assert_eq!("auto".to_owned().try_into(), Ok(LanguageChoice::Auto));
    }
}
