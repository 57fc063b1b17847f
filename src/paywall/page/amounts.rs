//! Prices as people read them.

use super::super::publisher::Rate;
use super::super::token::TokenLabel;
use super::super::words::Words;
use crate::protocol::Amount;

/// In the token's own unit, as in `0.1 TKN`, which no line breaks, else as in `3 base units`; nothing is free.
pub(in crate::paywall) fn show(
    label: Option<&TokenLabel>,
    amount: Amount,
    words: &Words,
) -> String {
    if amount.is_zero() {
        return words.say("free").to_owned();
    }
    let Some(label) = label else {
        let one = amount == Amount::from_u64(1);
        let key = if one { "base-unit" } else { "base-units" };
        return words.say_with(key, "amount", &amount.to_string());
    };
    let number = label
        .number(amount)
        .replace('.', words.say("decimal-point"));
    words.in_order(format!("{number}\u{a0}{}", label.symbol()))
}

/// In the publisher's currency, as in `about €0.10`.
pub(in crate::paywall) fn beside(
    rate: Option<&Rate>,
    label: Option<&TokenLabel>,
    amount: Amount,
    words: &Words,
) -> Option<String> {
    rate?.worth(amount, label?.decimals(), words)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::super::super::words::Languages;
    use super::*;

    #[test]
    fn prices_are_shown_in_a_language() {
        let languages = Languages::read(Path::new("/nowhere")).expect("those built in");
        let label = TokenLabel::new("T.N", 1);
        let shown = |tag: &str, label: Option<&TokenLabel>, amount| {
            let words = languages.find(tag).expect("words");
            show(label, Amount::from_u64(amount), words)
        };
        assert_eq!(shown("en", None, 1), "1 base unit");
        assert_eq!(shown("en", None, 3), "3 base units");
        assert_eq!(shown("en", None, 0), "Free");
        assert_eq!(shown("en", label.as_ref(), 3), "0.3\u{a0}T.N");
        assert_eq!(shown("de", label.as_ref(), 3), "0,3\u{a0}T.N");
        assert_eq!(shown("de", label.as_ref(), 0), "Kostenlos");
    }
}
