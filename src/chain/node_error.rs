//! What a node means by an error. There is no standard: codes and texts differ between programs and
//! providers, and change with their versions. This is the one place that reads them.
//!
//! The cases that it is held to are listed in `docs/field.md`.

use crate::json::Value;
use crate::protocol::hex_text;

use super::rpc::{ChainError, TransportError};

/// What an error means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Meaning {
    /// A call was executed and refused by the contract: it reverted, met an invalid instruction, or used all
    /// its gas.
    Reverted,
    /// The pool has this very transaction.
    Known,
    /// The account has used this nonce.
    NonceUsed,
    /// The fee is too low, by itself or beside another transaction of the same nonce.
    Underpriced,
    /// The account can't pay.
    InsufficientEther,
    /// Logs of too many blocks, or too many logs; with the most blocks at once, where the node tells.
    TooManyBlocks(Option<u64>),
    /// The node lags, or has no such old state.
    Behind,
    /// Too many requests, or too many at once.
    Busy,
    /// The node failed, and may not the next time.
    Failing,
    /// The node does not offer the method.
    NoMethod,
    /// Something else.
    Other,
}

/// Texts in lower case, by what they mean; the first one found decides.
const TEXTS: &[(Meaning, &[&str])] = &[
    (
        Meaning::Reverted,
        &[
            "revert",
            "vm execution error",
            "evm error",
            "invalid opcode",
            "bad instruction",
            "badinstruction",
            "invalid instruction",
            "invalidfeopcode",
            "bad jump",
            "invalid jump",
            "out of gas",
            "outofgas",
            "out of stack",
            "stack underflow",
            "failed due to an exception",
            "always failing transaction",
            "gas required exceeds allowance",
            "transaction execution fails",
        ],
    ),
    (
        Meaning::Known,
        &[
            "already known",
            "alreadyknown",
            "already imported",
            "already exists",
            "already in ",
            "same hash",
            "known transaction",
        ],
    ),
    (
        Meaning::Underpriced,
        &[
            "underpriced",
            "feetoolow",
            "fee too low",
            "gas price too low",
            "gas price is too low",
            "price below",
            "less than block base fee",
            "replacementnotallowed",
            "could not replace",
            "same nonce in the queue",
        ],
    ),
    (
        Meaning::NonceUsed,
        &["nonce too low", "nonce is too low", "oldnonce"],
    ),
    (
        Meaning::InsufficientEther,
        &[
            "insufficient fund",
            "insufficientfund",
            "insufficient balance",
            "insufficient sender balance",
            "for sender balance",
            "exceeds account balance",
            "enough funds",
        ],
    ),
    // Last of the two: "VM Exception" may stand before what the exception was.
    (Meaning::Reverted, &["vm exception"]),
    (
        Meaning::TooManyBlocks(None),
        &[
            "block range",
            "blocks range",
            "block_range",
            "range too",
            "range is too",
            "limited to a ",
            "exceeds limit of",
            "range limit",
            "ranges over",
            "too many blocks",
            "max range",
            "maximum is set to",
            "smaller than size",
            "invalid epoch range",
            "query returned more than",
            "response size exceeded",
            "response size is larger",
            "exceeds max results",
            "too many logs",
            "logs matched by query exceeds limit",
        ],
    ),
    (
        Meaning::Behind,
        &[
            "header not found",
            "unknown block",
            "block not found",
            "header for hash not found",
            "trie node",
            "state not available",
            "state is not available",
            "no state available",
            "beyond current head",
            "ahead of",
            "past head",
            "cannot be found",
            "cannot query unfinalized",
            "after last accepted",
            "out of range",
            "outofrange",
            "doesn't exist yet",
            "not yet available",
            "syncing",
        ],
    ),
    (
        Meaning::Busy,
        &[
            "rate limit",
            "ratelimit",
            "rate exceeded",
            "request limit",
            "limit exceeded",
            "request count exceeded",
            "too many request",
            "too many concurrent",
            "compute units",
            "capacity",
            "throttl",
            "quota",
            "overloaded",
        ],
    ),
    (
        Meaning::Failing,
        &[
            "timeout",
            "timed out",
            "time out",
            "took too long",
            "deadline exceeded",
            "canceled",
            "cancelled",
            "unavailable",
            "bad gateway",
            "try again",
            "temporar",
            "internal error",
            "internal server error",
            "connection",
            "no backend",
            "unhealthy",
            "upstream",
            "econn",
        ],
    ),
    (
        Meaning::NoMethod,
        &[
            "method not found",
            "does not exist/is not available",
            "unsupported method",
            "not supported",
            "not whitelisted",
        ],
    ),
];

impl Meaning {
    /// What an error of the transport means; `None`: it is not an answer of a node.
    pub fn of(error: &TransportError) -> Option<Self> {
        match error {
            TransportError::Answer {
                code,
                message,
                data,
            } => Some(Self::of_answer(*code, message, data.as_ref())),
            TransportError::Status { status, .. } => match status {
                408 | 425 | 500..=599 => Some(Self::Failing),
                429 => Some(Self::Busy),
                _ => Some(Self::Other),
            },
            _ => None,
        }
    }

    fn of_answer(code: i64, message: &str, data: Option<&Value>) -> Self {
        let (mut codes, mut texts) = (vec![code], message.to_ascii_lowercase());
        if let Some(data) = data {
            read_data(data, &mut codes, &mut texts, DEPTH);
        }
        // 3 is geth's, -32015 Parity's and Nethermind's.
        if codes.iter().any(|code| matches!(code, 3 | -32015)) {
            return Self::Reverted;
        }
        let said = TEXTS
            .iter()
            .find(|(_, known)| known.iter().any(|known| has_words(&texts, known)));
        match said {
            Some((Self::TooManyBlocks(_), _)) => Self::TooManyBlocks(most_blocks(&texts)),
            Some((meaning, _)) => *meaning,
            None => codes
                .iter()
                .find_map(|code| by_code(*code))
                .unwrap_or(Self::Other),
        }
    }

