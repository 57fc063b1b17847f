//! JSON of `serde_json`, in which the tests are written, as the library has it and back.

use microraiden::json;
use serde_json::Value;

/// From the library.
pub(crate) fn theirs(value: &json::Value) -> Value {
    serde_json::from_str(&value.to_string()).expect("JSON")
}

/// For the library.
pub(crate) fn ours(value: &Value) -> json::Value {
    json::Value::parse(&value.to_string()).expect("JSON")
}
