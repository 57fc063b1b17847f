//! The golden vectors inside a real browser.

#[allow(unreachable_pub)] // Shared with another test.
#[path = "../vectors/check.rs"]
mod check;

use wasm_bindgen_test::{console_log, wasm_bindgen_test};

#[wasm_bindgen_test]
fn every_case_holds() {
    let report = check::check(include_str!("../vectors/vectors.json"));
    for (section, cases) in &report.counts {
        console_log!("{cases:5} {section}");
    }
    assert!(report.failures.is_empty(), "{:#?}", report.failures);
}
