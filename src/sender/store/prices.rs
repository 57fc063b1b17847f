//! Cache of prices paid before, so that the proof already goes with the first request.

use crate::json::{Value, json};

use crate::protocol::header::Demand;
use crate::protocol::{Address, Amount, CreditOffer};

use super::keys;

/// The key of a cached price: origin, method and path. It ignores the query, which changes often and
/// rarely changes the price; if it does, that costs one more round trip.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// As in `https://example.org`.
    pub origin: String,
    /// As in `GET`.
    pub method: String,
    /// As in `/doggo.jpg`.
    pub path: String,
    /// The whole URL, for the ledger.
    pub url: String,
}

/// The origin at the start of an absolute URL, as in `https://example.org`. `None` for one that names no
/// host, such as `data:,`.
pub fn origin(url: &str) -> Option<&str> {
    const SLASHES: &str = "://";
    let scheme = url.bytes().position(|byte| byte == b':')?;
    let host = scheme + SLASHES.len();
    if url.get(scheme..host)? != SLASHES {
        return None;
    }
    let rest = url.get(host..)?.bytes();
    let length = rest
        .clone()
        .position(|byte| matches!(byte, b'/' | b'?' | b'#'));
    url.get(..host + length.unwrap_or(rest.len()))
}

impl Place {
    /// Splits an absolute URL in the browser's form. A URL without a host becomes all origin.
    pub fn of(method: String, url: String) -> Self {
        let start = origin(&url).map_or(url.len(), str::len);
        let (origin, rest) = url.split_at(start);
        let end = rest.bytes().position(|byte| matches!(byte, b'?' | b'#'));
        let path = rest.get(..end.unwrap_or(rest.len())).unwrap_or_default();
        Self {
            origin: origin.to_owned(),
            path: path.to_owned(),
            method,
            url,
        }
    }

    /// The name under which the price is stored.
    pub fn name(&self, chain_id: u64, contract: Address) -> String {
        let prefix = keys::prices(chain_id, contract);
        format!("{prefix}{} {}{}", self.method, self.origin, self.path)
    }
}

/// Longer gateways, in bytes, are not cached.
const MAX_GATEWAY: usize = 256;

/// A cached price and its receiver.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownPrice {
    /// The account that was paid.
    pub receiver: Address,
    /// The price, in token base units.
    pub price: Amount,
    /// When it was paid, in milliseconds since 1970.
    pub at: u64,
    /// The receiver's REST interface, as its server named it: a channel that is paid from this price alone could not be
    /// closed with the receiver's agreement otherwise.
    pub gateway: Option<String>,
    /// The receiver spoke the credit extension then.
    pub credit: Option<CreditOffer>,
}

impl KnownPrice {
    /// The demand expected from the server.
    pub fn demand(&self, contract: Address) -> Demand {
        Demand {
            contract,
            receiver: self.receiver,
            price: self.price,
            token: None,
            gateway: self.gateway.clone(),
            refusal: None,
            sender_balance: None,
            balance_signature: None,
        }
    }

    /// The text to store.
    pub fn to_json(&self) -> String {
        json!({
            "receiver": self.receiver.to_string(),
            "price": self.price.to_string(),
            "time": self.at,
            "gateway": self.gateway.as_deref().filter(|text| text.len() <= MAX_GATEWAY),
            "credit": self.credit.map(|offer| offer.to_string()),
        })
        .to_string()
    }

    /// Reads a stored text; `None`: it is malformed, and counts as a miss.
    pub fn from_json(text: &str) -> Option<Self> {
        let value = Value::parse(text).ok()?;
        Some(Self {
            receiver: value["receiver"].as_str()?.parse().ok()?,
            price: value["price"].as_str()?.parse().ok()?,
            at: value["time"].as_u64()?,
            gateway: value["gateway"].as_str().map(str::to_owned),
            credit: value["credit"].as_str().and_then(CreditOffer::read),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_a_url_taken_apart() {
        for (url, origin, path) in [
            ("https://a.example/", "https://a.example", "/"),
            (
                "https://a.example:8443/x/y?u=http://b/",
                "https://a.example:8443",
                "/x/y",
            ),
            (
                "http://127.0.0.1:1/doggo.jpg#/?",
                "http://127.0.0.1:1",
                "/doggo.jpg",
            ),
            ("http://[::1]:80/a:b", "http://[::1]:80", "/a:b"),
            ("https://a.example", "https://a.example", ""),
            ("https://a.example?a/b", "https://a.example", ""),
            (
                "data:,http://a.example/x?y",
                "data:,http://a.example/x?y",
                "",
            ),
            ("", "", ""),
            ("https:", "https:", ""),
            ("ä://ö/ü", "ä://ö", "/ü"),
        ] {
            let place = Place::of("GET".to_owned(), url.to_owned());
            let parts = (
                place.url.as_str(),
                place.origin.as_str(),
                place.path.as_str(),
            );
            assert_eq!(parts, (url, origin, path));
        }
    }
}
