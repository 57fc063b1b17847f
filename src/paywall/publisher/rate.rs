//! What a token is worth in a currency, as the publisher says; for showing alone.
//!
//! All of it is whole numbers: a rate is a number of the smallest part that its digits name.

use crate::paywall::words::Words;
use crate::protocol::{Amount, Uint256};

/// Digits of a rate before the point, and after it.
const MOST_DIGITS: usize = 18;
/// Digits after the point that are shown of less than 1, and of more.
const FINE: u32 = 4;
const COARSE: u32 = 2;
/// Currencies whose smallest coin is not a hundredth (ISO 4217), and its digits after the point.
const COINS: [(&str, u32); 10] = [
    ("BHD", 3),
    ("CLP", 0),
    ("ISK", 0),
    ("JOD", 3),
    ("JPY", 0),
    ("KRW", 0),
    ("KWD", 3),
    ("OMR", 3),
    ("TND", 3),
    ("VND", 0),
];
/// Signs of currencies in English and German (CLDR). Others are known by their codes.
const SIGNS: [(&str, &str); 13] = [
    ("BRL", "R$"),
    ("CAD", "CA$"),
    ("EUR", "€"),
    ("GBP", "£"),
    ("HKD", "HK$"),
    ("ILS", "₪"),
    ("INR", "₹"),
    ("JPY", "¥"),
    ("KRW", "₩"),
    ("MXN", "MX$"),
    ("NZD", "NZ$"),
    ("USD", "$"),
    ("VND", "₫"),
];
const NO_BREAK: char = '\u{a0}';

/// What one whole token is worth.
#[derive(Clone, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(try_from = "Written")]
pub(crate) struct Rate {
    currency: String,
    per_token: String,
    /// The rate in units of 10^-`places`.
    units: u128,
    places: u32,
}

/// Why a rate can't be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum RateError {
    #[error("`currency` must be three capital letters, as in EUR")]
    Currency,
    #[error("`per-token` must be a decimal number in quotation marks, as in \"0.95\"")]
    PerToken,
    #[error("`per-token` may have 18 digits before the point and 18 after it, and must not be 0")]
    Digits,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    currency: String,
    #[serde(rename = "per-token", alias = "per_token")]
    per_token: String,
}

impl TryFrom<Written> for Rate {
    type Error = RateError;

    fn try_from(written: Written) -> Result<Self, RateError> {
        let Written {
            currency,
            per_token,
        } = written;
        if currency.len() != 3 || !currency.bytes().all(|letter| letter.is_ascii_uppercase()) {
            return Err(RateError::Currency);
        }
        let (whole, fraction) = per_token.split_once('.').unwrap_or((&per_token, "0"));
        for part in [whole, fraction] {
            if part.is_empty() || !part.bytes().all(|digit| digit.is_ascii_digit()) {
                return Err(RateError::PerToken);
            }
            if part.len() > MOST_DIGITS {
                return Err(RateError::Digits);
            }
        }
        let digits = format!("{whole}{fraction}");
        let units = digits.parse().map_err(|_| RateError::Digits)?;
        let places = u32::try_from(fraction.len()).map_err(|_| RateError::Digits)?;
        if units == 0 {
            return Err(RateError::Digits);
        }
        Ok(Self {
            currency,
            per_token,
            units,
            places,
        })
    }
}

impl Rate {
    /// The code of the currency.
    pub(crate) fn currency(&self) -> &str {
        &self.currency
    }

    /// Exactly as it was written.
    pub(crate) fn per_token(&self) -> &str {
        &self.per_token
    }

    /// What an amount of a token with these decimals is worth, as in `about €0.10`; rounded, as the page's script rounds it
    /// too. `None`: it is nothing, or more than can be computed.
    pub(crate) fn worth(&self, amount: Amount, decimals: u8, words: &Words) -> Option<String> {
        if amount.is_zero() {
            return None;
        }
        // In units of 10^-scale of the currency.
        let product = multiply(amount.into(), Uint256::new(self.units))?;
        let scale = u32::from(decimals).checked_add(self.places)?;
        let fine = round(product, scale, FINE)?;
        if fine == Uint256::ZERO {
            let least = self.show(&Uint256::ONE.to_string(), FINE, words);
            return Some(words.say_with("less-than", "amount", &least));
        }
        let (units, places) = match fine >= power(FINE)? {
            true => (round(fine, FINE, COARSE)?, COARSE),
            false => (fine, FINE),
        };
        let shown = self.show(&units.to_string(), places, words);
        Some(words.say_with("about", "amount", &shown))
    }

    fn show(&self, digits: &str, places: u32, words: &Words) -> String {
        let places = usize::try_from(places).unwrap_or_default();
        let coin = usize::try_from(self.coin()).unwrap_or_default();
        let digits = format!("{digits:0>width$}", width = places + 1);
        let (whole, fraction) = digits.split_at(digits.len() - places);
        let mut fraction = fraction.to_owned();
        while fraction.len() > coin && fraction.ends_with('0') {
            fraction.pop();
        }
        let point = if fraction.is_empty() {
            ""
        } else {
            words.say("decimal-point")
        };
        let number = format!("{}{point}{fraction}", grouped(whole, words.say("group")));
        let money = words.say_with("money", "number", &number);
        let sign = match find(&SIGNS, &self.currency) {
            Some(sign) => sign.to_owned(),
            // A code stays apart from the digits after it.
            None if money.starts_with('{') => format!("{}{NO_BREAK}", self.currency),
            None => self.currency.clone(),
        };
        money.replace("{sign}", &sign)
    }

