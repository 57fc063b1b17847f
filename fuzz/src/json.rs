//! The JSON reader takes what a general library takes, reads the same, and reads again what it writes.
use microraiden::json;
use serde_json::Value;

/// Fails if a promise is broken.
pub fn run(text: &str) {
    let theirs = serde_json::from_str::<Value>(text);
    match json::Value::parse(text) {
        Ok(ours) => {
            let written = ours.to_string();
            assert_eq!(json::Value::parse(&written), Ok(ours));
            match theirs {
                Ok(theirs) => {
                    let again: Value = serde_json::from_str(&written).expect("JSON");
                    assert_eq!(again, theirs);
                }
                // It may want numbers to fit.
                Err(error) => assert!(
                    error.to_string().starts_with("number out of range"),
                    "{error}"
                ),
            }
        }
        Err(_) => assert!(theirs.is_err()),
    }
}
