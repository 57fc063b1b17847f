//! Cache of contracts connected to before. The cached fields never change on the chain, so entries
//! don't expire, and connecting again needs no node.

use crate::chain::{ChainError, ContractError, ManagerContract, TransportError};
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

/// Why a cached contract is not used.
#[derive(Clone, Debug, PartialEq)]
pub enum Unconfirmed {
    /// The node has another contract at its address, or none: evict it.
    Changed(TransportError),
    /// The node did not say.
    Unknown(TransportError),
}

/// Compares a cached contract with what its node says now.
pub fn confirm(
    cached: &ManagerContract,
    found: Result<ManagerContract, ContractError>,
) -> Result<(), Unconfirmed> {
    let expected = cached.chain_id;
    let actual = match found {
        Ok(found) if found == *cached => return Ok(()),
        Ok(found) => found.chain_id,
        Err(ContractError::NotAManager { chain_id, .. }) => chain_id,
        Err(ContractError::Answer { .. }) => expected,
        Err(ContractError::Chain(ChainError::Transport { source, .. })) => {
            return Err(Unconfirmed::Unknown(source));
        }
        Err(ContractError::Chain(ChainError::Malformed { .. })) => {
            return Err(Unconfirmed::Unknown(TransportError::NotJsonRpc));
        }
    };
    let changed = TransportError::OtherChain { expected, actual };
    Err(Unconfirmed::Changed(changed))
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
    fn a_cached_contract_is_evicted_only_if_the_node_has_another_one() {
        let other_chain = ManagerContract {
            chain_id: 43,
            ..CONTRACT
        };
        let begun_anew = ManagerContract {
            start_block: 8,
            ..CONTRACT
        };
        let changed = |actual| {
            Err(Unconfirmed::Changed(TransportError::OtherChain {
                expected: 42,
                actual,
            }))
        };
        assert_eq!(confirm(&CONTRACT, Ok(CONTRACT)), Ok(()));
        assert_eq!(confirm(&CONTRACT, Ok(other_chain)), changed(43));
        assert_eq!(confirm(&CONTRACT, Ok(begun_anew)), changed(42));
        let away = TransportError::Unreachable("away".to_owned());
        let lost = ChainError::Transport {
            method: "eth_call",
            source: away.clone(),
        };
        let lost = confirm(&CONTRACT, Err(lost.into()));
        assert_eq!(lost, Err(Unconfirmed::Unknown(away)));
    }

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