    /// Whether the same question may be answered in a moment.
    pub const fn is_passing(self) -> bool {
        matches!(self, Self::Behind | Self::Busy | Self::Failing)
    }

    /// Whether another node may answer where this one does not.
    pub const fn is_of_the_node(self) -> bool {
        self.is_passing() || matches!(self, Self::NoMethod | Self::TooManyBlocks(_))
    }
}

fn by_code(code: i64) -> Option<Meaning> {
    match code {
        // EIP-1474's "limit exceeded" and some providers' codes for the same.
        -32005 | -32007 | -32029 | -32090 | 429 => Some(Meaning::Busy),
        -32614 => Some(Meaning::TooManyBlocks(None)),
        // "Internal error".
        -32603 | 500..=599 => Some(Meaning::Failing),
        // "Resource unavailable".
        -32002 => Some(Meaning::Failing),
        -32601 | -32004 => Some(Meaning::NoMethod),
        _ => None,
    }
}

/// How deep wallets wrap a node's error.
const DEPTH: u32 = 4;

/// Wallets and some nodes put the error that they got into the data of theirs.
fn read_data(data: &Value, codes: &mut Vec<i64>, texts: &mut String, depth: u32) {
    match data {
        // Data of a revert says nothing that the parser needs.
        Value::String(text) if !text.starts_with("0x") => {
            texts.push('\n');
            texts.push_str(&text.to_ascii_lowercase());
        }
        Value::Object(members) if depth > 0 => {
            for (name, value) in members {
                match (name.as_str(), value.as_i64()) {
                    ("code", Some(code)) => codes.push(code),
                    ("stack", _) => {}
                    _ => read_data(value, codes, texts, depth - 1),
                }
            }
        }
        _ => {}
    }
}

/// Whether the text has these words. An "unknown transaction" is not a known one.
fn has_words(text: &str, words: &str) -> bool {
    text.match_indices(words)
        .any(|(at, _)| !text[..at].ends_with("un"))
}

/// The most blocks at once, as far as the text tells: a range that is said to work, or the number after the
/// last word of a limit, unless it counts logs.
fn most_blocks(text: &str) -> Option<u64> {
    const LIMITS: &[&str] = &[
        "max",
        "limit",
        "over ",
        "up to a ",
        "smaller than size",
        "wide",
    ];
    if let Some(width) = proposed_range(text) {
        return Some(width);
    }
    let last = LIMITS.iter().filter_map(|word| text.rfind(word)).max();
    let after = &text[last?..];
    let after = &after[after.find(|c: char| c.is_ascii_digit())?..];
    let end = after.find(|c: char| !c.is_ascii_digit() && c != ',');
    let (digits, rest) = after.split_at(end.unwrap_or(after.len()));
    let number: u64 = digits.replace(',', "").parse().ok()?;
    let number = number.saturating_mul(if rest.starts_with('k') { 1000 } else { 1 });
    let counts_logs = rest.trim_start_matches('k').trim_start();
    let counts_logs = ["result", "log", "record", "event", "byte", "mb", "s"]
        .iter()
        .any(|word| counts_logs.starts_with(word));
    // A block number, a year, a price: no limit that anybody sets.
    (!counts_logs && (1..=10_000_000).contains(&number)).then_some(number)
}

/// `[0x1, 0xa]`, or "retry with the range 1-10".
fn proposed_range(text: &str) -> Option<u64> {
    let (from, to) = match text.split_once('[') {
        Some((_, range)) => range.split_once(']')?.0.split_once(',')?,
        None => text.split_once("with the range ")?.1.split_once('-')?,
    };
    let number = |text: &str| {
        let text = text.trim();
        let end = text.find(|c: char| !c.is_ascii_alphanumeric());
        let text = &text[..end.unwrap_or(text.len())];
        hex_text::decode_u64(text)
            .ok()
            .or_else(|| text.parse().ok())
    };
    let width = number(to)?.checked_sub(number(from)?)?;
    Some(width.saturating_add(1))
}

impl ChainError {
    /// What the node means by it; `None`: it is not an error that a node answered.
    pub fn meaning(&self) -> Option<Meaning> {
        match self {
            Self::Transport { source, .. } => Meaning::of(source),
            Self::Malformed { .. } => None,
        }
    }

    /// Whether a call was executed and refused, as opposed to not being executed at all.
    pub fn is_revert(&self) -> bool {
        self.meaning() == Some(Meaning::Reverted)
    }

    /// Whether the same question may be answered in a moment: the node can't be reached, is busy, lags or
    /// failed.
    pub fn is_passing(&self) -> bool {
        match self {
            Self::Transport { source, .. } => source.is_passing(),
            Self::Malformed { .. } => false,
        }
    }
}

impl TransportError {
    /// Whether the same question may be answered in a moment.
    pub fn is_passing(&self) -> bool {
        match self {
            Self::Unreachable(_) | Self::TimedOut { .. } | Self::NotJsonRpc => true,
            Self::OtherChain { .. } | Self::Aborted => false,
            Self::Answer { .. } | Self::Status { .. } => {
                Meaning::of(self).is_some_and(Meaning::is_passing)
            }
        }
    }
}
