//! The golden vectors inside a real browser.
#![cfg(target_arch = "wasm32")]
#![allow(unreachable_pub, clippy::expect_used, clippy::panic)] // A test crate.

#[path = "vectors/check.rs"]
mod check;

use wasm_bindgen_test::{console_log, wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_browser);

#[wasm_bindgen_test]
fn every_case_holds() {
    let report = check::check(include_str!("vectors/vectors.json"));
    for (section, cases) in &report.counts {
        console_log!("{cases:5} {section}");
    }
    assert!(report.failures.is_empty(), "{:#?}", report.failures);
}
