//! The JSON parser.

use super::{NotJson, Number, Value};

/// Nesting limit, so that a hostile text can't overflow the stack.
const MAX_DEPTH: u32 = 127;

pub(super) fn parse(text: &str) -> Result<Value, NotJson> {
    let mut reader = Reader { text, at: 0 };
    let value = reader.value(MAX_DEPTH)?;
    match reader.next() {
        None => Ok(value),
        Some(_) => Err(NotJson),
    }
}

struct Reader<'a> {
    text: &'a str,
    /// Byte offset, always at the start of a character.
    at: usize,
}

impl Reader<'_> {
    /// The current byte.
    fn byte(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    /// Skips white space and returns the byte after it.
    fn next(&mut self) -> Option<u8> {
        while let Some(b' ' | b'\t' | b'\n' | b'\r') = self.byte() {
            self.at += 1;
        }
        self.byte()
    }

    /// Consumes this byte if it is the current one, and returns whether it was.
    fn is(&mut self, byte: u8) -> bool {
        let found = self.byte() == Some(byte);
        self.at += usize::from(found);
        found
    }

    fn value(&mut self, depth: u32) -> Result<Value, NotJson> {
        match self.next() {
            Some(b'n') => self.word("null", Value::Null),
            Some(b't') => self.word("true", Value::Bool(true)),
            Some(b'f') => self.word("false", Value::Bool(false)),
            Some(b'"') => self.string().map(Value::String),
            Some(b'[') => {
                let depth = depth.checked_sub(1).ok_or(NotJson)?;
                let mut items = Vec::new();
                self.list(b']', |reader| {
                    items.push(reader.value(depth)?);
                    Ok(())
                })?;
                Ok(Value::Array(items))
            }
            Some(b'{') => {
                let depth = depth.checked_sub(1).ok_or(NotJson)?;
                let mut members = Vec::new();
                self.list(b'}', |reader| {
                    reader.next();
                    let name = reader.string()?;
                    reader.next();
                    if !reader.is(b':') {
                        return Err(NotJson);
                    }
                    members.push((name, reader.value(depth)?));
                    Ok(())
                })?;
                Ok(Value::Object(members))
            }
            _ => self.number(),
        }
    }

    fn word(&mut self, word: &str, value: Value) -> Result<Value, NotJson> {
        let rest = self.text.get(self.at..).unwrap_or_default();
        if !rest.starts_with(word) {
            return Err(NotJson);
        }
        self.at += word.len();
        Ok(value)
    }

    /// Reads the comma-separated items of a list or object, up to its closing bracket.
    fn list(
        &mut self,
        end: u8,
        mut item: impl FnMut(&mut Self) -> Result<(), NotJson>,
    ) -> Result<(), NotJson> {
        self.at += 1;
        self.next();
        if self.is(end) {
            return Ok(());
        }
        loop {
            item(self)?;
            self.next();
            if self.is(end) {
                return Ok(());
            }
            if !self.is(b',') {
                return Err(NotJson);
            }
        }
    }

    fn number(&mut self) -> Result<Value, NotJson> {
        let start = self.at;
        self.is(b'-');
        if !self.is(b'0') {
            self.digits()?;
        }
        if self.is(b'.') {
            self.digits()?;
        }
        if self.is(b'e') || self.is(b'E') {
            if !self.is(b'-') {
                self.is(b'+');
            }
            self.digits()?;
        }
        let text = self.text.get(start..self.at).ok_or(NotJson)?;
        Ok(Value::Number(Number(text.into())))
    }

    fn digits(&mut self) -> Result<(), NotJson> {
        let start = self.at;
        while self.byte().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
        if self.at == start {
            Err(NotJson)
        } else {
            Ok(())
        }
    }

    fn string(&mut self) -> Result<String, NotJson> {
        if !self.is(b'"') {
            return Err(NotJson);
        }
        let mut string = String::new();
        loop {
            let start = self.at;
            while self
                .byte()
                .is_some_and(|b| b >= b' ' && b != b'"' && b != b'\\')
            {
                self.at += 1;
            }
            string.push_str(self.text.get(start..self.at).ok_or(NotJson)?);
            if self.is(b'"') {
                return Ok(string);
            }
            if !self.is(b'\\') {
                return Err(NotJson);
            }
            string.push(self.escaped()?);
        }
    }

    /// The character that the escape after a backslash means.
    fn escaped(&mut self) -> Result<char, NotJson> {
        let byte = self.byte().ok_or(NotJson)?;
        self.at += 1;
        Ok(match byte {
            b'"' | b'\\' | b'/' => byte.into(),
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => return self.unit_or_pair(),
            _ => return Err(NotJson),
        })
    }

    /// A `\u` escape. Characters above U+FFFF are two UTF-16 units; one half alone is an error.
    fn unit_or_pair(&mut self) -> Result<char, NotJson> {
        let first = self.unit()?;
        let second = match first {
            0xd800..0xdc00 => {
                if !(self.is(b'\\') && self.is(b'u')) {
                    return Err(NotJson);
                }
                Some(self.unit()?)
            }
            _ => None,
        };
        let units = [first, second.unwrap_or_default()];
        let units = units.get(..1 + usize::from(second.is_some()));
        let mut characters = char::decode_utf16(units.unwrap_or_default().iter().copied());
        match (characters.next(), characters.next()) {
            (Some(Ok(character)), None) => Ok(character),
            _ => Err(NotJson),
        }
    }

    fn unit(&mut self) -> Result<u16, NotJson> {
        let mut unit = 0;
        for _ in 0..4 {
            let digit = self.byte().and_then(|byte| char::from(byte).to_digit(16));
            unit = unit << 4 | digit.ok_or(NotJson)?;
            self.at += 1;
        }
        u16::try_from(unit).map_err(|_| NotJson)
    }
}
