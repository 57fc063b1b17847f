//! The token's symbol and decimals.
//!
//! They are claims of the token's contract, which anybody may have written, so they are used for showing
//! amounts only: whatever is charged, signed or compared is in base units. A symbol is cut to 12
//! characters, without white space, control and formatting characters, and a space separates it from the
//! digits. Amounts of a token without decimals, or with more than an amount has digits, are shown in base
//! units.

use crate::chain::{ContractError, Node, TokenContract, Transport};
use crate::protocol::{Address, Amount};

/// Characters of a symbol that are shown.
const SYMBOL_LENGTH: usize = 12;
/// An amount has no more digits: it is below 2^192.
const MOST_DECIMALS: u8 = 58;
/// For a token with decimals, but no symbol that can be shown.
const NO_SYMBOL: &str = "tokens";

/// How amounts of a token are shown to people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenLabel {
    symbol: String,
    decimals: u8,
}

impl TokenLabel {
    /// From what the token's contract claims; `None` for decimals that can't be shown.
    pub fn new(symbol: &str, decimals: u8) -> Option<Self> {
        let mut symbol: String = symbol
            .chars()
            .filter(|c| can_be_shown(*c))
            .take(SYMBOL_LENGTH)
            .collect();
        if symbol.is_empty() {
            NO_SYMBOL.clone_into(&mut symbol);
        }
        (decimals <= MOST_DECIMALS).then_some(Self { symbol, decimals })
    }

    /// Asks the token. `None` where it tells no decimals; fails where the node can't be asked.
    pub async fn read<T: Transport>(
        node: &Node<T>,
        token: Address,
    ) -> Result<Option<Self>, ContractError> {
        let token = TokenContract(token);
        let Some(decimals) = told(token.decimals(node).await)? else {
            return Ok(None);
        };
        let symbol = told(token.symbol(node).await)?.unwrap_or_default();
        Ok(Self::new(&symbol, decimals))
    }

    /// The symbol, fit to be shown. It may hold any punctuation: HTML needs it escaped.
    pub fn symbol(&self) -> &str {
        &self.symbol
    }

    /// How many of an amount's digits stand after the point.
    pub fn decimals(&self) -> u8 {
        self.decimals
    }

    /// An amount, exactly, as in `0.1 TKN`.
    pub fn show(&self, amount: Amount) -> String {
        format!("{} {}", self.number(amount), self.symbol)
    }

    /// An amount, exactly, without the symbol.
    pub(super) fn number(&self, amount: Amount) -> String {
        let decimals = usize::from(self.decimals);
        let digits = format!("{:0>width$}", amount.to_string(), width = decimals + 1);
        let (whole, fraction) = digits.split_at(digits.len() - decimals);
        let fraction = fraction.trim_end_matches('0');
        let point = if fraction.is_empty() { "" } else { "." };
        format!("{whole}{point}{fraction}")
    }
}

/// Letters and digits of any script, what ASCII prints but space, and signs of currencies.
fn can_be_shown(c: char) -> bool {
    c.is_alphanumeric() || c.is_ascii_graphic() || ('\u{20a0}'..='\u{20cf}').contains(&c)
}

/// `None`: the token's contract lacks the function, or returns something else. A failing node is an error.
fn told<T>(answer: Result<T, ContractError>) -> Result<Option<T>, ContractError> {
    match answer {
        Ok(value) => Ok(Some(value)),
        Err(ContractError::Answer { .. }) => Ok(None),
        Err(ContractError::Chain(error)) if error.is_revert() => Ok(None),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn label(symbol: &str, decimals: u8) -> TokenLabel {
        TokenLabel::new(symbol, decimals).expect("decimals that can be shown")
    }

    #[test]
    fn amounts_are_shown_exactly() {
        let shown = |amount: &str, decimals| {
            label("TKN", decimals).show(amount.parse().expect("an amount"))
        };
        assert_eq!(shown("100000000000000000", 18), "0.1 TKN");
        assert_eq!(shown("100000000000000003", 18), "0.100000000000000003 TKN");
        assert_eq!(shown("0", 18), "0 TKN");
        assert_eq!(shown("5", 0), "5 TKN");
        assert_eq!(shown("1000", 3), "1 TKN");
        assert_eq!(shown("1230", 1), "123 TKN");
        let most = Amount::MAX.to_string();
        assert_eq!(
            shown(&most, 58),
            format!("0.{} TKN", most.trim_end_matches('0'))
        );
    }

    #[test]
    fn a_symbol_is_cut_to_what_can_be_shown() {
        for (claimed, shown) in [
            ("TKN", "TKN"),
            ("₿ÖŁ", "₿ÖŁ"),
            ("", "tokens"),
            ("\0\n\t ", "tokens"),
            ("TKN\u{202e}001", "TKN001"),
            ("\u{200b}\u{feff}\u{2066}X\u{e0041}", "X"),
            ("000 TKN", "000TKN"),
            ("a-symbol-without-end", "a-symbol-wit"),
        ] {
            assert_eq!(label(claimed, 18).symbol(), shown, "{claimed:?}");
        }
        assert_eq!(TokenLabel::new("TKN", 59), None);
        assert_eq!(TokenLabel::new("TKN", 255), None);
    }
}
