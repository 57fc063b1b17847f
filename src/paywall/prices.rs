//! Prices by path.

use matchit::Router;

use crate::protocol::Amount;

/// What paths cost, in token base units: patterns, and a price for all others.
///
/// A pattern is a path such as `/doggo.jpg`, in which `{name}` stands for one segment or a part of
/// one, and `{*name}` at the end for all that is left, at least one character. The more exact one
/// counts: `/free/{*rest}` before `/{*rest}`. A brace is written twice, `{{`. Patterns are compared
/// with decoded paths, in which case matters.
#[derive(Clone, Debug)]
pub struct Prices {
    default: Amount,
    patterns: Router<Amount>,
}

/// Why a pattern can't be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the pattern {pattern} can't be used: {reason}")]
pub struct PatternError {
    pattern: String,
    reason: String,
}

impl Prices {
    /// The same for all paths.
    pub fn new(default: Amount) -> Self {
        Self {
            default,
            patterns: Router::new(),
        }
    }

    /// Another price for the paths of a pattern. Fails if it does not start with `/`, is malformed,
    /// or can't be told from a pattern that is there.
    pub fn with(mut self, pattern: &str, price: Amount) -> Result<Self, PatternError> {
        let fail = |reason: String| PatternError {
            pattern: pattern.to_owned(),
            reason,
        };
        if !pattern.starts_with('/') {
            return Err(fail("it must start with /".to_owned()));
        }
        let inserted = self.patterns.insert(pattern, price);
        inserted.map_err(|error| fail(error.to_string()))?;
        Ok(self)
    }

    /// The price of a decoded path.
    pub fn of(&self, path: &str) -> Amount {
        let found = self.patterns.at(path);
        found.map_or(self.default, |found| *found.value)
    }
}
