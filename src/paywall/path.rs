//! The one path of a request.
//!
//! A path is read once, when the request comes in. That path is priced, logged and passed on, in the normal
//! form of RFC 3986, 6.2.2, which encodes only what has to be. No two readers of it can come to two paths.
//! A path for which they could is refused:
//!
//! | refused | because |
//! |---|---|
//! | an absolute URL (HTTP/1), `*`, the target of `CONNECT` | it names another host, or no path |
//! | `//` | nginx and many routers make it one slash, others an empty segment, `URL` a host |
//! | `.` and `..` as segments, in any spelling; names of dots and spaces alone | they are resolved by some, before or after decoding |
//! | `\`, and `/` and `\` encoded | some servers split at them, after decoding |
//! | `;`, encoded too | servlets cut parameters off, before or after decoding |
//! | `%25` before two hex digits or `u` | decoded twice, it is another name |
//! | `?` and `#` encoded | readers that decode before splitting end the path there |
//! | control characters, zero among them | they end texts, or are left out (`URL` drops tabs and line ends) |
//! | a space at the end of a segment | file systems of Windows drop it |
//! | malformed encoding, or no UTF-8 | readers differ in what they make of it |
//!
//! Everything else is an ordinary name: spaces, umlauts, `%` as such, `:`, `@`, `,`, `+`, `=`. Whether case
//! matters depends on the reader, and is not known here.

use http::request::Parts;
use http::uri::PathAndQuery;
use http::{Uri, Version};

/// The path of a request as every reader reads it. See the [module](self).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct CanonicalPath {
    decoded: String,
    spelled: String,
}

/// A path that could be read in two ways.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("This path could be read in two ways: {0}.")]
pub struct Ambiguous(&'static str);

/// Who reads a path besides us.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Readers {
    /// The service that the request is passed on to.
    Others,
    /// Nobody: it names a file, which this process opens.
    Nobody,
}

impl CanonicalPath {
    /// Reads the path of a URL, as it stands in a request.
    pub fn parse(path: &str) -> Result<Self, Ambiguous> {
        Self::read(path, Readers::Others)
    }

    /// The path of a request, for the service behind us.
    pub(super) fn of(parts: &Parts) -> Result<Self, Ambiguous> {
        // A request of HTTP/2 has its host in the URI, and its path by itself.
        let absolute = parts.uri.scheme().is_some() || parts.uri.authority().is_some();
        if absolute && parts.version <= Version::HTTP_11 {
            return Err(Ambiguous("it is an absolute URL"));
        }
        Self::parse(parts.uri.path())
    }

    /// The path of a file, which may have any name that a file can have.
    #[cfg(feature = "paywall")]
    pub(super) fn of_file(path: &str) -> Result<Self, Ambiguous> {
        Self::read(path, Readers::Nobody)
    }

    /// Decoded: what is priced.
    pub fn as_str(&self) -> &str {
        &self.decoded
    }

    /// As it is passed on: encoded where it must be.
    pub fn spelled(&self) -> &str {
        &self.spelled
    }

    /// Whether it is this path, or one below it.
    #[cfg(feature = "paywall")]
    pub(super) fn is_within(&self, folder: &str) -> bool {
        let rest = self.decoded.strip_prefix(folder);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }

    /// Puts it in the place of the path of a URI.
    pub(super) fn write(&self, uri: &mut Uri) {
        if uri.path() == self.spelled {
            return;
        }
        let text = match uri.query() {
            Some(query) => format!("{}?{query}", self.spelled),
            None => self.spelled.clone(),
        };
        let mut parts = core::mem::take(uri).into_parts();
        parts.path_and_query = PathAndQuery::try_from(text).ok();
        *uri = Uri::from_parts(parts).unwrap_or_default();
    }

    fn read(path: &str, readers: Readers) -> Result<Self, Ambiguous> {
        let inner = path
            .strip_prefix('/')
            .ok_or(Ambiguous("it does not begin with /"))?;
        let (mut decoded, mut spelled) = (String::new(), String::new());
        let mut segments = inner.split('/').peekable();
        while let Some(segment) = segments.next() {
            let is_last = segments.peek().is_none();
            if segment.is_empty() && !is_last {
                return Err(Ambiguous("it has //"));
            }
            let name = decode(segment).ok_or(Ambiguous("its encoding is malformed"))?;
            check_name(&name, readers)?;
            decoded.extend(["/", &name]);
            spelled.push('/');
            spell(segment, &mut spelled);
        }
        Ok(Self { decoded, spelled })
    }
}

