//! The HTML page for browsers.
//!
//! What a visitor wants to know before paying is part of the HTML: it shows at the first paint and without JavaScript.
//! `index.html` holds a mark for each, as in `<!--paywall-price-->`; docs/own-page.md lists them. Only that of the
//! configuration is required.

mod amounts;
mod fill;
mod html;
mod list;
mod sharing;
mod template;

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;
use http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY, VARY};
use http::{HeaderMap, HeaderValue, Response};
use percent_encoding::percent_decode_str;
use serde_json::{Value, json};

pub(super) use self::amounts::{beside, show};
use self::fill::Filling;
use self::template::{Fragment, Kind, Mark};
use super::offer::Offer;
use super::own_files::{OwnFiles, PageFiles};
use super::publisher::{Facts, PageSettings, Publisher};
use super::token::TokenLabel;
use super::words::{LanguageChoice, Languages, Words};
use crate::protocol::Amount;

/// The page: `index.html` of its folder, split at its marks, the files that it may load, and what its publisher says.
#[derive(Clone, Debug)]
pub struct Page {
    html: Vec<Fragment>,
    files: OwnFiles,
    languages: Languages,
    publisher: Arc<Publisher>,
    policy: HeaderValue,
}

/// Marks answers that the paywall says itself: the page, and what is sold.
#[derive(Clone, Copy, Debug)]
pub(super) struct OwnPage;

/// One of the files that the page lists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedFile {
    /// Its path as URLs have it, percent-encoded.
    pub path: String,
    /// What it costs, in token base units.
    pub price: Amount,
    /// The file itself.
    pub file: PathBuf,
}

/// What the page is about.
#[derive(Clone, Copy, Debug)]
pub enum PageContent<'a> {
    /// A resource that costs something.
    Offer {
        /// Its terms.
        offer: &'a Offer,
        /// Its file, if it is one of this server.
        file: Option<&'a Path>,
    },
    /// The list of all files.
    Files {
        /// In the order in which they are listed.
        files: &'a [ListedFile],
        /// What their token is called.
        label: Option<&'a TokenLabel>,
    },
}

impl PageContent<'_> {
    fn kind(&self) -> Kind {
        match self {
            Self::Offer { .. } => Kind::Offer,
            Self::Files { .. } => Kind::Files,
        }
    }
}

impl Page {
    /// Reads `index.html` of a folder, which must hold the mark of the configuration once, and the files of both
    /// folders. They are read once: what changes later is served by the next start.
    pub fn read(folder: &Path, package: &Path) -> io::Result<Self> {
        Self::read_for(folder, package, PageSettings::default())
    }

    /// The same, for a publisher. Its pictures are read as well.
    pub fn read_for(folder: &Path, package: &Path, settings: PageSettings) -> io::Result<Self> {
        Self::with_files(&PageFiles::read(folder, package)?, settings)
    }

    /// The same with files that were read already.
    pub fn with_files(files: &PageFiles, settings: PageSettings) -> io::Result<Self> {
        let folder = files.folder();
        let wrong = |what: String| io::Error::new(io::ErrorKind::InvalidData, what);
        let languages = Languages::read(folder)?;
        if let LanguageChoice::Fixed(tag) = &settings.language
            && languages.find(tag).is_none()
        {
            return Err(wrong(format!(
                "the page has no words in `{tag}`: it has {}. Add words/{tag}.json to its folder",
                languages.names()
            )));
        }
        let html = std::fs::read_to_string(folder.join("index.html"))?;
        let html = template::parse(&html, &languages)?;
        let (publisher, pictures) = Publisher::read(settings)?;
        let policy = publisher.settings.policy();
        let policy = HeaderValue::try_from(policy).map_err(|error| wrong(error.to_string()))?;
        Ok(Self {
            html,
            files: OwnFiles::new(files, pictures),
            languages,
            publisher: Arc::new(publisher),
            policy,
        })
    }

    /// Compresses all files now, so that no visitor waits for it.
    pub fn compress(&self) {
        self.files.compress();
    }

    /// The files that it may load.
    pub(super) fn files(&self) -> &OwnFiles {
        &self.files
    }

    /// What its publisher says.
    pub(super) fn publisher(&self) -> &Publisher {
        &self.publisher
    }

