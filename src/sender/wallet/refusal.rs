//! What a wallet means by rejecting a request.
//!
//! Wallets differ in the code, in the words, and in where they put both: EIP-1193 has 4001, WalletConnect 5000,
//! libraries `"ACTION_REJECTED"`, devices only a sentence, and layers between them wrap one error into another.
//! So all codes and texts are collected, and the clearest decides. `docs/field-wallets.md` lists the cases.

/// What a wallet rejected with: a value of JavaScript in the browser, JSON in tests.
pub trait Thrown: Sized {
    /// A member of an object; `None` if it is missing, null or can't be read.
    fn member(&self, name: &str) -> Option<Self>;
    /// A whole number.
    fn number(&self) -> Option<i64>;
    /// A text.
    fn text(&self) -> Option<String>;
}

/// What a wallet means by an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WalletRefusal {
    /// The user said no.
    Rejected,
    /// The page may not use the account.
    Unauthorized,
    /// The method is not known.
    UnknownMethod,
    /// The parameters are not what the method takes.
    BadParameters,
    /// The account can't do that, whatever the user says: a device that signs version 4 of typed data only.
    Incapable,
    /// It reaches no chain.
    Disconnected,
    /// It has lost the connection to its own background and connects anew; whether the request was served is
    /// not known.
    Reconnecting,
    /// It knows no such chain, which can be added.
    UnknownChain,
    /// The user has not answered an earlier request of this kind.
    Pending,
    /// Something else.
    Other,
}

impl WalletRefusal {
    /// Whether the request certainly had no effect.
    pub const fn is_certain(self) -> bool {
        !matches!(self, Self::Incapable | Self::Reconnecting | Self::Other)
    }
}

/// An error of a wallet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WalletError {
    /// What it means.
    pub refusal: WalletRefusal,
    /// The code that says so, else the first one.
    pub code: Option<i64>,
    /// Its first text.
    pub message: Option<String>,
}

/// Where one error is found inside of another.
const INSIDE: [&str; 5] = ["error", "data", "originalError", "cause", "info"];
/// How deep errors are looked for.
const DEPTH: u32 = 4;
/// Where an error has its words.
const WORDS: [&str; 5] = ["message", "reason", "shortMessage", "details", "name"];

impl WalletError {
    /// Reads what a wallet rejected with.
    pub fn read(thrown: &impl Thrown) -> Self {
        let mut facts = Facts::default();
        facts.collect(thrown, DEPTH);
        let Facts { codes, texts } = facts;
        let plain: Vec<String> = texts.iter().map(|text| letters(text)).collect();
        let by_code = |code: &i64| (meaning_of(*code), Some(*code));
        let meanings: Vec<(WalletRefusal, Option<i64>)> = codes.iter().map(by_code).collect();
        let rejected = meanings.iter().find(|(r, _)| *r == WalletRefusal::Rejected);
        let other = |(refusal, _): &&(WalletRefusal, Option<i64>)| *refusal != WalletRefusal::Other;
        let first = codes.first().copied();
        let (refusal, code) = match rejected {
            Some(rejected) => *rejected,
            None if plain.iter().any(|text| is_rejection(text)) => (WalletRefusal::Rejected, first),
            None => match meanings.iter().find(other) {
                Some(found) => *found,
                None => (meaning_of_words(&plain), first),
            },
        };
        Self {
            refusal,
            code,
            message: texts.into_iter().next(),
        }
    }
}

/// All codes and texts of an error, outer ones first.
#[derive(Default)]
struct Facts {
    codes: Vec<i64>,
    texts: Vec<String>,
}

impl Facts {
    fn collect<T: Thrown>(&mut self, thrown: &T, depth: u32) {
        self.texts.extend(thrown.text());
        for name in WORDS {
            let text = thrown.member(name).and_then(|words| words.text());
            self.texts.extend(text);
        }
        if let Some(code) = thrown.member("code") {
            match (code.number(), code.text()) {
                (Some(number), _) => self.codes.push(number),
                (None, Some(text)) => match text.parse() {
                    Ok(number) => self.codes.push(number),
                    Err(_) => self.texts.push(text),
                },
                (None, None) => {}
            }
        }
        if depth > 0 {
            for name in INSIDE {
                if let Some(inner) = thrown.member(name) {
                    self.collect(&inner, depth - 1);
                }
            }
        }
    }
}

