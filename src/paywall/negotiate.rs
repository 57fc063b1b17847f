//! Content negotiation.

use http::{HeaderMap, header};

/// The type of answers for programs.
const PROBLEM: &str = "application/problem+json";

/// Whether the 402 should be a page: `text/html` is among the accepted types and the best entry is
/// not `*/*`, the rule of the original server. No `Accept` at all means a program, and so does
/// `application/problem+json`, unless `text/html` is named as the better one.
pub fn wants_page(headers: &HeaderMap) -> bool {
    let entries = entries(headers);
    if names_problem(&entries) {
        return false;
    }
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

/// Whether the client asks for `application/problem+json` by name, and for no page rather than that.
pub fn wants_problem(headers: &HeaderMap) -> bool {
    names_problem(&entries(headers))
}

fn names_problem(entries: &[(&str, u16)]) -> bool {
    let quality = |name: &str| {
        let named = entries
            .iter()
            .filter(|(kind, _)| kind.eq_ignore_ascii_case(name));
        named.map(|(_, quality)| *quality).max().unwrap_or_default()
    };
    let problem = quality(PROBLEM);
    problem > 0 && problem >= quality("text/html")
}

/// What `Accept` names.
fn entries(headers: &HeaderMap) -> Vec<(&str, u16)> {
    headers
        .get_all(header::ACCEPT)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(entry)
        .filter(|(kind, _)| !kind.is_empty())
        .collect()
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
    fn who_names_a_problem_gets_one() {
        for (accept, problem) in [
            ("application/problem+json", true),
            ("application/problem+json, */*;q=0.5", true),
            ("text/html;q=0.9, application/problem+json", true),
            ("text/html, application/problem+json;q=0.5", false),
            ("application/problem+json;q=0, text/html", false),
            ("application/json", false),
            ("*/*", false),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT, accept.parse().expect("header"));
            assert_eq!(wants_problem(&headers), problem, "{accept}");
            assert!(!problem || !wants_page(&headers), "{accept}");
        }
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
