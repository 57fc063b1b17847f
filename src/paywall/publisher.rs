//! What the publisher says of itself and its goods: the table `[page]` of the settings.
//!
//! All of it is for people to read. Nothing that is charged, signed or compared depends on it.

mod colour;
mod colour_names;
mod facts;
mod html_head;
mod pictures;
mod policy;
mod rate;
mod text;

use std::collections::BTreeMap;
use std::path::PathBuf;

use matchit::Router;

pub(super) use facts::{Facts, Preview};
pub(super) use pictures::{Picture, PublisherFile};
pub(super) use rate::Rate;

use self::colour::Accent;
use self::facts::FromFiles;
use self::html_head::HtmlHead;
use self::policy::Sources;
use super::words::LanguageChoice;

/// The settings of the page, as a TOML table has them. Its keys are those of [`PageSettings::parse`].
#[derive(Clone, Debug, Default, serde::Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct PageSettings {
    name: Option<Line>,
    description: Option<Line>,
    logo: Option<PathBuf>,
    accent: Option<Accent>,
    pub(super) language: LanguageChoice,
    pub(super) rate: Option<Rate>,
    pub(super) terms: Option<WebUrl>,
    pub(super) origin: Option<Origin>,
    csp: Sources,
    about: BTreeMap<String, About>,
}

/// Why settings of the page can't be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct PageSettingsError(String);

impl PageSettings {
    /// Reads a table with these keys, each of which may be missing:
    ///
    /// | key | |
    /// |---|---|
    /// | `name`, `description` | of the publisher |
    /// | `logo` | a picture's file |
    /// | `accent` | a colour, or `{ light, dark }` |
    /// | `language` | a tag such as `de`, or `auto`: what the browser asks for |
    /// | `rate` | `{ currency = "EUR", per-token = "0.95" }` |
    /// | `terms` | a URL, http or https |
    /// | `origin` | where the server is reached, as in `https://news.example` |
    /// | `csp` | sources by directive |
    /// | `about` | by path or pattern: `title`, `description`, `kind`, `preview` |
    ///
    /// Files are read later.
    pub fn parse(table: toml::Table) -> Result<Self, PageSettingsError> {
        let settings: Self = table.try_into().map_err(|error: toml::de::Error| {
            PageSettingsError(error.to_string().trim().to_owned())
        })?;
        settings.patterns()?;
        if settings.logo.is_some() && settings.name.is_none() {
            let what = "`logo` needs a `name` beside it, for people who don't see it";
            return Err(PageSettingsError(what.to_owned()));
        }
        Ok(settings)
    }

    /// A word about an accent that is used in part.
    pub fn warning(&self) -> Option<String> {
        let ground = self.accent.as_ref()?.left_out()?;
        Some(format!(
            "the accent can't be read on the page's {ground} ground, which keeps its own colour; give two, as in \
             accent = {{ light = \"#0f6b5c\", dark = \"#66d3bf\" }}"
        ))
    }

    pub(super) fn name(&self) -> Option<&str> {
        self.name.as_ref().map(|line| line.0.as_str())
    }

    pub(super) fn description(&self) -> Option<&str> {
        self.description.as_ref().map(|line| line.0.as_str())
    }

    /// The style sheet of the accent.
    pub(super) fn css(&self) -> Option<String> {
        self.accent.as_ref().map(Accent::css)
    }

    /// The page's Content-Security-Policy.
    pub(super) fn policy(&self) -> String {
        self.csp.policy()
    }

    /// What is said by path. The more specific pattern counts, as for prices.
    fn patterns(&self) -> Result<Router<About>, PageSettingsError> {
        let mut patterns = Router::new();
        for (pattern, about) in &self.about {
            let fail = |reason: String| {
                let what = format!("the pattern {pattern} in `about` can't be used: {reason}");
                PageSettingsError(what)
            };
            if !pattern.starts_with('/') {
                return Err(fail("it must start with /".to_owned()));
            }
            let inserted = patterns.insert(pattern.as_str(), about.clone());
            inserted.map_err(|error| fail(error.to_string()))?;
        }
        Ok(patterns)
    }
}