    /// The page about something, in the client's language, with its configuration.
    pub fn render(
        &self,
        about: PageContent<'_>,
        config: &Value,
        asked: &HeaderMap,
    ) -> Response<Bytes> {
        let words = self.words(asked);
        let facts = self.facts(about, words);
        let mut config = config.clone();
        config["page"] = self.told(facts.as_ref(), about, words);
        let filling = Filling {
            page: self,
            about,
            facts: facts.as_ref(),
            words,
        };
        let html = self.fill(&filling, &config);
        let varies = match self.is_in_many_languages() {
            true => "Accept, Accept-Language",
            false => "Accept",
        };
        let mut response = Response::new(Bytes::from(html));
        let headers = [
            (CONTENT_TYPE, "text/html; charset=utf-8"),
            (REFERRER_POLICY, "no-referrer"),
            (VARY, varies),
        ];
        let headers = headers.map(|(name, value)| (name, HeaderValue::from_static(value)));
        response.headers_mut().extend(headers);
        let policy = self.policy.clone();
        response
            .headers_mut()
            .insert(CONTENT_SECURITY_POLICY, policy);
        response.extensions_mut().insert(OwnPage);
        response
    }

    /// What the page says of an offer, for programs: the `page` of its configuration.
    pub(super) fn describe(&self, about: PageContent<'_>, asked: &HeaderMap) -> Value {
        let words = self.words(asked);
        let facts = self.facts(about, words);
        self.told(facts.as_ref(), about, words)
    }

    /// The language of an answer.
    pub(super) fn words(&self, asked: &HeaderMap) -> &Words {
        match &self.publisher.settings.language {
            LanguageChoice::Auto => self.languages.accepted(asked),
            // `read_for` has found it.
            LanguageChoice::Fixed(tag) => {
                let words = self.languages.find(tag);
                words.unwrap_or(self.languages.default())
            }
        }
    }

    /// Whether the client chooses the language.
    pub(super) fn is_in_many_languages(&self) -> bool {
        self.publisher.settings.language == LanguageChoice::Auto
    }

    fn fill(&self, filling: &Filling<'_>, config: &Value) -> String {
        let mut html = String::new();
        let mut is_shown = true;
        for fragment in &self.html {
            match fragment {
                Fragment::Mark(Mark::Only(kind)) => is_shown = *kind == filling.about.kind(),
                Fragment::Mark(Mark::End) => is_shown = true,
                _ if !is_shown => {}
                Fragment::Text(text) => html.push_str(text),
                Fragment::Mark(mark) => html.push_str(&filling.fill(mark, config)),
            }
        }
        html
    }

    fn facts(&self, about: PageContent<'_>, words: &Words) -> Option<Facts> {
        match about {
            PageContent::Offer { offer, file } => Some(self.facts_of(&offer.resource, file, words)),
            PageContent::Files { .. } => None,
        }
    }

    /// About a resource, by its path and query as URLs have them.
    pub(super) fn facts_of(&self, resource: &str, file: Option<&Path>, words: &Words) -> Facts {
        let path = resource.split('?').next().unwrap_or_default();
        let path = percent_decode_str(path).decode_utf8_lossy();
        self.publisher.facts(resource, &path, file, words)
    }

    /// The member `page` of the configuration.
    fn told(&self, facts: Option<&Facts>, about: PageContent<'_>, words: &Words) -> Value {
        let settings = &self.publisher.settings;
        let place = self.files.place();
        let mut told = facts.map_or(json!({}), |facts| facts.to_json(&place));
        told["publisher"] = settings.name().map_or(Value::Null, |name| {
            let logo = self.publisher.logo.as_ref();
            json!({
                "name": name,
                "description": settings.description(),
                "logo": logo.map(|logo| format!("{place}{}", logo.path)),
            })
        });
        told["rate"] = settings.rate.as_ref().map_or(
            Value::Null,
            |rate| json!({ "currency": rate.currency(), "perToken": rate.per_token() }),
        );
        told["language"] = json!(words.tag());
        told["terms"] = json!(settings.terms.as_ref().map(|terms| terms.as_str()));
        let path = match about {
            PageContent::Offer { offer, .. } => &offer.resource,
            PageContent::Files { .. } => "/",
        };
        told["url"] = json!(settings.origin.as_ref().map(|origin| origin.join(path)));
        told
    }
}
