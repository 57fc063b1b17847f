//! What people report of nodes in the field, and what happens here: one table, [`cases::CASES`]. A case is its
//! kind, its source, what is asked, what comes back over HTTP for each method, and the right result.
//! `docs/field.md` lists them; `MICRORAIDEN_WRITE=1` writes it anew.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::expect_used, clippy::panic, unreachable_pub)] // A test crate.

mod asks;
mod cases;
mod script;

use std::fmt::Write as _;

use cases::{CASES, Case};

const DOCUMENT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/field.md");

#[test]
fn each_case_ends_as_it_should() {
    let mut wrong = Vec::new();
    for case in CASES {
        let result = script::run(case.ask, case.answers);
        if result != case.right {
            wrong.push(format!(
                "{} ({}): {result}, not {}",
                case.kind, case.source, case.right
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_document_lists_the_cases() {
    let text = document();
    if std::env::var_os("MICRORAIDEN_WRITE").is_some() {
        std::fs::write(DOCUMENT, &text).expect("docs/field.md can be written");
    }
    let written = std::fs::read_to_string(DOCUMENT).expect("docs/field.md");
    assert!(
        written == text,
        "MICRORAIDEN_WRITE=1 writes docs/field.md anew"
    );
}

fn document() -> String {
    let mut text = String::from(
        "# Nodes in the field\n\n\
         What was reported of nodes and of the services before them, and what happens here. The cases are\n\
         `tests/field/cases.rs`, with the exact answers; a test compares this list with them. To add one, add\n\
         its five lines there and run `MICRORAIDEN_WRITE=1 cargo test --test field`.\n\n\
         | kind | source | what happens here |\n|---|---|---|\n",
    );
    for case in CASES {
        let Case {
            kind,
            source,
            ask,
            right,
            ..
        } = case;
        let link = link(source);
        writeln!(text, "| {kind} | {link} | {ask:?}: {right} |").expect("a string grows");
    }
    text
}

/// `owner/repository#7`, or the address of a page.
fn link(source: &str) -> String {
    match source.split_once('#') {
        Some((repository, number)) if !source.contains("://") => {
            format!("[{source}](https://github.com/{repository}/issues/{number})")
        }
        _ => format!("<{source}>"),
    }
}
