//! What wallets answer, by what was reported of them. A case: its source (a repository and number of its public
//! tracker, or a specification), what the wallet answered, what that means. `docs/field-wallets.md` lists them.

mod batch;
mod chain;
mod derived_key;
mod errors;
mod signing;

use microraiden::json::Value;
use microraiden::sender::wallet::{Thrown, WalletError};

/// JSON as JavaScript would have it.
struct Json<'a>(&'a Value);

impl Thrown for Json<'_> {
    fn member(&self, name: &str) -> Option<Self> {
        let member = self.0.get(name)?;
        (*member != Value::Null).then_some(Self(member))
    }

    fn number(&self) -> Option<i64> {
        self.0.as_i64()
    }

    fn text(&self) -> Option<String> {
        self.0.as_str().map(str::to_owned)
    }
}

fn read(text: &str) -> WalletError {
    let value = Value::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
    WalletError::read(&Json(&value))
}
