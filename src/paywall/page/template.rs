//! `index.html` of the page's folder, split at its marks.

use std::io;

use super::super::words::Languages;

const MARK: &str = "<!--paywall-";
const MARK_END: &str = "-->";
const WORD: &str = "word-";

/// A piece of `index.html`.
#[derive(Clone, Debug)]
pub(super) enum Fragment {
    Text(String),
    Mark(Mark),
}

/// What is filled in, by the mark's name. What is an element of its own names the slot that it is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Mark {
    /// `about`: kind, size and description. An element.
    About,
    /// `config`: the JSON element `paywall-config`, at the start of the body.
    Config,
    /// `direction`: of the language, `ltr` or `rtl`.
    Direction,
    /// `files`: the items of the list, in one list.
    Files,
    /// `head`: what search engines and shared links show, and the publisher's style sheet. Elements.
    Head,
    /// `language`: its tag.
    Language,
    /// `list`: the items of the list, by folder. Elements.
    List,
    /// `modules`: elements that have the browser load the page's own scripts at once, where something is sold.
    Modules,
    /// `name`: the resource's title.
    Name,
    /// `preview`: a picture or text. An element.
    Preview,
    /// `price`: in the token's unit.
    Price,
    /// `publisher`: logo and name. An element.
    Publisher,
    /// `rate`: a comma, and the price in a currency.
    Rate,
    /// `receiver`: its address.
    Receiver,
    /// `terms`: a link. An element.
    Terms,
    /// `title`: of the document.
    Title,
    /// `version`: the folder below `/js/` whose files caches keep for ever.
    Version,
    /// `word-…`: a text by its key.
    Word(String),
    /// `only-offer`, `only-files`: what follows, up to `end`, is in that page alone.
    Only(Kind),
    /// `end`.
    End,
}

/// Which page it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Offer,
    Files,
}

impl Mark {
    fn named(name: &str, languages: &Languages) -> Option<Self> {
        if let Some(key) = name.strip_prefix(WORD) {
            return languages.has(key).then(|| Self::Word(key.to_owned()));
        }
        Some(match name {
            "about" => Self::About,
            "config" => Self::Config,
            "direction" => Self::Direction,
            "end" => Self::End,
            "files" => Self::Files,
            "head" => Self::Head,
            "language" => Self::Language,
            "list" => Self::List,
            "modules" => Self::Modules,
            "name" => Self::Name,
            "only-files" => Self::Only(Kind::Files),
            "only-offer" => Self::Only(Kind::Offer),
            "preview" => Self::Preview,
            "price" => Self::Price,
            "publisher" => Self::Publisher,
            "rate" => Self::Rate,
            "receiver" => Self::Receiver,
            "terms" => Self::Terms,
            "title" => Self::Title,
            "version" => Self::Version,
            _ => return None,
        })
    }
}

/// Splits `index.html` at its marks.
pub(super) fn parse(text: &str, languages: &Languages) -> io::Result<Vec<Fragment>> {
    let wrong = |what: String| io::Error::new(io::ErrorKind::InvalidData, what);
    let mut fragments = Vec::new();
    let mut is_within = false;
    let mut rest = text;
    while let Some((before, after)) = rest.split_once(MARK) {
        let (name, after) = after
            .split_once(MARK_END)
            .ok_or_else(|| wrong(format!("a mark {MARK} in index.html has no end")))?;
        let mark = Mark::named(name, languages)
            .ok_or_else(|| wrong(format!("index.html holds an unknown mark: {name}")))?;
        is_within = match (&mark, is_within) {
            (Mark::Only(_), false) => true,
            (Mark::End, true) => false,
            (Mark::Only(_) | Mark::End, _) => {
                let what = format!("the mark {name} in index.html is within another, or ends none");
                return Err(wrong(what));
            }
            (_, as_before) => as_before,
        };
        fragments.push(Fragment::Text(before.to_owned()));
        fragments.push(Fragment::Mark(mark));
        rest = after;
    }
    fragments.push(Fragment::Text(rest.to_owned()));
    if is_within {
        let what = "index.html holds a mark only-… without its end";
        return Err(wrong(what.to_owned()));
    }
    let configs = fragments
        .iter()
        .filter(|fragment| matches!(fragment, Fragment::Mark(Mark::Config)));
    if configs.count() != 1 {
        return Err(wrong(format!(
            "index.html does not hold {MARK}config{MARK_END} once"
        )));
    }
    Ok(fragments)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn a_page_without_a_place_for_its_configuration_is_refused() {
        let languages = Languages::read(Path::new("/nowhere")).expect("those built in");
        let config = "<!--paywall-config-->";
        for text in [
            "".to_owned(),
            format!("{config}{config}"),
            format!("{config}<!--paywall-prize-->"),
            format!("{config}<!--paywall-price"),
            format!("{config}<!--paywall-word-nothing-->"),
            format!("{config}<!--paywall-only-files-->"),
            format!("{config}<!--paywall-end-->"),
            format!("<!--paywall-only-files--><!--paywall-only-offer-->{config}<!--paywall-end-->"),
        ] {
            assert!(parse(&text, &languages).is_err(), "{text}");
        }
        for text in [
            format!("<!-- a comment -->{config}"),
            format!("<!--paywall-only-files--><!--paywall-word-free--><!--paywall-end-->{config}"),
        ] {
            assert!(parse(&text, &languages).is_ok(), "{text}");
        }
    }
}
