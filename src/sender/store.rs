//! What the sender keeps in storage: one format a file, each a JSON text with a version.

pub mod bindings;
pub mod contract_cache;
pub mod journal;
pub mod keys;
pub mod ledger;
pub mod legacy;
pub mod prices;
pub mod records;
