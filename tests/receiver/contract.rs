//! Which contracts a receiver is paid through.

use crate::json_value;
use std::collections::BTreeMap;
use std::time::Duration;

use microraiden::chain::{ContractError, Node, Transport, TransportError};
use microraiden::json::Value as Answer;
use microraiden::protocol::{Address, Generation, network};
use microraiden::receiver::{FindError, contract};
use serde_json::{Value, json};

type Answered = Result<Value, TransportError>;

/// A node with one contract, whose answers are by selector.
#[derive(Clone)]
struct ContractNode {
    chain_id: u64,
    answers: BTreeMap<&'static str, Answered>,
}

const PERIOD: &str = "0x0a00840c";
const TOKEN: &str = "0xfc0c546a";
const VERSION: &str = "0x54fd4d50";
const WITHDRAWN: &str = "0x22a3eab5";

impl Transport for ContractNode {
    async fn request(&self, method: &str, params: Answer) -> Result<Answer, TransportError> {
        let params = json_value::theirs(&params);
        let answer = match method {
            "eth_chainId" => Ok(json!(format!("{:#x}", self.chain_id))),
            "eth_call" => {
                let data = params[0]["data"].as_str().expect("a call");
                self.answers.get(&data[..10]).cloned().unwrap_or(reverts())
            }
            other => panic!("{other} was not expected"),
        };
        answer.map(|answer| json_value::ours(&answer))
    }

    async fn pause(&self, _: Duration) -> Result<(), TransportError> {
        Ok(())
    }
}

fn reverts() -> Answered {
    Err(TransportError::Answer {
        code: 3,
        message: "execution reverted".to_owned(),
        data: Some(json_value::ours(&json!("0x"))),
    })
}

fn word(number: u64) -> Answered {
    Ok(json!(format!("0x{number:064x}")))
}

fn text(text: &str) -> Answered {
    let digits = hex::encode(text);
    let length = text.len();
    Ok(json!(format!("0x{:064x}{length:064x}{digits:0<64}", 32)))
}

/// A contract that answers as a manager of this version does.
fn manager(generation: Generation, version: &str) -> ContractNode {
    let mut answers = BTreeMap::from([
        (PERIOD, word(500)),
        (TOKEN, word(6)),
        (VERSION, text(version)),
    ]);
    if generation == Generation::V02 {
        answers.insert(WITHDRAWN, word(0));
    }
    let chain_id = 1337;
    ContractNode { chain_id, answers }
}

const ADDRESS: Address = Address([7; 20]);

async fn find(chain: &ContractNode) -> Result<Generation, FindError> {
    let found = contract::find(&Node::new(chain.clone()), ADDRESS).await;
    found.map(|contract| contract.manager.generation)
}

/// R12: a receiver does not start with a contract whose messages it does not know.
#[tokio::test]
async fn only_known_versions_are_paid_through() {
    let (old, new) = (Generation::V01, Generation::V02);
    assert_eq!(find(&manager(old, "0.1.0")).await, Ok(old));
    assert_eq!(find(&manager(new, "0.2.0")).await, Ok(new));
    // Transitional: what it can do counts more than what it says.
    assert_eq!(find(&manager(new, "0.1.0")).await, Ok(new));
    let unknown = [
        (new, "0.3.0"),
        (new, "1.2.0"),
        (new, "0.20.0"),
        (new, ""),
        (old, "0.2.0"),
        (old, "0.0.1"),
    ];
    for (generation, version) in unknown {
        let refused = FindError::Version {
            address: ADDRESS,
            version: version.to_owned(),
        };
        assert_eq!(find(&manager(generation, version)).await, Err(refused));
    }
    for wrong in [reverts(), word(7), Ok(json!("0x"))] {
        let mut chain = manager(new, "");
        chain.answers.insert(VERSION, wrong);
        let refused = find(&chain).await;
        assert!(
            matches!(refused, Err(FindError::Contract(_))),
            "{refused:?}"
        );
    }
}

#[tokio::test]
async fn what_is_no_manager_is_not_paid_through() {
    let refused = Err(FindError::Contract(ContractError::NotAManager {
        address: ADDRESS,
        chain_id: 1337,
    }));
    for missing in [PERIOD, TOKEN] {
        for answer in [reverts(), Ok(json!("0x"))] {
            let mut chain = manager(Generation::V02, "0.2.0");
            chain.answers.insert(missing, answer);
            assert_eq!(find(&chain).await, refused);
        }
    }
}

/// The address decides before anything that the contract says.
#[tokio::test]
async fn a_published_contract_is_known_by_its_address() {
    let mut chain = manager(Generation::V02, "9.9.9");
    chain.chain_id = 1;
    let preset = network::by_name("mainnet-0.1").expect("published");
    let found = contract::find(&Node::new(chain), preset.manager.address).await;
    let found = found.expect("known");
    assert_eq!(found.manager.generation, Generation::V01);
    assert_eq!(found.start_block, 4_651_176);
}
