//! The credit extension: requests of one channel that are paid for in parallel. Not part of the original
//! protocol; `docs/extension.md` specifies it.

use core::fmt;
use core::str::FromStr;

use super::amount::Amount;
use super::header::{HeaderError, name};

/// Which payment of a channel a request is, as its sender counts them: from 1 to 2^53 - 1, so that every
/// client can count so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PaymentNumber(u64);

/// Not a payment number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a payment number is a whole number from 1 to 9007199254740991, without leading zeros")]
pub struct PaymentNumberError;

impl PaymentNumber {
    /// The highest one.
    pub const MAX: Self = Self((1 << 53) - 1);

    /// `None`: out of range.
    pub const fn new(number: u64) -> Option<Self> {
        if number == 0 || number > Self::MAX.0 {
            return None;
        }
        Some(Self(number))
    }

    /// The number.
    pub const fn get(self) -> u64 {
        self.0
    }
}

impl fmt::Display for PaymentNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for PaymentNumber {
    type Err = PaymentNumberError;

    fn from_str(text: &str) -> Result<Self, PaymentNumberError> {
        // One spelling for each number: `u64` would also read `+1` and `01`.
        let plain = text.bytes().all(|byte| byte.is_ascii_digit()) && !text.starts_with('0');
        let number = text.parse().ok().filter(|_| plain).and_then(Self::new);
        number.ok_or(PaymentNumberError)
    }
}

/// What a request says by the extension.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Numbered {
    /// Which payment it is.
    pub number: PaymentNumber,
    /// The highest price that its sender agrees to.
    pub agreed: Amount,
}

impl Numbered {
    /// Reads a request. `Ok(None)`: it does not use the extension.
    pub fn read<T: AsRef<str>>(
        get: impl Fn(&'static str) -> Option<T>,
    ) -> Result<Option<Self>, HeaderError> {
        let Some(number) = get(name::PAYMENT_NUMBER) else {
            return Ok(None);
        };
        let number = number.as_ref().parse();
        let number = number.map_err(|cause| HeaderError::Number(name::PAYMENT_NUMBER, cause))?;
        let agreed = get(name::PRICE).ok_or(HeaderError::Missing(name::PRICE))?;
        let agreed = agreed.as_ref().parse();
        let agreed = agreed.map_err(|cause| HeaderError::Amount(name::PRICE, cause))?;
        Ok(Some(Self { number, agreed }))
    }

    /// The request headers, beside those of the payment.
    pub fn headers(&self) -> [(&'static str, String); 2] {
        [
            (name::PAYMENT_NUMBER, self.number.to_string()),
            (name::PRICE, self.agreed.to_string()),
        ]
    }
}

/// The receiver's announcement that it speaks the extension.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CreditOffer {
    /// How many numbers, up to the highest one that was charged, the receiver knows; 64 or more.
    pub window: u32,
    /// For how many seconds what was charged is served again.
    pub repeat: u32,
}

impl CreditOffer {
    /// The version of the extension that is described here.
    const VERSION: &'static str = "1";
    /// The least window that a receiver may have.
    pub const LEAST_WINDOW: u32 = 64;

    /// Reads the value of [`name::CREDIT`]: a version, and parameters after semicolons. `None`: of another
    /// version, or malformed; then the receiver counts as one without the extension. Parameters that are not
    /// known are skipped.
    pub fn read(text: &str) -> Option<Self> {
        let mut items = text.split(';').map(str::trim);
        if items.next() != Some(Self::VERSION) {
            return None;
        }
        let (mut window, mut repeat) = (None, None);
        for item in items {
            match item.split_once('=') {
                Some(("window", value)) => window = Some(number(value)?),
                Some(("repeat", value)) => repeat = Some(number(value)?),
                _ => {}
            }
        }
        let window = window.filter(|window| *window >= Self::LEAST_WINDOW)?;
        let repeat = repeat?;
        Some(Self { window, repeat })
    }
}

fn number(text: &str) -> Option<u32> {
    let plain = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|_| plain)
}

