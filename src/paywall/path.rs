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

/// Whether a file may be there: a name that no file system takes would look like a fault of the disk.
pub(super) fn can_name_a_file(path: &str) -> bool {
    const LONGEST_NAME: usize = 255;
    const LONGEST_PATH: usize = 1024;
    decode(path).is_some_and(|path| {
        path.len() <= LONGEST_PATH && path.split('/').all(|name| name.len() <= LONGEST_NAME)
    })
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
