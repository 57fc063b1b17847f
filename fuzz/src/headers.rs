//! The `RDN-*` headers of a request and of an answer: what is read is written and read again as the
//! same, in bounded length, and no error repeats a signature.
use super::{Head, written};
use microraiden::protocol::header::{Demand, HeaderError, Payment, name};

/// A signature's length as text, which is the longest of the fixed values.
const LONGEST: usize = 132;
const LONGEST_PATH: usize = 2048;

/// Fails if a promise is broken.
pub fn run(text: &str) {
    let head = Head::read(text);
    match Payment::read(|name| head.get(name)) {
        Ok(None) => assert!(head.get(name::BALANCE_SIGNATURE).is_none()),
        Ok(Some(payment)) => {
            let headers = payment.headers();
            assert!(headers.iter().all(|(_, value)| value.len() <= LONGEST));
            let again = Payment::read(|name| written(&headers, name));
            assert_eq!(again, Ok(Some(payment)));
        }
        Err(error) => check_error(&error, &head),
    }
    match Demand::read(|name| head.get(name)) {
        Ok(None) => assert!(head.get(name::CONTRACT_ADDRESS).is_none()),
        Ok(Some(demand)) => {
            let headers = demand.headers();
            assert!(headers.iter().all(|(name, value)| {
                value.len() <= LONGEST
                    || (*name == name::GATEWAY_PATH && value.len() <= LONGEST_PATH)
            }));
            assert_eq!(demand.acknowledged().is_some(), {
                demand.sender_balance.is_some() && demand.balance_signature.is_some()
            });
            let again = Demand::read(|name| written(&headers, name));
            assert_eq!(again, Ok(Some(demand)));
        }
        Err(error) => check_error(&error, &head),
    }
}

/// An error is one short sentence without the value that it is about.
fn check_error(error: &HeaderError, head: &Head<'_>) {
    let text = format!("{error} {error:?}");
    assert!(text.len() < 400, "{text}");
    let signature = head.get(name::BALANCE_SIGNATURE).unwrap_or_default();
    let is_hex = signature
        .strip_prefix("0x")
        .is_some_and(|digits| digits.len() >= 20 && digits.bytes().all(|b| b.is_ascii_hexdigit()));
    assert!(!is_hex || !text.contains(signature));
}
