//! Untrusted text in the logs.
//!
//! A client chooses its path, of any length. So whatever is logged of a request goes through
//! [`ClientText`], at every level: at most [`LONGEST`] bytes of it, in quotes, with control characters and
//! line ends escaped. Addresses and numbers were read before, so they are short. The programs' logs bound
//! every other field as well, with the same [`Truncated`].

use core::fmt::{self, Write};

/// The most bytes that are written of what a client sent.
const LONGEST: usize = 200;

/// A text of a client's, to be written with `{:?}`.
pub(super) struct ClientText<'a>(pub(super) &'a str);

impl fmt::Debug for ClientText<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_char('"')?;
        // One character more, so that a longer text is seen to be cut.
        let characters = self.0.chars().take(LONGEST + 1);
        let mut cut = Truncated::new(&mut *f, LONGEST);
        for part in characters.flat_map(char::escape_debug) {
            cut.write_char(part)?;
        }
        f.write_char('"')
    }
}

/// Writes up to a number of bytes, then `…`, then nothing. Control characters are escaped.
pub(super) struct Truncated<W> {
    to: W,
    left: usize,
    is_full: bool,
}

impl<W: Write> Truncated<W> {
    pub(super) fn new(to: W, bytes: usize) -> Self {
        Self {
            to,
            left: bytes,
            is_full: false,
        }
    }
}

impl<W: Write> Write for Truncated<W> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for character in text.chars() {
            if self.is_full {
                break;
            }
            let length = match character.is_control() {
                true => character.escape_unicode().count(),
                false => character.len_utf8(),
            };
            let Some(left) = self.left.checked_sub(length) else {
                self.is_full = true;
                return self.to.write_char('…');
            };
            self.left = left;
            match character.is_control() {
                true => write!(self.to, "{}", character.escape_unicode())?,
                false => self.to.write_char(character)?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_cut_and_has_one_line() {
        assert_eq!(
            format!("{:?}", ClientText("/a\n\u{1b}[\"ä")),
            r#""/a\n\u{1b}[\"ä""#
        );
        for long in ["x", "ä", "\n", "\u{7f}"] {
            let text = format!("{:?}", ClientText(&long.repeat(60_000)));
            assert!(text.ends_with("…\"") && text.len() <= LONGEST + 5);
        }
        let fitting = "x".repeat(LONGEST);
        assert_eq!(
            format!("{:?}", ClientText(&fitting)),
            format!("{fitting:?}")
        );
        let mut out = String::new();
        let mut cut = Truncated::new(&mut out, 12);
        write!(cut, "a\r\nb{}", 1234).expect("a text");
        assert_eq!(out, r"a\u{d}\u{a}b…");
    }
}
