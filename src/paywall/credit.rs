//! Numbered requests: what is read of them, and what answers say. `docs/extension.md` specifies it.

use std::time::Duration;

use http::header::{HOST, UPGRADE};
use http::request::Parts;
use http::uri::PathAndQuery;

use crate::protocol::header::{HeaderError, name};
use crate::protocol::{Amount, CreditOffer, CreditRefusal, Numbered, PaymentNumber, keccak256};
use crate::receiver::{
    AcceptedState, Charged, CreditTerms, NumberedRequest, PAYMENT_WINDOW, ResourceHash,
};

/// What an answer says by the credit extension.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CreditAnswer {
    /// That the receiver speaks it.
    pub offer: CreditOffer,
    /// The sum of what was charged in the channel and the highest number that was; only after a signature was
    /// verified.
    pub state: Option<(Amount, Option<PaymentNumber>)>,
    /// Why the request was not charged.
    pub refusal: Option<CreditRefusal>,
    /// The number that was charged, and what it was charged.
    pub paid: Option<(PaymentNumber, Amount)>,
}

impl CreditAnswer {
    pub(super) fn announcing(terms: &CreditTerms) -> Self {
        let seconds = terms.repeat.as_secs();
        Self {
            offer: CreditOffer {
                window: PAYMENT_WINDOW as u32,
                repeat: u32::try_from(seconds).unwrap_or(u32::MAX),
            },
            state: None,
            refusal: None,
            paid: None,
        }
    }

    pub(super) fn with_state(self, known: &AcceptedState) -> Self {
        Self {
            state: Some((known.charged, known.newest)),
            ..self
        }
    }

    pub(super) fn charging(self, charged: &Charged) -> Self {
        let charge = charged.charge;
        Self {
            paid: Some((charge.number, charge.price)),
            ..self.with_state(&charged.state)
        }
    }

    pub(super) fn texts(&self) -> Vec<(&'static str, String)> {
        let mut texts = vec![(name::CREDIT, self.offer.to_string())];
        if let Some((charged, newest)) = self.state {
            let newest = newest.map_or(0, PaymentNumber::get);
            texts.push((name::CHARGED, charged.to_string()));
            texts.push((name::NEWEST_NUMBER, newest.to_string()));
        }
        if let Some(refusal) = self.refusal {
            texts.push((name::CREDIT_REFUSED, refusal.code().to_owned()));
        }
        if let Some((number, price)) = self.paid {
            texts.push((name::PAYMENT_NUMBER, number.to_string()));
            texts.push((name::PAID, price.to_string()));
        }
        texts
    }
}

/// What a request says by the extension. `Ok(None)`: nothing, or the receiver does not speak it.
pub(super) fn read(
    parts: &Parts,
    terms: Option<&CreditTerms>,
) -> Result<Option<NumberedRequest>, HeaderError> {
    let Some(terms) = terms else {
        return Ok(None);
    };
    // A header that is not text is malformed, not missing.
    let text = |name: &'static str| {
        let value = parts.headers.get(name)?;
        Some(value.to_str().unwrap_or("\u{fffd}"))
    };
    let numbered = Numbered::read(text)?;
    Ok(numbered.map(|numbered| NumberedRequest {
        numbered,
        resource: resource(parts),
        repeat: if is_repeatable(parts) {
            terms.repeat
        } else {
            Duration::ZERO
        },
    }))
}

/// What a number is for: method, host, path and query. Other headers, such as `Range`, may differ.
fn resource(parts: &Parts) -> ResourceHash {
    let host = parts.headers.get(HOST).map(|host| host.as_bytes());
    let authority = parts.uri.authority().map(|a| a.as_str().as_bytes());
    let host = authority.or(host).unwrap_or_default().to_ascii_lowercase();
    let asked = parts.uri.path_and_query();
    let asked = asked.map_or(parts.uri.path(), PathAndQuery::as_str);
    let method = parts.method.as_str();
    // None of the first two can contain a line end.
    let hash = keccak256(&[method.as_bytes(), b"\n", &host, b"\n", asked.as_bytes()]);
    let mut half = [0; 16];
    half.copy_from_slice(&hash.0[..16]);
    ResourceHash(half)
}

/// Whether a request can be served twice and do no more than once: it reads (RFC 9110, 9.2.1), and begins no
/// conversation.
fn is_repeatable(parts: &Parts) -> bool {
    parts.method.is_safe() && !parts.headers.contains_key(UPGRADE)
}

/// A sentence for a refusal.
pub(super) const fn sentence(refusal: CreditRefusal) -> &'static str {
    match refusal {
        CreditRefusal::InsufficientCredit => {
            "The balance, less what was charged, does not cover the price."
        }
        CreditRefusal::PriceRaised => "The price is higher than the request agrees to.",
        CreditRefusal::NumberStale => {
            "The payment number is too low: it is not known any more whether it was charged."
        }
        CreditRefusal::NumberUsed => "The payment number was charged for another request.",
        CreditRefusal::NumberCharged => {
            "The payment number was charged for this request, which is not served again."
        }
        CreditRefusal::BalanceOutOfOrder => {
            "The balance is not between those of the payment numbers before and after it, or has paid already."
        }
    }
}

#[cfg(test)]
mod tests {
    use http::Request;

    use super::*;

    fn parts(method: &str, uri: &str, host: Option<&str>) -> Parts {
        let mut request = Request::builder().method(method).uri(uri);
        if let Some(host) = host {
            request = request.header(HOST, host);
        }
        request.body(()).expect("a request").into_parts().0
    }

    #[test]
    fn a_resource_is_its_method_host_path_and_query() {
        let one = resource(&parts("GET", "/a?b=1", Some("shop.example")));
        assert_eq!(resource(&parts("GET", "/a?b=1", Some("SHOP.example"))), one);
        // As HTTP/2 has it.
        let absolute = parts("GET", "http://shop.example/a?b=1", None);
        assert_eq!(resource(&absolute), one);
        let mut ranged = parts("GET", "/a?b=1", Some("shop.example"));
        ranged
            .headers
            .insert("range", "bytes=1-".parse().expect("a value"));
        assert_eq!(resource(&ranged), one);
        for other in [
            parts("HEAD", "/a?b=1", Some("shop.example")),
            parts("GET", "/a?b=2", Some("shop.example")),
            parts("GET", "/a", Some("shop.example")),
            parts("GET", "/A?b=1", Some("shop.example")),
            parts("GET", "/a?b=1", Some("other.example")),
            parts("GET", "/a?b=1", None),
        ] {
            assert_ne!(resource(&other), one, "{other:?}");
        }
    }

    #[test]
    fn what_changes_something_is_not_repeated() {
        for (method, repeats) in [
            ("GET", true),
            ("HEAD", true),
            ("OPTIONS", true),
            ("POST", false),
            ("PUT", false),
            ("DELETE", false),
            ("PATCH", false),
        ] {
            assert_eq!(
                is_repeatable(&parts(method, "/", None)),
                repeats,
                "{method}"
            );
        }
        let mut upgrade = parts("GET", "/", None);
        let value = "websocket".parse().expect("a value");
        upgrade.headers.insert(UPGRADE, value);
        assert!(!is_repeatable(&upgrade));
    }
}