/// What is said of the resources of a pattern.
#[derive(Clone, Debug, Default, serde::Deserialize)]
#[serde(deny_unknown_fields, default)]
struct About {
    title: Option<Line>,
    description: Option<Line>,
    kind: Option<Line>,
    preview: Option<WrittenPreview>,
}

/// As it is written: a text, or a picture and what it shows.
#[derive(Clone, Debug, serde::Deserialize)]
#[serde(
    untagged,
    deny_unknown_fields,
    expecting = "`preview` must be { picture = \"file\", alt = \"what it shows\" } or { text = \"…\" }"
)]
enum WrittenPreview {
    Picture { picture: PathBuf, alt: Line },
    Text { text: Line },
}

/// A text of one line.
#[derive(Clone, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(try_from = "String")]
struct Line(String);

impl TryFrom<String> for Line {
    type Error = &'static str;

    fn try_from(written: String) -> Result<Self, &'static str> {
        text::clean(&written)
            .map(Self)
            .ok_or("a text must not be empty")
    }
}

/// A link that a browser follows to a page.
#[derive(Clone, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(try_from = "String")]
pub(super) struct WebUrl(String);

impl WebUrl {
    pub(super) fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for WebUrl {
    type Error = &'static str;

    fn try_from(written: String) -> Result<Self, &'static str> {
        let url = url::Url::parse(&written).ok();
        url.filter(|url| is_web(url) && url.username().is_empty() && url.password().is_none())
            .map(|url| Self(url.into()))
            .ok_or("`terms` must be a URL that begins with http:// or https://")
    }
}

/// A scheme with a host and no path.
#[derive(Clone, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(try_from = "String")]
pub(super) struct Origin(String);

impl Origin {
    /// The URL of a path.
    pub(super) fn join(&self, path: &str) -> String {
        format!("{}{path}", self.0)
    }
}

impl TryFrom<String> for Origin {
    type Error = &'static str;

    fn try_from(written: String) -> Result<Self, &'static str> {
        let error = "`origin` must be a scheme and a host, as in https://news.example";
        let url = url::Url::parse(&written).map_err(|_| error)?;
        let bare = url.path() == "/" && url.query().is_none() && url.fragment().is_none();
        let origin = url.origin().ascii_serialization();
        let is_itself = written.trim_end_matches('/').eq_ignore_ascii_case(&origin);
        (bare && is_web(&url) && is_itself)
            .then_some(Self(origin))
            .ok_or(error)
    }
}

fn is_web(url: &url::Url) -> bool {
    ["http", "https"].contains(&url.scheme()) && url.has_host()
}

/// The settings with their files read.
#[derive(Debug)]
pub(super) struct Publisher {
    pub(super) settings: PageSettings,
    pub(super) logo: Option<Picture>,
    about: Router<facts::Told>,
    heads: FromFiles<HtmlHead>,
    pixels: FromFiles<Option<(usize, usize)>>,
}

impl Publisher {
    /// Reads the pictures that the settings name. They become the page's own files, with the accent's style sheet.
    pub(super) fn read(settings: PageSettings) -> std::io::Result<(Self, Vec<PublisherFile>)> {
        let mut files = Vec::new();
        let logo = settings.logo.as_deref();
        let logo = logo
            .map(|file| pictures::read(file, &mut files))
            .transpose()?;
        let mut about = Router::new();
        for (pattern, written) in &settings.about {
            let preview = match &written.preview {
                Some(WrittenPreview::Picture { picture, alt }) => Some(Preview::Picture {
                    picture: pictures::read(picture, &mut files)?,
                    alt: alt.0.clone(),
                }),
                Some(WrittenPreview::Text { text }) => Some(Preview::Text(text.0.clone())),
                None => None,
            };
            let text = |line: &Option<Line>| line.as_ref().map(|line| line.0.clone());
            let told = facts::Told {
                title: text(&written.title),
                description: text(&written.description),
                kind: text(&written.kind),
                preview,
            };
            // `parse` has tried all patterns.
            let _ = about.insert(pattern.as_str(), told);
        }
        if let Some(css) = settings.css() {
            files.push(PublisherFile::style_sheet(css));
        }
        let publisher = Self {
            settings,
            logo,
            about,
            heads: FromFiles::default(),
            pixels: FromFiles::default(),
        };
        Ok((publisher, files))
    }