impl fmt::Display for CreditOffer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { window, repeat } = self;
        write!(f, "{};window={window};repeat={repeat}", Self::VERSION)
    }
}

/// Why a numbered request was not served. Nothing was charged for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CreditRefusal {
    /// The proof does not cover the price besides what was charged.
    InsufficientCredit,
    /// The price is higher than the sender agreed to.
    PriceRaised,
    /// The number is below the window.
    NumberStale,
    /// The number was charged for another resource, or with another proof.
    NumberUsed,
    /// The number was charged for this resource, which is not served again.
    NumberCharged,
    /// The balance does not lie between those of the numbers before and after it.
    BalanceOutOfOrder,
}

impl CreditRefusal {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::InsufficientCredit,
        Self::PriceRaised,
        Self::NumberStale,
        Self::NumberUsed,
        Self::NumberCharged,
        Self::BalanceOutOfOrder,
    ];

    /// The value of [`name::CREDIT_REFUSED`], and the `code` of a problem.
    pub const fn code(self) -> &'static str {
        match self {
            Self::InsufficientCredit => "insufficient-credit",
            Self::PriceRaised => "price-raised",
            Self::NumberStale => "number-stale",
            Self::NumberUsed => "number-used",
            Self::NumberCharged => "number-charged",
            Self::BalanceOutOfOrder => "balance-out-of-order",
        }
    }

    /// Reads it. `None`: a refusal that is not known, to be treated as final.
    pub fn read(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|refusal| refusal.code() == text)
    }
}

/// A refusal as a sender reads it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReportedRefusal {
    /// One of those specified.
    Known(CreditRefusal),
    /// Another word, which is final for the number.
    Unknown,
}

/// What an answer says by the extension, as a sender reads it. All of it is a claim of the server; what is
/// malformed counts as missing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CreditReport {
    /// The receiver speaks the extension.
    pub offer: Option<CreditOffer>,
    /// The number that was charged, and what it was charged, now or before.
    pub paid: Option<(PaymentNumber, Amount)>,
    /// The sum of what was charged in the channel.
    pub charged: Option<Amount>,
    /// The highest number that was charged; 0: none was.
    pub newest: Option<u64>,
    /// Why a number was not charged.
    pub refused: Option<ReportedRefusal>,
}

