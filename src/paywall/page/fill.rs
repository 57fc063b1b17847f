//! What stands at the page's marks.

use serde_json::Value;

use super::super::publisher::Preview;
use super::super::publisher::{Facts, Picture, PublisherFile};
use super::super::token::TokenLabel;
use super::super::words::{FOLDER, Words};
use super::html::escape;
use super::template::{Kind, Mark};
use super::{Page, PageContent, beside, list, sharing, show};
use crate::protocol::Amount;

/// Pixels: with the logo's own width in proportion.
const LOGO_HEIGHT: usize = 40;

/// All that is known when a page is filled in.
pub(super) struct Filling<'a> {
    pub(super) page: &'a Page,
    pub(super) about: PageContent<'a>,
    pub(super) facts: Option<&'a Facts>,
    pub(super) words: &'a Words,
}

impl Filling<'_> {
    /// The HTML at a mark; empty where it has nothing to say.
    pub(super) fn fill(&self, mark: &Mark, config: &Value) -> String {
        match mark {
            Mark::Config => config_element(self.about.kind(), config),
            Mark::Direction => self.words.direction().to_owned(),
            Mark::Files => list::flat(self),
            Mark::Head => sharing::head(self),
            Mark::Language => escape(self.words.tag()),
            Mark::List => list::by_folder(self),
            Mark::Modules => self.preloads(),
            Mark::Publisher => self.publisher(),
            Mark::Terms => self.terms(),
            Mark::Title => self.title(),
            Mark::Version => self.page.files.version().to_owned(),
            Mark::Word(key) => escape(self.words.say(key)),
            Mark::About
            | Mark::Name
            | Mark::Preview
            | Mark::Price
            | Mark::Rate
            | Mark::Receiver => self.of_offer(mark).unwrap_or_default(),
            Mark::Only(_) | Mark::End => String::new(),
        }
    }

    fn of_offer(&self, mark: &Mark) -> Option<String> {
        let PageContent::Offer { offer, .. } = self.about else {
            return None;
        };
        let facts = self.facts?;
        match mark {
            Mark::About => self.about_element(facts),
            Mark::Name => Some(escape(&facts.title)),
            Mark::Preview => self.preview(facts),
            Mark::Price => Some(escape(
                &self.price(offer.token_label.as_ref(), offer.demand.price),
            )),
            Mark::Rate => {
                let beside = self.beside(offer.token_label.as_ref(), offer.demand.price)?;
                Some(escape(&format!(", {beside}")))
            }
            Mark::Receiver => Some(offer.demand.receiver.to_string()),
            _ => None,
        }
    }

    /// In the token's unit.
    pub(super) fn price(&self, label: Option<&TokenLabel>, amount: Amount) -> String {
        show(label, amount, self.words)
    }

    /// In the publisher's currency.
    pub(super) fn beside(&self, label: Option<&TokenLabel>, amount: Amount) -> Option<String> {
        let rate = self.page.publisher().settings.rate.as_ref();
        beside(rate, label, amount, self.words)
    }

    fn title(&self) -> String {
        let own = match self.facts {
            Some(facts) => self.words.say_with("document-title", "title", &facts.title),
            None => self.words.say("files").to_owned(),
        };
        match self.page.publisher().settings.name() {
            Some(name) => escape(&format!("{own} · {name}")),
            None => escape(&own),
        }
    }

    /// The list of files needs none of the offer's scripts.
    fn preloads(&self) -> String {
        if self.about.kind() == Kind::Files {
            return String::new();
        }
        let place = self.page.files.place();
        let link = |script| format!("<link rel=\"modulepreload\" href=\"{place}{script}\">");
        let own_messages = self.words.has_messages();
        let scripts = self.page.files.scripts(self.words.tag(), own_messages);
        let messages = own_messages.then(|| {
            let file = format!("{place}{FOLDER}/{}.json", self.words.tag());
            // The page's script finds it by its id.
            format!("<link rel=\"preload\" as=\"fetch\" id=\"paywall-messages\" href=\"{file}\" crossorigin>")
        });
        scripts.map(link).chain(messages).collect()
    }

    /// The URL path of a publisher's picture.
    pub(super) fn url_of(&self, picture: &Picture) -> String {
        format!("{}{}", self.page.files.place(), picture.path)
    }

    /// The link to the accent's style sheet.
    pub(super) fn accent(&self) -> Option<String> {
        self.page.publisher().settings.css()?;
        let path = PublisherFile::style_sheet_path();
        let place = self.page.files.place();
        Some(format!("<link rel=\"stylesheet\" href=\"{place}{path}\">"))
    }

    fn publisher(&self) -> String {
        let publisher = self.page.publisher();
        let Some(name) = publisher.settings.name() else {
            return String::new();
        };
        let logo = publisher.logo.as_ref().map(|logo| {
            let size = logo.size.filter(|(_, height)| *height > 0);
            let width = size.map(|(width, height)| {
                let width = width.saturating_mul(LOGO_HEIGHT) / height;
                format!(" width=\"{}\"", width.clamp(1, 10 * LOGO_HEIGHT))
            });
            format!(
                "<img class=\"publisher-logo\" src=\"{}\" alt=\"\"{} height=\"{LOGO_HEIGHT}\">",
                escape(&self.url_of(logo)),
                width.unwrap_or_default(),
            )
        });
        format!(
            "<p slot=\"publisher\" class=\"publisher\" data-testid=\"publisher\">{}\
             <span class=\"publisher-name\" dir=\"auto\">{}</span></p>",
            logo.unwrap_or_default(),
            escape(name),
        )
    }

    fn about_element(&self, facts: &Facts) -> Option<String> {
        let kind = facts.kind_and_size(self.words).map(|kind| {
            format!(
                "<p class=\"kind\" data-testid=\"kind\">{}</p>",
                escape(&kind)
            )
        });
        let description = facts.description.as_ref().map(|text| {
            format!(
                "<p class=\"description\" data-testid=\"description\" dir=\"auto\">{}</p>",
                escape(text)
            )
        });
        let inner: String = kind.into_iter().chain(description).collect();
        (!inner.is_empty()).then(|| format!("<div slot=\"about\" class=\"about\">{inner}</div>"))
    }

    fn preview(&self, facts: &Facts) -> Option<String> {
        let inner = match facts.preview.as_ref()? {
            Preview::Picture { picture, alt } => {
                let size = picture
                    .size
                    .map(|(width, height)| format!(" width=\"{width}\" height=\"{height}\""));
                format!(
                    "<img src=\"{}\" alt=\"{}\"{}>",
                    escape(&self.url_of(picture)),
                    escape(alt),
                    size.unwrap_or_default(),
                )
            }
            Preview::Text(text) => {
                format!("<blockquote dir=\"auto\">{}</blockquote>", escape(text))
            }
        };
        Some(format!(
            "<figure slot=\"preview\" class=\"preview\" data-testid=\"preview\">{inner}</figure>"
        ))
    }

    fn terms(&self) -> String {
        let terms = self.page.publisher().settings.terms.as_ref();
        terms.map_or_else(String::new, |terms| {
            format!(
                "<p slot=\"terms\" class=\"terms\"><a href=\"{}\" rel=\"terms-of-service\" data-testid=\"terms\">\
                 {}</a></p>",
                escape(terms.as_str()),
                escape(self.words.say("terms")),
            )
        })
    }
}

fn config_element(kind: Kind, config: &Value) -> String {
    let kind = match kind {
        Kind::Offer => "offer",
        Kind::Files => "files",
    };
    // Only `<` could end the script element.
    let config = config.to_string().replace('<', "\\u003c");
    format!(
        "<script type=\"application/json\" id=\"paywall-config\" data-about=\"{kind}\">{config}</script>"
    )
}
