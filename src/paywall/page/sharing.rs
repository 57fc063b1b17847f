//! What search engines and shared links show of a page: descriptions, Open Graph, Twitter's cards.

use super::super::publisher::Preview;
use super::PageContent;
use super::fill::Filling;
use super::html::escape;

/// The elements of the head. URLs have to be whole, so those are there only if the server knows its origin.
pub(super) fn head(filling: &Filling<'_>) -> String {
    let settings = &filling.page.publisher().settings;
    let (title, description) = match filling.facts {
        Some(facts) => (facts.title.as_str(), facts.description.as_deref()),
        None => (
            settings
                .name()
                .unwrap_or_else(|| filling.words.say("files")),
            settings.description(),
        ),
    };
    let is_article = filling
        .facts
        .and_then(|facts| facts.media_type.as_deref())
        .is_some_and(|kind| kind.starts_with("text/"));
    let path = match filling.about {
        PageContent::Offer { offer, .. } => offer.resource.as_str(),
        PageContent::Files { .. } => "/",
    };
    let url = settings.origin.as_ref().map(|origin| origin.join(path));
    let mut head = Elements::default();
    head.named("description", description);
    head.property("og:title", Some(title));
    head.property("og:description", description);
    head.property(
        "og:type",
        Some(if is_article { "article" } else { "website" }),
    );
    head.property("og:site_name", settings.name());
    head.property("og:url", url.as_deref());
    let picture = picture(filling);
    let (image, alt) = picture.as_ref().map_or((None, None), |(image, alt)| {
        (Some(image.as_str()), Some(alt.as_str()))
    });
    head.property("og:image", image);
    head.property("og:image:alt", alt);
    let is_large = image.is_some() && filling.facts.is_some_and(|facts| facts.preview.is_some());
    let card = if is_large {
        "summary_large_image"
    } else {
        "summary"
    };
    head.named("twitter:card", Some(card));
    head.named("twitter:title", Some(title));
    head.named("twitter:description", description);
    head.named("twitter:image", image);
    if let Some(url) = url {
        head.0.push_str(&format!(
            "<link rel=\"canonical\" href=\"{}\">",
            escape(&url)
        ));
    }
    head.0.extend(filling.accent());
    head.0
}

/// The URL of the preview, else of the logo, and what it shows.
fn picture(filling: &Filling<'_>) -> Option<(String, String)> {
    let publisher = filling.page.publisher();
    let origin = publisher.settings.origin.as_ref()?;
    let preview = filling.facts.and_then(|facts| facts.preview.as_ref());
    let (picture, alt) = match preview {
        Some(Preview::Picture { picture, alt }) => (picture, alt.as_str()),
        _ => (publisher.logo.as_ref()?, publisher.settings.name()?),
    };
    Some((origin.join(&filling.url_of(picture)), alt.to_owned()))
}

#[derive(Default)]
struct Elements(String);

impl Elements {
    fn named(&mut self, name: &str, content: Option<&str>) {
        self.meta("name", name, content);
    }

    fn property(&mut self, name: &str, content: Option<&str>) {
        self.meta("property", name, content);
    }

    fn meta(&mut self, attribute: &str, name: &str, content: Option<&str>) {
        if let Some(content) = content {
            let content = escape(content);
            let element = format!("<meta {attribute}=\"{name}\" content=\"{content}\">");
            self.0.push_str(&element);
        }
    }
}
