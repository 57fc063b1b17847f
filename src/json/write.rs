//! The JSON writer.

use core::fmt::{self, Write};

use super::{Number, Value};

/// Compact, without white space. Escapes only the characters for which JSON requires it.
impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.write_str("null"),
            Self::Bool(true) => f.write_str("true"),
            Self::Bool(false) => f.write_str("false"),
            Self::Number(Number(digits)) => f.write_str(digits),
            Self::String(text) => quote(f, text),
            Self::Array(items) => {
                let mut opening = '[';
                for item in items {
                    f.write_char(opening)?;
                    item.fmt(f)?;
                    opening = ',';
                }
                f.write_str(if opening == '[' { "[]" } else { "]" })
            }
            Self::Object(members) => {
                let mut opening = '{';
                for (name, value) in members {
                    f.write_char(opening)?;
                    quote(f, name)?;
                    f.write_char(':')?;
                    value.fmt(f)?;
                    opening = ',';
                }
                f.write_str(if opening == '{' { "{}" } else { "}" })
            }
        }
    }
}

fn quote(f: &mut fmt::Formatter<'_>, text: &str) -> fmt::Result {
    f.write_char('"')?;
    let mut plain = 0;
    for (at, byte) in text.bytes().enumerate() {
        if byte >= b' ' && byte != b'"' && byte != b'\\' {
            continue;
        }
        f.write_str(text.get(plain..at).unwrap_or_default())?;
        plain = at + 1;
        if byte < b' ' {
            let digit = |number: u8| char::from_digit(number.into(), 16).unwrap_or('0');
            f.write_str("\\u00")?;
            f.write_char(digit(byte >> 4))?;
            f.write_char(digit(byte & 15))?;
        } else {
            f.write_char('\\')?;
            f.write_char(byte.into())?;
        }
    }
    f.write_str(text.get(plain..).unwrap_or_default())?;
    f.write_char('"')
}
