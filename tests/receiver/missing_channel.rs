//! Nodes say in several ways that the contract knows no such channel.

use crate::basics::CONTRACT;
use crate::json_value;
use std::time::Duration;

use microraiden::chain::{ManagerContract, Node, Transport, TransportError};
use microraiden::json::Value as Answer;
use microraiden::protocol::{Address, ChannelId, Generation, Manager};
use serde_json::{Value, json};

type Answered = Result<Value, TransportError>;

/// A node that answers every call like this.
struct Says(Answered);

impl Transport for Says {
    async fn request(&self, method: &str, _: Answer) -> Result<Answer, TransportError> {
        assert_eq!(method, "eth_call");
        self.0.clone().map(|answer| json_value::ours(&answer))
    }

    async fn pause(&self, _: Duration) -> Result<(), TransportError> {
        Ok(())
    }
}

fn error(code: i64, message: &str, data: Option<&str>) -> Answered {
    Err(TransportError::Answer {
        code,
        message: message.to_owned(),
        data: data.map(|data| json_value::ours(&data.into())),
    })
}

/// Whether `getChannelInfo` says that there is no channel; an error if it can't be known.
async fn is_missing(generation: Generation, answer: Answered) -> Result<bool, String> {
    let contract = ManagerContract {
        manager: Manager {
            address: Address([7; 20]),
            generation,
        },
        ..CONTRACT
    };
    let channel = ChannelId {
        sender: Address([1; 20]),
        receiver: Address([2; 20]),
        open_block: 3,
    };
    let info = contract.info(&Node::new(Says(answer)), &channel).await;
    info.map(|info| info.is_none())
        .map_err(|error| error.to_string())
}

#[tokio::test]
async fn a_channel_is_missing_only_where_the_contract_says_so() {
    for generation in Generation::ALL {
        let missing = [
            error(3, "execution reverted", Some("0x")),
            error(-32000, "execution reverted", None),
            error(-32015, "VM execution error.", Some("Reverted 0x")),
            error(
                -32603,
                "VM Exception while processing transaction: revert",
                None,
            ),
            Ok(json!("0x")),
        ];
        for answer in missing {
            let said = format!("{answer:?}");
            assert_eq!(is_missing(generation, answer).await, Ok(true), "{said}");
        }
        let broken = [
            error(-32000, "header not found", None),
            error(-32005, "too many requests", None),
            Err(TransportError::Unreachable("no answer".to_owned())),
            Err(TransportError::NotJsonRpc),
            Ok(json!("0x00")),
            Ok(json!(format!("0x{}", "ff".repeat(160)))),
            Ok(Value::Null),
        ];
        for answer in broken {
            let said = format!("{answer:?}");
            assert!(is_missing(generation, answer).await.is_err(), "{said}");
        }
    }
    // One that is there, with a deposit of 9.
    let words = [1, 9, 0, 0, 0].map(|word| format!("{word:064x}")).concat();
    let there = is_missing(Generation::V02, Ok(json!(format!("0x{words}"))));
    assert_eq!(there.await, Ok(false));
}