    fn coin(&self) -> u32 {
        let known = COINS.iter().find(|(code, _)| *code == self.currency);
        known.map_or(2, |(_, digits)| *digits)
    }
}

fn find<'a>(table: &[(&str, &'a str)], code: &str) -> Option<&'a str> {
    let found = table.iter().find(|(known, _)| *known == code);
    found.map(|(_, value)| *value)
}

/// Digits in groups of three.
fn grouped(digits: &str, mark: &str) -> String {
    let mut shown = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            shown.push_str(mark);
        }
        shown.push(digit);
    }
    shown
}

/// The product, unless it exceeds 256 bits.
fn multiply(one: Uint256, other: Uint256) -> Option<Uint256> {
    let product = one.saturating_mul(other);
    (product != Uint256::MAX).then_some(product)
}

/// Units of 10^-scale as such of 10^-places, to the nearest one.
fn round(units: Uint256, scale: u32, places: u32) -> Option<Uint256> {
    let Some(dropped) = scale.checked_sub(places) else {
        return cut(units, scale, places);
    };
    let half = power(dropped)?.checked_div(Uint256::new(2))?;
    cut(units.checked_add(half)?, scale, places)
}

/// The same, rounded down.
fn cut(units: Uint256, scale: u32, places: u32) -> Option<Uint256> {
    match scale.checked_sub(places) {
        Some(dropped) => units.checked_div(power(dropped)?),
        None => multiply(units, power(places - scale)?),
    }
}

fn power(exponent: u32) -> Option<Uint256> {
    let mut power = Uint256::ONE;
    for _ in 0..exponent {
        power = multiply(power, Uint256::new(10))?;
    }
    Some(power)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::paywall::words::Languages;

    fn rate(currency: &str, per_token: &str) -> Result<Rate, RateError> {
        Written {
            currency: currency.to_owned(),
            per_token: per_token.to_owned(),
        }
        .try_into()
    }

    fn shown(tag: &str, currency: &str, per_token: &str, amount: &str, decimals: u8) -> String {
        let rate = rate(currency, per_token).expect("a rate");
        let languages = Languages::read(Path::new("/nowhere")).expect("those built in");
        let words = languages.find(tag).expect("words");
        let worth = rate.worth(amount.parse().expect("an amount"), decimals, words);
        worth.map_or("-".to_owned(), |worth| worth.replace(NO_BREAK, " "))
    }

    #[test]
    fn worths_are_computed_without_a_loss() {
        for (currency, per_token, amount, decimals, worth) in [
            ("EUR", "0.95", "100000000000000000", 18, "about €0.095"),
            ("EUR", "1", "1", 1, "about €0.10"),
            ("EUR", "0.333333333333333333", "3", 0, "about €1.00"),
            ("EUR", "0.005", "1", 0, "about €0.005"),
            ("EUR", "0.00095", "1", 0, "about €0.001"),
            ("EUR", "0.00005", "1", 0, "about €0.0001"),
            ("EUR", "0.00004999", "1", 0, "less than €0.0001"),
            ("EUR", "2500", "1000000000000000001", 18, "about €2,500.00"),
            ("USD", "1234567.895", "1", 0, "about $1,234,567.90"),
            ("JPY", "155.5", "2", 0, "about ¥311"),
            ("KWD", "0.31", "1", 0, "about KWD 0.310"),
            ("CHF", "1.5", "3", 0, "about CHF 4.50"),
            ("EUR", "1", "0", 18, "-"),
            // 2^192 - 1 of a token that is worth 10^17 is more than 256 bits.
            (
                "EUR",
                "100000000000000000.000000000000000001",
                "6277101735386680763835789423207666416102355444464034512895",
                0,
                "-",
            ),
        ] {
            let is = shown("en", currency, per_token, amount, decimals);
            assert_eq!(is, worth, "{per_token} {amount}");
        }
        assert_eq!(shown("de", "EUR", "0.95", "2000", 0), "etwa 1.900,00 €");
        assert_eq!(shown("de", "CHF", "0.5", "1", 0), "etwa 0,50 CHF");
    }

    #[test]
    fn rates_are_plain_decimals() {
        for per_token in [
            "", ".5", "1.", "-1", "+1", "1e3", "1,5", " 1", "１", "1.2.3",
        ] {
            assert_eq!(
                rate("EUR", per_token),
                Err(RateError::PerToken),
                "{per_token}"
            );
        }
        for per_token in ["0", "0.00", "1234567890123456789", "0.1234567890123456789"] {
            assert_eq!(
                rate("EUR", per_token),
                Err(RateError::Digits),
                "{per_token}"
            );
        }
        for currency in ["", "eur", "EURO", "€", "E R"] {
            assert_eq!(rate(currency, "1"), Err(RateError::Currency), "{currency}");
        }
    }

    #[test]
    fn a_rate_is_text() {
        let read = |text: &str| toml::from_str::<Rate>(text);
        assert!(read("currency = \"EUR\"\nper-token = \"0.95\"").is_ok());
        assert!(read("currency = \"EUR\"\nper_token = \"0.95\"").is_ok());
        // As a number of TOML it would have been a float.
        assert!(read("currency = \"EUR\"\nper-token = 0.95").is_err());
    }
}
