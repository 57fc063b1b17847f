//! What the original server reads besides what its protocol says, for clients that need it
//! ([`AnswerFormat::Original`]): a header without a value counts as missing, hex may lack its `0x`, and numbers
//! may begin with `+`.

use std::borrow::Cow;

use crate::protocol::header::name;

use super::response::AnswerFormat;

impl AnswerFormat {
    /// A payment header's or cookie's text as the protocol's readers take it. `None`: it counts as missing.
    pub(super) fn read<'a>(self, header: &str, text: &'a str) -> Option<Cow<'a, str>> {
        if self == Self::Problem {
            return Some(Cow::Borrowed(text));
        }
        (!text.is_empty()).then(|| match header {
            name::CONTRACT_ADDRESS
            | name::RECEIVER_ADDRESS
            | name::SENDER_ADDRESS
            | name::BALANCE_SIGNATURE => self.hex(text),
            name::BALANCE | name::SENDER_BALANCE | name::OPEN_BLOCK | name::PRICE => {
                Cow::Borrowed(self.number(text))
            }
            _ => Cow::Borrowed(text),
        })
    }

    /// A number's text. A space is what a form makes of `+`.
    pub(super) fn number(self, text: &str) -> &str {
        match self {
            Self::Problem => text,
            Self::Original => {
                let text = text.trim();
                text.strip_prefix('+').unwrap_or(text)
            }
        }
    }

    /// An address in a path.
    #[cfg(feature = "paywall")]
    pub(super) fn address(self, text: &str) -> Option<crate::protocol::Address> {
        self.hex(text).parse().ok()
    }

    fn hex(self, text: &str) -> Cow<'_, str> {
        match self {
            Self::Original if !text.starts_with("0x") => {
                let digits = text.strip_prefix("0X").unwrap_or(text);
                Cow::Owned(format!("0x{digits}"))
            }
            _ => Cow::Borrowed(text),
        }
    }
}
