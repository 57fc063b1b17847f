//! The requests by which intervals are paid for.

use http::Uri;

/// The name of a meter in a query.
pub(super) const NAME: &str = "rdn-stream";
/// That of an interval.
const INTERVAL: &str = "interval";

/// A request to a meter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::paywall) struct MeterRequest {
    pub(in crate::paywall) id: String,
    /// `None`: it names none, or not by a whole number.
    pub(in crate::paywall) interval: Option<u64>,
}

impl MeterRequest {
    /// `None`: the request is for something else.
    pub(in crate::paywall) fn read(uri: &Uri) -> Option<Self> {
        let query = uri.query()?;
        let value = |name: &str| {
            let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
            pairs
                .find(|(known, _)| *known == name)
                .map(|(_, value)| value)
        };
        let interval = value(INTERVAL).filter(|text| text.bytes().all(|b| b.is_ascii_digit()));
        Some(Self {
            id: value(NAME)?.to_owned(),
            interval: interval
                .and_then(|text| text.parse().ok())
                .filter(|interval| *interval > 0),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_meter_and_an_interval_are_read_from_the_query() {
        let read = |uri: &'static str| MeterRequest::read(&Uri::from_static(uri));
        let asked = |interval| {
            let id = "ab".to_owned();
            Some(MeterRequest { id, interval })
        };
        assert_eq!(read("/live?rdn-stream=ab&interval=2"), asked(Some(2)));
        assert_eq!(read("/live?interval=18&x&rdn-stream=ab"), asked(Some(18)));
        for interval in [
            "",
            "&interval",
            "&interval=",
            "&interval=0",
            "&interval=+1",
            "&interval=x",
            "&interval=18446744073709551616",
        ] {
            let uri: Uri = format!("/live?rdn-stream=ab{interval}")
                .parse()
                .expect("a URI");
            assert_eq!(MeterRequest::read(&uri), asked(None), "{interval}");
        }
        for uri in [
            "/live",
            "/live?rdn-stream",
            "/live?interval=2",
            "/rdn-stream=ab",
        ] {
            assert_eq!(read(uri), None, "{uri}");
        }
    }
}
