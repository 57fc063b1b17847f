//! Paths of URLs.

/// Undoes the percent encoding. `None`: malformed, not UTF-8, or with a zero in it.
pub(super) fn decode(path: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(path.len());
    let mut rest = path.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let digits = [rest.next()?, rest.next()?];
            let mut decoded = [0];
            hex::decode_to_slice(digits, &mut decoded).ok()?;
            bytes.push(decoded[0]);
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes)
        .ok()
        .filter(|text| !text.contains('\0'))
}

/// The decoded path, without empty segments. `None`: another server might read it as another path,
/// because it has `.` or `..` segments, encoded slashes or backslashes.
pub(super) fn unambiguous(path: &str) -> Option<String> {
    let lower = path.to_ascii_lowercase();
    if lower.contains("%2f") || lower.contains("%5c") || lower.contains('\\') {
        return None;
    }
    let decoded = decode(path)?;
    let inner = decoded.strip_prefix('/')?;
    let segments: Vec<&str> = inner.split('/').filter(|s| !s.is_empty()).collect();
    if segments
        .iter()
        .any(|segment| matches!(*segment, "." | ".."))
    {
        return None;
    }
    let end = if inner.ends_with('/') && !segments.is_empty() {
        "/"
    } else {
        ""
    };
    Some(format!("/{}{end}", segments.join("/")))
}
