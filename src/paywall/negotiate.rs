//! Content negotiation.

use http::{HeaderMap, header};

/// Whether the 402 should be a page: `text/html` is among the accepted types and the best entry is
/// not `*/*`, the rule of the original server. No `Accept` at all means a program.
pub fn wants_page(headers: &HeaderMap) -> bool {
    let entries: Vec<(&str, u16)> = headers
        .get_all(header::ACCEPT)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(entry)
        .filter(|(kind, _)| !kind.is_empty())
        .collect();
    let matches = |kind: &str| matches!(kind, "text/html" | "text/*" | "*/*");
    let accepted = entries
        .iter()
        .any(|(kind, quality)| matches(kind) && *quality > 0);
    // Of equally good entries the more specific one counts.
    let rank =
        |(kind, quality): &&(&str, u16)| (*quality, !kind.starts_with("*/"), !kind.ends_with("/*"));
    let best = entries.iter().max_by_key(rank);
    accepted && best.is_some_and(|(kind, _)| *kind != "*/*")
}

/// An entry of `Accept` or `Accept-Encoding`: what is accepted, and its quality in thousandths.
pub(super) fn entry(text: &str) -> (&str, u16) {
    let mut parts = text.split(';').map(str::trim);
    let kind = parts.next().unwrap_or_default();
    let quality = parts
        .filter_map(|part| part.split_once('='))
        .find(|(name, _)| name.trim() == "q")
        .map_or(1000, |(_, value)| quality(value.trim()));
    (kind, quality)
}

fn quality(text: &str) -> u16 {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let digits: String = fraction.chars().chain("000".chars()).take(3).collect();
    let thousandths = digits.parse().unwrap_or(0);
    if whole == "1" { 1000 } else { thousandths }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page_for(accept: Option<&str>) -> bool {
        let mut headers = HeaderMap::new();
        if let Some(accept) = accept {
            headers.insert(header::ACCEPT, accept.parse().expect("header"));
        }
        wants_page(&headers)
    }

    #[test]
    fn browsers_get_the_page_and_programs_do_not() {
        assert!(page_for(Some(
            "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8"
        )));
        assert!(page_for(Some("text/html")));
        // A quirk of the original that is kept.
        assert!(page_for(Some("application/json, */*;q=0.5")));
        for program in [
            None,
            Some("*/*"),
            Some("application/json"),
            Some(""),
            Some("text/html;q=0"),
        ] {
            assert!(!page_for(program), "{program:?}");
        }
    }
}
