//! Which servers speak for a receiver.
//!
//! Any server can name any receiver in a 402. Therefore the first origin that is paid for a receiver is
//! bound to it, and a demand is paid only if its origin speaks for the receiver:
//!
//! | the receiver is bound to | is the demand paid? |
//! |---|---|
//! | no origin | yes; the origin is bound before a proof is sent |
//! | this origin | yes |
//! | other origins | only if the caller ([`Limits::origins`]) or the user ([`Policy::origins`]) names this one, which is then bound as well |
//! | any or none, and the user's policy lists its origins | only if this one is in the list |
//!
//! Conversely, an origin that was paid for one receiver is paid for another only if the caller
//! ([`Limits::receiver`]) or the policy names that receiver: otherwise a server that names a fresh receiver
//! each time would lock up a deposit for each.
//!
//! The origin is that of the resource, not of the page, in the browser's form: scheme, host and port.
//! Closing, forgetting and reading the chain change no binding; a channel that was found on the chain,
//! or stored by a version without bindings, has none until its next payment. A proof that the caller
//! signs manually binds nothing: the caller decides where to send it.
//!
//! [`Limits::receiver`]: super::super::limits::Limits::receiver
//! [`Limits::origins`]: super::super::limits::Limits::origins
//! [`Policy::origins`]: super::super::policy::Policy::origins

use crate::json::{Value, json};

/// The format version written.
const VERSION: u64 = 1;

/// The origins that speak for one receiver: at least one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Binding(Vec<String>);

impl Binding {
    /// Binds a receiver to its first origin.
    pub fn new(origin: &str) -> Self {
        Self(vec![origin.to_owned()])
    }

    /// The origins, the first one first.
    pub fn origins(&self) -> &[String] {
        &self.0
    }

    /// Whether this origin speaks for the receiver.
    pub fn includes(&self, origin: &str) -> bool {
        self.0.iter().any(|known| known == origin)
    }

    /// Binds another origin to the receiver as well.
    pub fn include(&mut self, origin: &str) {
        if !self.includes(origin) {
            self.0.push(origin.to_owned());
        }
    }

    /// The text to store.
    pub fn to_json(&self) -> String {
        let origins = self.0.iter().map(|origin| Value::from(origin.as_str()));
        json!({ "version": VERSION, "origins": Value::from_iter(origins) }).to_string()
    }

    /// Reads a stored text; `None`: it is malformed.
    pub fn from_json(text: &str) -> Option<Self> {
        let value = Value::parse(text).ok()?;
        (value["version"].as_u64()? == VERSION).then_some(())?;
        let origins = value["origins"].as_array()?.iter();
        let origins = origins.map(|origin| origin.as_str().map(str::to_owned));
        let origins: Vec<String> = origins.collect::<Option<_>>()?;
        (!origins.is_empty()).then_some(Self(origins))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_stored_is_read() {
        let mut binding = Binding::new("https://a.example");
        binding.include("https://b.example:8443");
        binding.include("https://a.example");
        assert_eq!(
            binding.origins(),
            ["https://a.example", "https://b.example:8443"]
        );
        let text = binding.to_json();
        assert_eq!(Binding::from_json(&text), Some(binding));
        for damaged in [
            String::new(),
            "[]".to_owned(),
            text.replace("\"version\":1", "\"version\":2"),
            text.replace("\"https://a.example\"", "1"),
            "{\"version\":1,\"origins\":[]}".to_owned(),
        ] {
            assert_eq!(Binding::from_json(&damaged), None, "{damaged}");
        }
    }
}
