//! Cache of contracts connected to before. The cached fields never change on the chain, so entries
//! don't expire, and connecting again needs no node.

use crate::chain::ManagerContract;
use crate::json::{Value, json};
use crate::protocol::{Address, Generation, Manager};

/// The format version written.
const VERSION: u64 = 1;

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
}