    /// The patterns that something is said of.
    pub(super) fn patterns(&self) -> impl Iterator<Item = &str> {
        self.settings.about.keys().map(String::as_str)
    }

    /// Title and description that the settings have for a pattern.
    pub(super) fn said_of(&self, pattern: &str) -> (Option<String>, Option<String>) {
        let text = |line: &Option<Line>| line.as_ref().map(|line| line.0.clone());
        let about = self.settings.about.get(pattern);
        about.map_or((None, None), |about| {
            (text(&about.title), text(&about.description))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<PageSettings, String> {
        PageSettings::parse(text.parse().expect("TOML")).map_err(|error| error.to_string())
    }

    #[test]
    fn settings_of_a_page_are_read() {
        let read = parse(
            r##"
            name = "The Daily  Example"
            description = "News"
            logo = "logo.svg"
            accent = { light = "#0f6b5c", dark = "#66d3bf" }
            language = "de"
            rate = { currency = "EUR", per-token = "0.95" }
            terms = "https://news.example/terms?of=use"
            origin = "https://news.example"
            csp = { img-src = ["https://cdn.example"] }

            [about."/doggo.jpg"]
            title = "A dog"
            preview = { picture = "small.jpg", alt = "A brown dog" }

            [about."/archive/{*rest}"]
            kind = "Newspaper"
            preview = { text = "It was a dark night …" }
            "##,
        );
        let read = read.expect("settings");
        assert_eq!(read.name(), Some("The Daily Example"));
        assert!(read.policy().contains("https://cdn.example"));
        assert!(parse("").is_ok());
    }

    #[test]
    fn what_is_wrong_is_said() {
        for (text, sentence) in [
            ("nme = \"x\"", "unknown field `nme`"),
            ("name = \"\"", "must not be empty"),
            ("logo = \"a.svg\"", "`logo` needs a `name`"),
            ("terms = \"javascript:alert(1)\"", "http:// or https://"),
            ("terms = \"https://a:b@c.example\"", "http:// or https://"),
            ("terms = \"/terms\"", "http:// or https://"),
            ("origin = \"https://a.example/b\"", "`origin` must be"),
            ("origin = \"https://a@a.example\"", "`origin` must be"),
            ("origin = \"ftp://a.example\"", "`origin` must be"),
            ("language = \"de_DE\"", "`language` must be"),
            (
                "rate = { currency = \"EUR\", per-token = 0.95 }",
                "expected a string",
            ),
            (
                "rate = { currency = \"EUR\", per-token = \"a\" }",
                "`per-token` must be",
            ),
            (
                "csp = { script-src = [\"'unsafe-eval'\"] }",
                "can't be added",
            ),
            ("about.doggo.title = \"x\"", "it must start with /"),
            ("about.\"/{*a}b\".title = \"x\"", "can't be used"),
            ("about.\"/a\".titel = \"x\"", "unknown field `titel`"),
            (
                "about.\"/a\".preview = { picture = \"a.jpg\" }",
                "`preview` must be",
            ),
            ("accent = \"pale blue\"", "is no colour"),
        ] {
            let error = parse(text).expect_err(text);
            assert!(error.contains(sentence), "{text}: {error}");
        }
    }
}