const fn meaning_of(code: i64) -> WalletRefusal {
    match code {
        // EIP-1193; WalletConnect's "user rejected", of a session, its chains, methods and events.
        4001 | 5000..=5003 => WalletRefusal::Rejected,
        4100 => WalletRefusal::Unauthorized,
        4200 | -32601 => WalletRefusal::UnknownMethod,
        -32602 => WalletRefusal::BadParameters,
        4900 | 4901 => WalletRefusal::Disconnected,
        4902 => WalletRefusal::UnknownChain,
        1013 => WalletRefusal::Reconnecting,
        -32002 => WalletRefusal::Pending,
        _ => WalletRefusal::Other,
    }
}

/// Lower case, without spaces and signs: "User-Denied", `user_denied` and "user denied" are one.
fn letters(text: &str) -> String {
    let letters = text.chars().filter(char::is_ascii_alphanumeric);
    letters.map(|letter| letter.to_ascii_lowercase()).collect()
}

/// What a user does who says no.
const REFUSES: [&str; 9] = [
    "denied",
    "reject",
    "refused",
    "declined",
    "cancel",
    "disapproved",
    "aborted",
    "closed",
    "dismissed",
];
/// Whole errors of a user's refusal. Inside of a longer text they may be a node's: "net/http: request canceled".
const BARE: [&str; 13] = [
    "rejected",
    "denied",
    "declined",
    "cancel",
    "cancelled",
    "canceled",
    "actionrejected",
    "failureactioncancelled",
    "requestrejected",
    "rejectedrequest",
    "requestcancelled",
    "requestcanceled",
    "requestdenied",
];
/// Phrases that only a user's refusal causes. The number is a device's: its user has pressed the other button.
const PHRASES: [&str; 2] = ["popupclosed", "0x6985"];

fn is_rejection(text: &str) -> bool {
    let by_user = |verb: &str| {
        text.match_indices(verb).any(|(at, _)| {
            let before = text.get(..at).unwrap_or_default();
            let after = text.get(at + verb.len()..).unwrap_or_default();
            // "rejected", "canceled" and "cancelled".
            let after = after.trim_start_matches('l').trim_start_matches("ed");
            before.ends_with("user")
                || before.ends_with("userhas")
                || after.starts_with("byuser")
                || after.starts_with("bytheuser")
        })
    };
    BARE.contains(&text)
        || PHRASES.iter().any(|phrase| text.contains(phrase))
        || REFUSES.iter().any(|verb| by_user(verb))
}

/// What words alone say.
fn meaning_of_words(texts: &[String]) -> WalletRefusal {
    const METHOD: [&str; 3] = ["methodnotfound", "unknownmethod", "methodnotsupported"];
    const PARAMETERS: [&str; 7] = [
        "invalidparam",
        "eip712domain",
        "primarytype",
        "validjson",
        "validarray",
        "unexpectedtoken",
        "afterjson",
    ];
    const INCAPABLE: [&str; 6] = [
        "version4",
        "notsupported",
        "unsupported",
        "doesnotsupport",
        "doesntsupport",
        "notimplemented",
    ];
    let say = |words: &[&str]| {
        let said = |text: &String| words.iter().any(|word| text.contains(word));
        texts.iter().any(said)
    };
    // Another name of the method may be known.
    let of_method = say(&["ethsigntypeddata"]);
    if say(&METHOD) || of_method && (say(&INCAPABLE) || say(&["doesnotexist"])) {
        WalletRefusal::UnknownMethod
    } else if say(&PARAMETERS) {
        WalletRefusal::BadParameters
    } else if say(&INCAPABLE) {
        WalletRefusal::Incapable
    } else {
        WalletRefusal::Other
    }
}
