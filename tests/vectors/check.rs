//! Checks a vector file, section by section, with the public interface of the core.

#[path = "contracts.rs"]
mod contracts;
#[path = "messages.rs"]
mod messages;

use serde_json::Value;

/// What was checked and what failed.
pub struct Report {
    /// Cases by section.
    pub counts: Vec<(String, usize)>,
    /// `section id: what`.
    pub failures: Vec<String>,
}

pub type Outcome = Result<(), String>;
type Case = fn(&Value) -> Outcome;
type Table = fn(&Value, &mut usize) -> Outcome;

const LISTS: [(&str, Case); 11] = [
    ("balance_proofs", messages::balance_proof),
    ("closing_signatures", messages::closing_signature),
    ("channel_keys", messages::channel_key),
    ("addresses", messages::address),
    ("eip55", messages::eip55),
    ("signature_checks", messages::signature_check),
    ("raw_transactions", messages::raw_transaction),
    ("calls", contracts::call),
    ("returns", contracts::returned),
    ("erc223", contracts::erc223),
    ("logs", contracts::log),
];

const TABLES: [(&str, Table); 3] = [
    ("constants", contracts::constants),
    ("selectors", contracts::selectors),
    ("topics", contracts::topics),
];

pub fn check(text: &str) -> Report {
    let mut report = Report {
        counts: Vec::new(),
        failures: Vec::new(),
    };
    let Ok(Value::Object(sections)) = serde_json::from_str(text) else {
        report.failures.push("file: not a JSON object".into());
        return report;
    };
    for name in sections.keys() {
        let known = LISTS
            .iter()
            .map(|l| l.0)
            .chain(TABLES.iter().map(|t| t.0))
            .chain(["meta"]);
        if !known.into_iter().any(|known| known == name) {
            report.failures.push(format!("{name}: unknown section"));
        }
    }
    for (name, check) in TABLES {
        let mut count = 0;
        let outcome = match sections.get(name).and_then(Value::as_object) {
            Some(table) if !table.is_empty() => check(&sections[name], &mut count),
            _ => Err("empty or missing".into()),
        };
        report
            .failures
            .extend(outcome.err().map(|error| format!("{name}: {error}")));
        report.counts.push((name.into(), count));
    }
    for (name, check) in LISTS {
        let cases = sections
            .get(name)
            .and_then(Value::as_array)
            .map(Vec::as_slice);
        let cases = cases.unwrap_or_default();
        if cases.is_empty() {
            report.failures.push(format!("{name}: empty or missing"));
        }
        for (index, case) in cases.iter().enumerate() {
            if let Err(error) = check(case) {
                let id = case["id"].as_str().map_or(index.to_string(), str::to_owned);
                report.failures.push(format!("{name} {id}: {error}"));
            }
        }
        report.counts.push((name.into(), cases.len()));
    }
    report
}

/// A field as text.
pub fn text<'a>(case: &'a Value, name: &str) -> Result<&'a str, String> {
    case[name]
        .as_str()
        .ok_or_else(|| format!("{name} is missing"))
}

/// A field as text or number, parsed.
pub fn parse<T: core::str::FromStr>(case: &Value, name: &str) -> Result<T, String> {
    let text = match &case[name] {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        _ => return Err(format!("{name} is missing")),
    };
    text.parse()
        .map_err(|_| format!("{name} is malformed: {text}"))
}

pub fn bytes(case: &Value, name: &str) -> Result<Vec<u8>, String> {
    microraiden::protocol::hex_text::decode(text(case, name)?).map_err(|e| format!("{name}: {e}"))
}

pub fn equal<T: PartialEq + core::fmt::Debug>(what: &str, ours: T, theirs: T) -> Outcome {
    if ours == theirs {
        Ok(())
    } else {
        Err(format!("{what}: ours {ours:?}, theirs {theirs:?}"))
    }
}

pub fn fail(error: impl ToString) -> String {
    error.to_string()
}
