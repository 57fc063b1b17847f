//! What the sender keeps in storage: one format a file. What can't be had again is a JSON text with a version.

pub mod backup;
pub mod bindings;
pub mod checkpoint;
pub mod contract_cache;
pub mod journal;
pub mod keys;
pub mod ledger;
pub mod legacy;
pub mod prices;
pub mod records;
pub mod shortfall;