/// Whether all readers take a decoded segment for this name.
fn check_name(name: &str, readers: Readers) -> Result<(), Ambiguous> {
    if name.contains(['/', '\\']) {
        return Err(Ambiguous("it has an encoded slash or a backslash"));
    }
    if name.contains(char::is_control) {
        return Err(Ambiguous("it has control characters"));
    }
    if !name.is_empty() && name.chars().all(|c| c == '.' || c == ' ') {
        return Err(Ambiguous("it has segments of dots or spaces"));
    }
    if readers == Readers::Nobody {
        return Ok(());
    }
    if name.contains(';') {
        return Err(Ambiguous("it has ;"));
    }
    if name.contains(['?', '#']) {
        return Err(Ambiguous("it has an encoded ? or #"));
    }
    if name.ends_with(' ') {
        return Err(Ambiguous("a segment ends in a space"));
    }
    if name.split('%').skip(1).any(is_code) {
        return Err(Ambiguous("it is encoded twice"));
    }
    Ok(())
}

/// Whether a percent sign before this text would be decoded once more.
fn is_code(rest: &str) -> bool {
    match rest.as_bytes() {
        [b'u' | b'U', ..] => true,
        [first, second, ..] => first.is_ascii_hexdigit() && second.is_ascii_hexdigit(),
        _ => false,
    }
}

/// Undoes the percent encoding. `None`: malformed, or not UTF-8.
fn decode(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'%' => code([rest.next()?, rest.next()?])?,
            byte => byte,
        });
    }
    String::from_utf8(bytes).ok()
}

fn code(digits: [u8; 2]) -> Option<u8> {
    let mut byte = [0];
    hex::decode_to_slice(digits, &mut byte).ok()?;
    let [byte] = byte;
    Some(byte)
}

/// The one spelling of a segment that can be decoded: letters, digits and `-._~` stand for themselves,
/// what has a meaning of its own in some URLs stays encoded or not, all else is encoded.
fn spell(segment: &str, spelled: &mut String) {
    let mut rest = segment.bytes();
    while let Some(byte) = rest.next() {
        let (byte, encoded) = match byte {
            b'%' => {
                let digits = [rest.next().unwrap_or(b'0'), rest.next().unwrap_or(b'0')];
                (code(digits).unwrap_or_default(), true)
            }
            byte => (byte, false),
        };
        let plain = byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
        if plain || (!encoded && b"!$&'()*+,=:@".contains(&byte)) {
            spelled.push(char::from(byte));
        } else {
            spelled.push_str(&format!("%{byte:02X}"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ordinary_names_have_one_spelling() {
        for (path, decoded, spelled) in [
            ("/", "/", "/"),
            ("/a/b/", "/a/b/", "/a/b/"),
            ("/a%20b", "/a b", "/a%20b"),
            ("/gr%c3%B6%C3%9fe", "/größe", "/gr%C3%B6%C3%9Fe"),
            ("/größe", "/größe", "/gr%C3%B6%C3%9Fe"),
            ("/%61%2Etxt%7E", "/a.txt~", "/a.txt~"),
            ("/a:b@c,d=e+f&g!", "/a:b@c,d=e+f&g!", "/a:b@c,d=e+f&g!"),
            ("/a%2Bb%2c", "/a+b,", "/a%2Bb%2C"),
            ("/100%25", "/100%", "/100%25"),
            ("/100%25%20rye", "/100% rye", "/100%25%20rye"),
            ("/[a]|{b}^\"", "/[a]|{b}^\"", "/%5Ba%5D%7C%7Bb%7D%5E%22"),
            (
                "/...a/.well-known",
                "/...a/.well-known",
                "/...a/.well-known",
            ),
        ] {
            let path = CanonicalPath::parse(path).expect(path);
            assert_eq!((path.as_str(), path.spelled()), (decoded, spelled));
            let again = CanonicalPath::parse(spelled);
            assert_eq!(again.as_ref(), Ok(&path), "{spelled}");
        }
    }
}
