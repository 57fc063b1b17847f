//! The two contract generations in use.

use core::fmt;
use core::str::FromStr;

/// Which version of the channel manager contract and of the signed messages is in use.
///
/// Decided by preset, else by probing whether the contract answers `withdrawn_balances(bytes32)`
/// (see [`crate::chain::contract`]); never by the contract's `version()` alone, because a
/// transitional contract with the complete 0.2 interface returns `0.1.0`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Generation {
    /// Library 0.1, from November 2017.
    V01,
    /// Library 0.2, from January 2018.
    V02,
}

/// The text is neither `0.1` nor `0.2`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a contract generation is 0.1 or 0.2")]
pub struct GenerationError;

impl Generation {
    /// Both generations.
    pub const ALL: [Self; 2] = [Self::V01, Self::V02];

    /// `0.1` or `0.2`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::V01 => "0.1",
            Self::V02 => "0.2",
        }
    }
}

impl fmt::Display for Generation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Generation {
    type Err = GenerationError;

    fn from_str(text: &str) -> Result<Self, GenerationError> {
        Self::ALL
            .into_iter()
            .find(|g| g.name() == text)
            .ok_or(GenerationError)
    }
}
