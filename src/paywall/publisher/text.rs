//! Texts that people wrote, for one line.

/// Characters of a title or a description.
const MOST: usize = 500;

/// In one line, without control characters and those that turn the direction of what follows; cut if it is long. `None`:
/// nothing is left.
pub(super) fn clean(text: &str) -> Option<String> {
    let is_kept = |c: &char| {
        !c.is_control()
            && !matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}' | '\u{fffd}')
    };
    let words = text.split_whitespace();
    let words = words.map(|word| word.chars().filter(is_kept).collect::<String>());
    let words: Vec<String> = words.filter(|word| !word.is_empty()).collect();
    let line = words.join(" ");
    let cut = match line.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}…", line.get(..end).unwrap_or_default().trim_end()),
        None => line,
    };
    (!cut.is_empty()).then_some(cut)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_has_one_line_and_an_end() {
        assert_eq!(clean(" a\n\tb \u{0}c\u{202e}d ").as_deref(), Some("a b cd"));
        assert_eq!(clean("\u{a0}\n\u{feff}"), None);
        let long = clean(&"ä".repeat(1000)).expect("text");
        assert_eq!(long.chars().count(), MOST + 1);
    }
}
