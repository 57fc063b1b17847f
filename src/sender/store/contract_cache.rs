//! Cache of contracts connected to before. The cached fields never change on the chain, so entries
//! don't expire, and connecting again needs no node.

use crate::chain::ManagerContract;
use crate::json::{Value, json};
use crate::protocol::hash::keccak256;
use crate::protocol::{Address, Generation, Manager, hex_text};

/// The format version written.
const VERSION: u64 = 1;

/// The source of a cached contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source<'a> {
    /// A node, by its URL.
    Node(&'a str),
    /// A wallet, which reported this chain id.
    Wallet(u64),
}

/// The cache key of a contract. It holds only a hash of the node's URL (the first 8 bytes of its
/// Keccak-256), because such URLs often contain an API key.
pub fn name(contract: Address, asked: Source<'_>) -> String {
    let contract = contract.to_lower();
    match asked {
        Source::Node(url) => {
            let hash = keccak256(&[url.as_bytes()]);
            let hash = hex_text::encode(&hash.0[..8]);
            format!("microraiden:contract:{contract}:node:{hash}")
        }
        Source::Wallet(chain_id) => format!("microraiden:contract:{contract}:chain:{chain_id}"),
    }
}

/// The text to store. The address is in the key.
pub fn to_json(contract: &ManagerContract) -> String {
    json!({
        "version": VERSION,
        "chainId": contract.chain_id,
        "generation": contract.manager.generation.name(),
        "token": contract.token.to_string(),
        "challengePeriod": contract.challenge_period,
        "startBlock": contract.start_block,
    })
    .to_string()
}

/// Reads the cache entry of the contract at `address`; `None`: it is malformed, and counts as a miss.
pub fn from_json(address: Address, text: &str) -> Option<ManagerContract> {
    let value = Value::parse(text).ok()?;
    let number = |name: &str| value[name].as_u64();
    let block = |name: &str| u32::try_from(number(name)?).ok();
    let generation = value["generation"].as_str()?;
    let known = Generation::ALL
        .into_iter()
        .find(|known| known.name() == generation);
    (number("version")? == VERSION).then_some(())?;
    Some(ManagerContract {
        manager: Manager {
            address,
            generation: known?,
        },
        chain_id: number("chainId")?,
        token: value["token"].as_str()?.parse().ok()?,
        challenge_period: block("challengePeriod")?,
        start_block: block("startBlock")?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const CONTRACT: ManagerContract = ManagerContract {
        manager: Manager {
            address: Address([0x12; 20]),
            generation: Generation::V01,
        },
        chain_id: 42,
        token: Address([0x34; 20]),
        challenge_period: 500,
        start_block: 7,
    };

    #[test]
    fn what_is_stored_is_read() {
        let text = to_json(&CONTRACT);
        let address = CONTRACT.manager.address;
        assert_eq!(from_json(address, &text), Some(CONTRACT));
        for damaged in [
            String::new(),
            "null".to_owned(),
            text.replace("\"version\":1", "\"version\":2"),
            text.replace("42", "-42"),
            text.replace("0.1", "0.3"),
            text.replace("500", "4294967296"),
            text.replace("0x34", "0x"),
            text.replace("startBlock", "start"),
        ] {
            assert_eq!(from_json(address, &damaged), None, "{damaged}");
        }
    }

    #[test]
    fn a_name_holds_no_url() {
        let address = CONTRACT.manager.address;
        let prefix = format!("microraiden:contract:0x{}", "12".repeat(20));
        let at = |url| name(address, Source::Node(url));
        // The first 8 bytes of the Keccak-256 of the empty text, from other implementations.
        let empty = format!("{prefix}:node:0xc5d2460186f7233c");
        assert_eq!(at(""), empty);
        assert_ne!(at("https://node.example/a"), at("https://node.example/b"));
        assert!(!at("https://node.example/secret").contains("secret"));
        let chain = format!("{prefix}:chain:42");
        assert_eq!(name(address, Source::Wallet(42)), chain);
    }
}
