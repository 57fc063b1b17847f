//! What the OpenAPI document says where the receiver speaks the credit extension (`docs/extension.md`).

use serde_json::{Map, Value, json};

use crate::protocol::header::name;
use crate::protocol::{CreditRefusal, PaymentNumber};

/// Of a request, with what it says.
const ASKED: [(&str, &str); 2] = [
    (
        name::PAYMENT_NUMBER,
        "Which payment of its channel the request is",
    ),
    (
        name::PRICE,
        "The highest price that the sender agrees to, in base units of the token; with a number",
    ),
];
/// Of an answer that was charged for, with what it says.
const SERVED: [(&str, &str); 5] = [
    (
        name::CREDIT,
        "That requests of one channel can be paid for in parallel, by numbers",
    ),
    (name::PAYMENT_NUMBER, "The number that was charged"),
    (
        name::PAID,
        "What was charged for the number, now or before, in base units of the token",
    ),
    (
        name::CHARGED,
        "What was charged in the channel, in base units of the token",
    ),
    (
        name::NEWEST_NUMBER,
        "The highest number that was charged in the channel; 0: none was",
    ),
];
/// Of a 402 as well; the last one of nothing else.
const REFUSED: [&str; 4] = [
    name::CREDIT,
    name::CHARGED,
    name::NEWEST_NUMBER,
    name::CREDIT_REFUSED,
];

/// Adds the headers, by name, to the document.
pub(super) fn describe(document: &mut Value) {
    let headers = SERVED.map(|(name, about)| (name.to_owned(), header(name, about)));
    let mut headers = Map::from_iter(headers);
    let refused = header(name::CREDIT_REFUSED, "Why a number was not charged");
    headers.insert(name::CREDIT_REFUSED.to_owned(), refused);
    let parameters = ASKED.map(|(name, about)| {
        let mut parameter = header(name, about);
        parameter["name"] = json!(name);
        parameter["in"] = json!("header");
        (name.to_owned(), parameter)
    });
    let components = &mut document["components"];
    components["headers"] = Value::Object(headers);
    components["parameters"] = Value::Object(Map::from_iter(parameters));
    components["responses"]["PaymentRequired"]["headers"] = listed(REFUSED);
}

/// The headers of a request, as parameters of an operation.
pub(super) fn asked() -> [Value; 2] {
    ASKED.map(|(name, _)| json!({ "$ref": format!("#/components/parameters/{name}") }))
}

/// The headers of an answer that was charged for.
pub(super) fn served() -> Value {
    listed(SERVED.map(|(name, _)| name))
}

fn listed<const N: usize>(names: [&str; N]) -> Value {
    let named = names.map(|name| {
        let place = format!("#/components/headers/{name}");
        (name.to_owned(), json!({ "$ref": place }))
    });
    Value::Object(Map::from_iter(named))
}

fn header(name: &str, about: &str) -> Value {
    json!({ "description": about, "schema": schema(name) })
}

fn schema(name: &str) -> Value {
    let number = |least: u64| {
        let most = PaymentNumber::MAX.get();
        json!({ "type": "integer", "minimum": least, "maximum": most })
    };
    match name {
        name::PAYMENT_NUMBER => number(1),
        name::NEWEST_NUMBER => number(0),
        name::CREDIT_REFUSED => {
            json!({ "type": "string", "enum": CreditRefusal::ALL.map(CreditRefusal::code) })
        }
        name::CREDIT => json!({ "type": "string" }),
        // An amount, which may be too large for a number.
        _ => json!({ "type": "string", "pattern": "^[0-9]+$" }),
    }
}
