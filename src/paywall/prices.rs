//! Prices by path.

use matchit::Router;

use crate::protocol::Amount;

/// Prices of paths, in token base units: by patterns, and one for all other paths.
///
/// A pattern is a path such as `/doggo.jpg`, in which `{name}` stands for one segment or a part of
/// one, and `{*name}` at the end for the rest, at least one character. The more specific pattern
/// counts: `/free/{*rest}` before `/{*rest}`. A brace is written twice, `{{`. Patterns are compared
/// with decoded paths, in which case matters.
///
/// Some servers treat two spellings as one path. The higher of their prices counts:
/// a path with a slash at its end costs what it does without if that is more, and one with a `+` what a
/// pattern says of it with a space there.
#[derive(Clone, Debug)]
pub struct Prices {
    default: Amount,
    patterns: Router<Amount>,
    /// The patterns in order, for lists of prices.
    listed: Vec<(String, Amount)>,
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
            listed: Vec::new(),
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
        self.listed.push((pattern.to_owned(), price));
        Ok(self)
    }

    /// The price where no pattern says another.
    pub fn default_price(&self) -> Amount {
        self.default
    }

    /// The patterns and their prices, in the order in which they came.
    pub fn patterns(&self) -> impl Iterator<Item = (&str, Amount)> {
        self.listed
            .iter()
            .map(|(pattern, price)| (pattern.as_str(), *price))
    }

    /// The price of a decoded path.
    pub fn of(&self, path: &str) -> Amount {
        let price = |path: &str| self.pattern(path).unwrap_or(self.default);
        let without = path.strip_suffix('/').filter(|path| !path.is_empty());
        let spaced = path
            .contains('+')
            .then(|| self.pattern(&path.replace('+', " ")));
        price(path)
            .max(price(without.unwrap_or(path)))
            .max(spaced.flatten().unwrap_or_default())
    }

    fn pattern(&self, path: &str) -> Option<Amount> {
        self.patterns.at(path).ok().map(|found| *found.value)
    }
}
