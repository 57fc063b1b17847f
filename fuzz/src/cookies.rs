//! Payments in cookies: a payment that was read is the same when it is written as cookies, plain or
//! quoted, among other cookies.
use super::Head;
use http::{HeaderMap, HeaderValue, header};
use microraiden::paywall::cookies::payment_value;
use microraiden::protocol::header::{Payment, cookie_name, name};

/// Fails if a promise is broken.
pub fn run(text: &str) {
    let headers = Head::read(text).headers();
    for header in [
        name::CONTRACT_ADDRESS,
        name::RECEIVER_ADDRESS,
        name::PAYMENT,
    ] {
        assert_eq!(cookie_name(header), None);
        assert_eq!(
            payment_value(&headers, header).is_some(),
            headers.contains_key(header)
        );
    }
    let Ok(Some(payment)) = Payment::read(|name| payment_value(&headers, name)) else {
        return;
    };
    for quote in ["", "\""] {
        let pairs = payment.cookies();
        let pairs = pairs
            .iter()
            .map(|(name, value)| format!("{name}={quote}{value}{quote}"));
        let cookies = format!("a=b; {}; c", pairs.collect::<Vec<_>>().join("; "));
        let mut headers = HeaderMap::new();
        // A cookie counts, not the header.
        headers.insert(name::BALANCE, HeaderValue::from_static("1"));
        headers.insert(
            header::COOKIE,
            HeaderValue::try_from(cookies).expect("plain text"),
        );
        let again = Payment::read(|name| payment_value(&headers, name));
        let expected = Payment {
            contract: None,
            receiver: None,
            ..payment
        };
        assert_eq!(again, Ok(Some(expected)));
    }
}
