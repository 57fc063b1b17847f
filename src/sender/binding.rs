//! Which servers speak for a receiver.
//!
//! Any server can name any receiver in a 402. A receiver is therefore bound to the origin that was
//! the first to be paid through it, and a demand is met only if its origin speaks for the receiver:
//!
//! | the receiver is bound to | its demand is met |
//! |---|---|
//! | nobody | yes; the origin is bound before a proof leaves |
//! | this origin | yes |
//! | other origins | only if the caller ([`Limits::origins`]) or the person ([`Policy::origins`]) names this one, which is bound then, too |
//! | whomever, and the person's policy lists its origins | only if this one is in the list |
//!
//! The other way round, an origin that was paid for one receiver is paid for a further one only if the caller
//! ([`Limits::receiver`]) or the policy names that: a server that names a fresh receiver each time would have
//! a deposit locked up for each.
//!
//! An origin is that of the resource, not of the page, as browsers write it: scheme, host and port.
//! Closing, forgetting and reading the chain change no binding; a channel that was found on the chain,
//! or stored by a version without bindings, has none until it is next paid in. What the caller signs
//! by hand goes where the caller sends it, and binds nobody.
//!
//! [`Limits::receiver`]: super::limits::Limits::receiver
//! [`Limits::origins`]: super::limits::Limits::origins
//! [`Policy::origins`]: super::policy::Policy::origins

use crate::json::{Value, json};
use crate::protocol::Address;

/// The format written by this version.
const VERSION: u64 = 1;

/// Under which name a binding is stored: chain, contract, sender and receiver.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BindingKey {
    /// The chain of the contract.
    pub chain_id: u64,
    /// The contract.
    pub contract: Address,
    /// Who pays.
    pub sender: Address,
    /// Who is paid.
    pub receiver: Address,
}

impl BindingKey {
    /// What the names of one sender's bindings begin with.
    pub fn prefix(chain_id: u64, contract: Address, sender: Address) -> String {
        let (contract, sender) = (contract.to_lower(), sender.to_lower());
        format!("microraiden:binding:{chain_id}:{contract}:{sender}:")
    }

    /// The name.
    pub fn name(&self) -> String {
        let prefix = Self::prefix(self.chain_id, self.contract, self.sender);
        format!("{prefix}{}", self.receiver.to_lower())
    }
}

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

    /// Lets another origin speak for the receiver, too.
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

    /// Reads a stored text; `None`: it is no binding.
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