impl CreditReport {
    /// Reads the headers of an answer.
    pub fn read<T: AsRef<str>>(get: impl Fn(&'static str) -> Option<T>) -> Self {
        let amount = |name| get(name)?.as_ref().parse::<Amount>().ok();
        let number = get(name::PAYMENT_NUMBER).and_then(|text| text.as_ref().parse().ok());
        let newest = get(name::NEWEST_NUMBER).and_then(|text| match text.as_ref() {
            "0" => Some(0),
            text => text.parse().ok().map(PaymentNumber::get),
        });
        let refused = get(name::CREDIT_REFUSED).map(|text| {
            let known = CreditRefusal::read(text.as_ref());
            known.map_or(ReportedRefusal::Unknown, ReportedRefusal::Known)
        });
        Self {
            offer: get(name::CREDIT).and_then(|text| CreditOffer::read(text.as_ref())),
            paid: number.zip(amount(name::PAID)),
            charged: amount(name::CHARGED),
            newest,
            refused,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_read_as_far_as_it_is_well_formed() {
        let read = |headers: &[(&'static str, &'static str)]| {
            CreditReport::read(|name| {
                let found = headers.iter().find(|(known, _)| *known == name);
                found.map(|(_, value)| *value)
            })
        };
        assert_eq!(read(&[]), CreditReport::default());
        let served = read(&[
            (name::CREDIT, "1;window=64;repeat=600"),
            (name::PAYMENT_NUMBER, "7"),
            (name::PAID, "3"),
            (name::CHARGED, "21"),
            (name::NEWEST_NUMBER, "9"),
        ]);
        let offer = CreditOffer {
            window: 64,
            repeat: 600,
        };
        let expected = CreditReport {
            offer: Some(offer),
            paid: PaymentNumber::new(7).zip(Some(Amount::from_u64(3))),
            charged: Some(Amount::from_u64(21)),
            newest: Some(9),
            refused: None,
        };
        assert_eq!(served, expected);
        let refused = read(&[
            (name::PAYMENT_NUMBER, "07"),
            (name::PAID, "3"),
            (name::CHARGED, "-1"),
            (name::NEWEST_NUMBER, "0"),
            (name::CREDIT_REFUSED, "price-raised"),
        ]);
        let expected = CreditReport {
            newest: Some(0),
            refused: Some(ReportedRefusal::Known(CreditRefusal::PriceRaised)),
            ..CreditReport::default()
        };
        assert_eq!(refused, expected);
        let unknown = read(&[(name::CREDIT_REFUSED, "tuesday")]).refused;
        assert_eq!(unknown, Some(ReportedRefusal::Unknown));
    }

    #[test]
    fn a_number_has_one_spelling() {
        for (text, number) in [("1", 1), ("64", 64), ("9007199254740991", (1 << 53) - 1)] {
            let read: PaymentNumber = text.parse().expect(text);
            assert_eq!((read.get(), read.to_string()), (number, text.to_owned()));
        }
        for text in [
            "",
            "0",
            "01",
            "+1",
            "-1",
            " 1",
            "1 ",
            "1.0",
            "0x1",
            "1e3",
            "9007199254740992",
            "18446744073709551616",
            "١",
        ] {
            assert_eq!(
                text.parse::<PaymentNumber>(),
                Err(PaymentNumberError),
                "{text}"
            );
        }
    }

    #[test]
    fn a_request_names_its_number_and_the_price_agreed_to() {
        let read = |number: Option<&'static str>, price: Option<&'static str>| {
            Numbered::read(|name| match name {
                name::PAYMENT_NUMBER => number,
                name::PRICE => price,
                _ => None,
            })
        };
        assert_eq!(read(None, Some("3")), Ok(None));
        let numbered = read(Some("7"), Some("3")).expect("well-formed");
        let numbered = numbered.expect("numbered");
        assert_eq!(
            (numbered.number.get(), numbered.agreed),
            (7, Amount::from_u64(3))
        );
        let headers = numbered
            .headers()
            .map(|(name, value)| format!("{name}: {value}"));
        assert_eq!(headers, ["RDN-Payment-Number: 7", "RDN-Price: 3"]);
        let missing = Err(HeaderError::Missing(name::PRICE));
        assert_eq!(read(Some("7"), None), missing);
        for (number, price) in [("0", "3"), ("x", "3"), ("7", "x")] {
            assert!(read(Some(number), Some(price)).is_err(), "{number} {price}");
        }
    }

    #[test]
    fn an_announcement_is_read_as_it_is_written() {
        let offer = CreditOffer {
            window: 64,
            repeat: 600,
        };
        assert_eq!(offer.to_string(), "1;window=64;repeat=600");
        for text in [
            "1;window=64;repeat=600",
            "1; repeat=600; window=64",
            "1;window=64;repeat=600;colour=blue;more",
        ] {
            assert_eq!(CreditOffer::read(text), Some(offer), "{text}");
        }
        for text in [
            "",
            "1",
            "2;window=64;repeat=600",
            "1.0;window=64;repeat=600",
            "1;window=63;repeat=600",
            "1;window=64",
            "1;window=64;repeat=",
            "1;window=64;repeat=-1",
            "1;window=+64;repeat=1",
            "1;window=64;repeat=4294967296",
        ] {
            assert_eq!(CreditOffer::read(text), None, "{text}");
        }
    }

    #[test]
    fn refusals_are_read_as_they_are_written() {
        for refusal in CreditRefusal::ALL {
            assert_eq!(CreditRefusal::read(refusal.code()), Some(refusal));
        }
        assert_eq!(CreditRefusal::read("1"), None);
    }
}
