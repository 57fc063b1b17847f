//! Reading and changing the chain: JSON-RPC over one small transport trait.
//!
//! Everything a node answers is parsed into checked types here; a malformed answer is an error
//! that names the method, never a panic.

pub mod arrival;
pub mod contract;
pub mod failover;
pub mod fee;
#[cfg(all(feature = "receiver", not(target_arch = "wasm32")))]
pub mod http;
pub mod log_search;
pub mod node;
pub mod node_error;
pub mod receipt;
pub mod retry;
pub mod rpc;
pub mod submit;
pub mod track;

pub use contract::{ContractError, ManagerContract, Seen, TokenContract};
pub use failover::Failover;
pub use node::{GasMarket, Header, Known, LogFilter, Node, PlacedLog};
pub use node_error::Meaning;
pub use receipt::{Receipt, Sent, Status, status};
pub use retry::Retrying;
pub use rpc::{ChainError, Transport, TransportError};
pub use submit::SubmitError;
