//! JSON (RFC 8259), for stored records and for messages to nodes and wallets.
//!
//! Every page downloads this code: it is a tenth of the size of a general library. It accepts the same
//! texts as such a library, which the tests compare.

mod read;
mod write;

use core::ops::Index;

/// A JSON value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// `null`
    Null,
    /// `true` or `false`
    Bool(bool),
    /// A number, with all its digits.
    Number(Number),
    /// A text.
    String(String),
    /// A list.
    Array(Vec<Value>),
    /// Members in their order. If a name occurs twice, the last one wins.
    Object(Vec<(String, Value)>),
}

/// A number as it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Number(Box<str>);

/// The text is not JSON, or is nested too deeply.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the text is no JSON, or nested too deeply")]
pub struct NotJson;

static NULL: Value = Value::Null;

impl Value {
    /// Parses a text that is one value. Lists and objects may be nested 127 deep.
    pub fn parse(text: &str) -> Result<Self, NotJson> {
        read::parse(text)
    }

    /// Whether it is `null`.
    pub const fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    /// The boolean, if it is one.
    pub const fn as_bool(&self) -> Option<bool> {
        match self {
            Self::Bool(value) => Some(*value),
            _ => None,
        }
    }

    /// The whole number, if it is one, is written without point and exponent, and fits.
    pub fn as_u64(&self) -> Option<u64> {
        match self {
            Self::Number(Number(digits)) => digits.parse().ok(),
            _ => None,
        }
    }

    /// The same, with an optional sign.
    pub fn as_i64(&self) -> Option<i64> {
        match self {
            Self::Number(Number(digits)) => digits.parse().ok(),
            _ => None,
        }
    }

    /// The text, if it is one.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::String(text) => Some(text),
            _ => None,
        }
    }

    /// The items, if it is a list.
    pub fn as_array(&self) -> Option<&[Self]> {
        match self {
            Self::Array(items) => Some(items),
            _ => None,
        }
    }

    /// The members, if it is an object.
    pub fn as_object(&self) -> Option<&[(String, Self)]> {
        match self {
            Self::Object(members) => Some(members),
            _ => None,
        }
    }

    /// A member of an object.
    pub fn get(&self, name: &str) -> Option<&Self> {
        let mut members = self.as_object()?.iter().rev();
        members
            .find(|(known, _)| known == name)
            .map(|(_, value)| value)
    }

    /// Takes a member out of an object.
    pub fn take(&mut self, name: &str) -> Option<Self> {
        let Self::Object(members) = self else {
            return None;
        };
        let at = members.iter().rposition(|(known, _)| known == name)?;
        Some(members.swap_remove(at).1)
    }
}

/// A member of an object; `null` if there is none.
impl Index<&str> for Value {
    type Output = Self;

    fn index(&self, name: &str) -> &Self {
        self.get(name).unwrap_or(&NULL)
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<u64> for Value {
    fn from(number: u64) -> Self {
        Self::Number(Number(number.to_string().into()))
    }
}

impl From<u32> for Value {
    fn from(number: u32) -> Self {
        u64::from(number).into()
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::String(text)
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::String(text.to_owned())
    }
}

impl<T: Into<Self>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

impl<T: Into<Self>> From<Vec<T>> for Value {
    fn from(items: Vec<T>) -> Self {
        items.into_iter().collect()
    }
}

impl<T: Into<Self>> FromIterator<T> for Value {
    fn from_iter<I: IntoIterator<Item = T>>(items: I) -> Self {
        Self::Array(items.into_iter().map(Into::into).collect())
    }
}

/// A builder for an object. One call per member compiles to less WebAssembly than an array of all
/// members, which is moved as a whole.
#[doc(hidden)]
#[derive(Default)]
pub struct Members(Vec<(String, Value)>);

impl Members {
    /// Adds a member.
    #[inline(never)]
    pub fn add(&mut self, name: &str, value: Value) {
        self.0.push((name.to_owned(), value));
    }

    /// The object.
    pub fn object(self) -> Value {
        Value::Object(self.0)
    }
}

#[doc(hidden)]
#[macro_export]
macro_rules! __json {
    ([ $($item:expr),* $(,)? ]) => {
        $crate::json::Value::Array(Vec::from([$($crate::json::Value::from($item)),*]))
    };
    ({ $($name:literal : $value:expr),* $(,)? }) => {{
        #[allow(unused_mut)] // Of no members.
        let mut members = $crate::json::Members::default();
        $(members.add($name, $crate::json::Value::from($value));)*
        members.object()
    }};
}

/// `json!({ "name": value, … })`, `json!([value, …])`, for any values that convert into [`Value`].
pub use crate::__json as json;
