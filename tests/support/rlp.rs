//! As much of RLP as it takes to read a signed transaction.

/// What a signed transaction is for.
pub(crate) struct Signed {
    pub(crate) nonce: u64,
    /// Whom it calls.
    pub(crate) to: Vec<u8>,
    pub(crate) data: Vec<u8>,
}

/// Reads a signed transaction.
pub(crate) fn read(raw: &[u8]) -> Option<Signed> {
    // EIP-1559: chain, nonce, tip, fee, gas, to, value, data; a legacy one: nonce, price, gas, to, value, data.
    let (list, nonce, data) = match raw.first()? {
        2 => (&raw[1..], 1, 7),
        _ => (raw, 0, 5),
    };
    let (items, _) = item(list)?;
    let mut rest = items;
    let mut fields = Vec::new();
    while !rest.is_empty() {
        let (field, after) = item(rest)?;
        fields.push(field);
        rest = after;
    }
    let digits = fields.get(nonce)?;
    let nonce = digits
        .iter()
        .fold(0, |sum, byte| sum << 8 | u64::from(*byte));
    Some(Signed {
        nonce,
        to: fields.get(data - 2)?.to_vec(),
        data: fields.get(data)?.to_vec(),
    })
}

/// The content of the first item, and what comes after it.
fn item(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let first = *bytes.first()?;
    let (start, length) = match first {
        0..0x80 => (0, 1),
        0x80..0xb8 => (1, usize::from(first - 0x80)),
        0xb8..0xc0 => long(bytes, first - 0xb7)?,
        0xc0..0xf8 => (1, usize::from(first - 0xc0)),
        0xf8.. => long(bytes, first - 0xf7)?,
    };
    let end = start + length;
    Some((bytes.get(start..end)?, bytes.get(end..)?))
}

fn long(bytes: &[u8], digits: u8) -> Option<(usize, usize)> {
    let start = 1 + usize::from(digits);
    let length = bytes.get(1..start)?;
    let length = length
        .iter()
        .fold(0, |sum, byte| sum << 8 | usize::from(*byte));
    Some((start, length))
}
