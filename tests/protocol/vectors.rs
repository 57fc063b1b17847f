//! Golden vectors made by other implementations, checked natively.
//!
//! `MICRORAIDEN_VECTORS=other.json cargo test --test protocol vectors` checks another file of the same
//! schema.

#[allow(unreachable_pub)] // Shared with another test.
#[path = "../vectors/check.rs"]
mod check;

use std::io::Write;

use serde_json::Value;

fn text() -> String {
    let file = std::env::var("MICRORAIDEN_VECTORS").unwrap_or_else(|_| {
        concat!(env!("CARGO_MANIFEST_DIR"), "/tests/vectors/vectors.json").into()
    });
    std::fs::read_to_string(&file).unwrap_or_else(|error| panic!("{file}: {error}"))
}

/// The file with the first three cases of each list: enough to show that a change is found.
fn short() -> Value {
    let mut file: Value = serde_json::from_str(&text()).expect("JSON");
    for section in file.as_object_mut().expect("object").values_mut() {
        if let Some(cases) = section.as_array_mut() {
            cases.truncate(3);
        }
    }
    file
}

#[test]
fn every_case_holds() {
    let report = check::check(&text());
    // Written past the test harness, which hides what passing tests print.
    let mut output = std::io::stderr().lock();
    for (section, cases) in &report.counts {
        writeln!(output, "{cases:5} {section}").expect("stderr");
    }
    drop(output);
    assert!(report.failures.is_empty(), "{:#?}", report.failures);
}

/// Every section is really looked at: one changed character in it is found, and only there.
#[test]
fn a_changed_value_is_found_in_every_section() {
    let original = short();
    let paths = [
        ("constants", "/constants/schema_hash/closing-0.2"),
        ("selectors", "/selectors/token/mint()"),
        (
            "topics",
            "/topics/manager-0.2/TrustedContract(address,bool)",
        ),
        ("balance_proofs", "/balance_proofs/0/signature"),
        ("closing_signatures", "/closing_signatures/0/closing_sig"),
        ("channel_keys", "/channel_keys/0/key"),
        ("addresses", "/addresses/0/address_lower"),
        ("eip55", "/eip55/1/eip55"),
        ("calls", "/calls/0/calldata"),
        ("returns", "/returns/0/returndata"),
        ("erc223", "/erc223/0/transfer_calldata"),
        ("logs", "/logs/0/data"),
        ("signature_checks", "/signature_checks/0/signature"),
        ("raw_transactions", "/raw_transactions/0/raw"),
    ];
    for (section, path) in paths {
        let mut changed = original.clone();
        let value = changed
            .pointer_mut(path)
            .unwrap_or_else(|| panic!("{path}"));
        let mut digits: Vec<u8> = value.as_str().expect("text").bytes().collect();
        let middle = digits.len() / 2;
        digits[middle] = if digits[middle] == b'1' { b'2' } else { b'1' };
        *value = String::from_utf8(digits).expect("ASCII").into();
        let failures = check::check(&changed.to_string()).failures;
        assert!(!failures.is_empty(), "{section}: the change was not found");
        assert!(
            failures.iter().all(|f| f.starts_with(section)),
            "{section}: {failures:?}"
        );
    }
}

#[test]
fn empty_missing_and_unknown_sections_fail() {
    let original = short();
    let sections: Vec<String> = original
        .as_object()
        .expect("object")
        .keys()
        .cloned()
        .collect();
    for section in sections.iter().filter(|section| *section != "meta") {
        let mut empty = original.clone();
        empty[section] = if original[section].is_array() {
            Value::Array(vec![])
        } else {
            serde_json::json!({})
        };
        assert!(
            !check::check(&empty.to_string()).failures.is_empty(),
            "empty {section}"
        );
        let mut missing = original.clone();
        missing.as_object_mut().expect("object").remove(section);
        assert!(
            !check::check(&missing.to_string()).failures.is_empty(),
            "missing {section}"
        );
    }
    let mut unknown = original;
    unknown["surprises"] = serde_json::json!([1]);
    assert!(!check::check(&unknown.to_string()).failures.is_empty());
}
