//! `docs/conformance.md` names every item once, and tests that are there; so does `docs/money-safety.md`, in its text.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// Items by letter.
const ITEMS: [(char, u32); 9] = [
    ('C', 54),
    ('K', 15),
    ('R', 18),
    ('H', 15),
    ('P', 20),
    ('J', 10),
    ('D', 36),
    ('S', 40),
    ('V', 21),
];

/// A row of a table: the item, and what shows it, by file.
struct Row {
    item: String,
    shown_by: Vec<(String, Vec<String>)>,
}

fn read(path: &str) -> Option<String> {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).ok()
}

/// The rows of all tables, but for their heads.
fn rows(document: &str) -> Result<Vec<Row>, String> {
    let lines = document.lines().filter(|line| line.starts_with('|'));
    let lines = lines.filter(|line| !line.starts_with("|---") && !line.starts_with("| item |"));
    lines.map(row).collect()
}

fn row(line: &str) -> Result<Row, String> {
    let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
    let [item, what, shown_by] = cells[..] else {
        return Err(format!("not three cells: {line}"));
    };
    if what.is_empty() {
        return Err(format!("{item} says nothing"));
    }
    let by_file = shown_by.split("; `").map(|part| {
        let part = part.trim_start_matches('`');
        let (file, tests) = part
            .split_once("`: `")
            .ok_or_else(|| format!("{item} names no test in {part}"))?;
        let tests = tests.trim_end_matches('`').split("`, `");
        Ok((file.to_owned(), tests.map(str::to_owned).collect()))
    });
    Ok(Row {
        item: item.to_owned(),
        shown_by: by_file.collect::<Result<_, String>>()?,
    })
}

/// Whether a source has a test of this name; for a case of the contracts also for this item.
fn has_test(file: &str, source: &str, test: &str, item: &str) -> bool {
    if file.ends_with(".rs") {
        return has_function(source, test)
            && (has_attribute(source, test) || is_listed(file, test));
    }
    if file.ends_with(".ts") {
        // What is compiled and never run has functions.
        return source.contains(&format!("function {test}("));
    }
    source.lines().map(str::trim).any(|line| {
        let is_test = ["test(", "both(", "only(", "runs("]
            .iter()
            .any(|call| line.starts_with(call));
        let title = [format!("\"{test}\""), format!("`{test}`")];
        let of_item = !file.contains("/cases/")
            || !item.starts_with('C')
            || line.contains(&format!("\"{item}\""));
        is_test && of_item && title.iter().any(|title| line.contains(title))
    })
}

fn has_function(source: &str, test: &str) -> bool {
    source.contains(&format!("fn {test}("))
}

/// Whether the function is marked as a test, right above it.
fn has_attribute(source: &str, test: &str) -> bool {
    let lines: Vec<&str> = source.lines().map(str::trim).collect();
    let name = format!("fn {test}(");
    lines.iter().enumerate().any(|(at, line)| {
        let above = lines[..at].iter().rev();
        let mut above = above.take_while(|line| line.starts_with('#') || line.starts_with("///"));
        line.contains(&name) && above.any(|line| is_test(line))
    })
}

fn is_test(line: &str) -> bool {
    let tests = ["#[test]", "#[tokio::test]", "#[wasm_bindgen_test]"];
    tests.contains(&line) || line.starts_with("#[tokio::test(")
}

/// What every store promises is called from a list.
fn is_listed(file: &str, test: &str) -> bool {
    let list = "tests/receiver/stores.rs";
    let places = ["suite.rs", "suite/", "receivers.rs"];
    let mut places = places
        .map(|place| format!("tests/receiver/stores/{place}"))
        .into_iter();
    places.any(|place| file.starts_with(&place))
        && read(list).is_some_and(|list| list.contains(&format!("                {test},")))
}

/// What is wrong with the document.
fn faults(document: &str) -> Vec<String> {
    let rows = match rows(document) {
        Ok(rows) => rows,
        Err(fault) => return vec![fault],
    };
    let mut faults = Vec::new();
    let mut named = BTreeMap::new();
    for row in &rows {
        *named.entry(row.item.clone()).or_insert(0) += 1;
        for (file, tests) in &row.shown_by {
            let Some(source) = read(file) else {
                faults.push(format!("{}: there is no {file}", row.item));
                continue;
            };
            let missing = tests
                .iter()
                .filter(|test| !has_test(file, &source, test, &row.item));
            faults.extend(missing.map(|test| format!("{}: no {test} in {file}", row.item)));
        }
    }
    let all = ITEMS
        .iter()
        .flat_map(|(letter, count)| (1..=*count).map(move |n| format!("{letter}{n}")));
    let all: BTreeSet<String> = all.collect();
    faults.extend(
        all.iter()
            .filter(|item| !named.contains_key(*item))
            .map(|item| format!("{item} is missing")),
    );
    let unknown = named.keys().filter(|item| !all.contains(*item));
    faults.extend(unknown.map(|item| format!("{item} is no item")));
    let twice = named.iter().filter(|(_, count)| **count > 1);
    faults.extend(twice.map(|(item, _)| format!("{item} is named twice")));
    faults
}

fn document() -> String {
    read("docs/conformance.md").expect("the document")
}

#[test]
fn every_item_names_tests_that_are_there() {
    assert_eq!(faults(&document()), Vec::<String>::new());
}

/// Tests that a text names, as "`file`: `test`, `test`".
fn named_tests(text: &str) -> Vec<(&str, &str)> {
    let mut file = None;
    let mut named = Vec::new();
    // Every second part is between back ticks.
    let mut parts = text.split('`');
    while let (Some(between), Some(code)) = (parts.next(), parts.next()) {
        match (between.trim(), file) {
            (":" | ",", Some(file)) => named.push((file, code)),
            _ => {
                let is_file = [".rs", ".mjs"].iter().any(|end| code.ends_with(end));
                file = is_file.then_some(code);
            }
        }
    }
    named
}

fn untested(text: &str) -> Vec<String> {
    let missing = named_tests(text)
        .into_iter()
        .filter(|(file, test)| !read(file).is_some_and(|source| has_test(file, &source, test, "")));
    missing
        .map(|(file, test)| format!("no {test} in {file}"))
        .collect()
}

#[test]
fn what_is_said_of_the_money_names_tests_that_are_there() {
    let text = read("docs/money-safety.md").expect("the document");
    assert!(named_tests(&text).len() > 25);
    assert_eq!(untested(&text), Vec::<String>::new());
    let wrong = text.replace("one_request_pays_once", "one_request_pays_twice");
    assert_eq!(
        untested(&wrong),
        ["no one_request_pays_twice in tests/sender/record.rs"]
    );
}

/// A document that is wrong in one place is found to be.
#[test]
fn what_is_wrong_is_found() {
    let document = document();
    let line = |item: &str| {
        let start = format!("| {item} |");
        let line = document.lines().find(|line| line.starts_with(&start));
        line.expect("the item").to_owned()
    };
    let wrong = [
        (line("R17"), String::new(), "R17 is missing"),
        (line("H6"), line("H5"), "H5 is named twice"),
        (
            line("H6"),
            line("H6").replace("| H6", "| H60"),
            "H60 is no item",
        ),
        (
            line("D5"),
            line("D5").replace("programs/disputes.rs", "programs/mine.rs"),
            "D5: there is no",
        ),
        (
            line("R17"),
            line("R17").replace("a_hundred", "a_thousand"),
            "R17: no a_thousand",
        ),
        // A function that is no test, a title that is another's, and one that is only a part.
        (
            line("R17"),
            line("R17").replace("a_hundred_payments_in_a_row", "payment"),
            "R17: no payment",
        ),
        (
            line("R13"),
            line("R13").replace("channels_are_kept_to_the_unit", "rounded"),
            "R13: no rounded",
        ),
        (
            line("C9"),
            line("C9").replace(
                "another token cannot open a channel",
                "deposit 0 opens a channel",
            ),
            "C9: no deposit",
        ),
        (
            line("P19"),
            line("P19").replace("the ten lines", "ten lines"),
            "P19: no ten lines",
        ),
    ];
    for (right, wrong, fault) in wrong {
        let changed = document.replacen(&right, &wrong, 1);
        assert_ne!(changed, document, "{fault}");
        let found = faults(&changed);
        assert!(
            found.iter().any(|found| found.contains(fault)),
            "{fault}: {found:?}"
        );
    }
}
