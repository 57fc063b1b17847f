//! Call data, return data, events and constants.

use microraiden::protocol::abi::{self, CallData, Words};
use microraiden::protocol::manager::{self, DEPOSIT_LIMIT};
use microraiden::protocol::{
    Address, Amount, BalanceProof, ChannelId, Generation, Hash, Log, Manager, ManagerEvent,
    PrivateKey, Signature, TokenEvent, TypedData, Uint256, event, hex_text, token,
};
use serde_json::{Value, json};

use super::{Outcome, bytes, equal, fail, parse, text};

pub fn constants(table: &Value, count: &mut usize) -> Outcome {
    equal(
        "id",
        TypedData::BALANCE_PROOF_ID,
        text(table, "message_id_balance_proof")?,
    )?;
    equal(
        "id",
        TypedData::CLOSING_ID,
        text(table, "message_id_closing")?,
    )?;
    let channel = ChannelId {
        sender: Address::ZERO,
        receiver: Address::ZERO,
        open_block: 0,
    };
    let hashes = &table["schema_hash"];
    for generation in Generation::ALL {
        let manager = Manager {
            address: Address::ZERO,
            generation,
        };
        let schema = manager
            .balance_message(&channel, Amount::ZERO)
            .schema_hash();
        equal(
            "schema",
            schema,
            parse(hashes, &format!("balance_proof-{generation}"))?,
        )?;
        let schema = manager
            .closing_message(&channel, Amount::ZERO)
            .schema_hash();
        equal("schema", schema, parse(hashes, "closing-0.2")?)?;
    }
    equal("limit", DEPOSIT_LIMIT, parse(table, "bugbounty_limit")?)?;
    equal("uint192", Amount::MAX, parse(table, "uint192_max")?)?;
    equal("uint32", u32::MAX, parse(table, "uint32_max")?)?;
    let order: [u8; 32] = hex_text::decode_fixed(text(table, "secp256k1_n")?).map_err(fail)?;
    let mut last = order;
    last[31] -= 1;
    equal("order", PrivateKey::from_bytes(&order).is_err(), true)?;
    equal("order - 1", PrivateKey::from_bytes(&last).is_ok(), true)?;
    *count = table.as_object().map_or(0, serde_json::Map::len);
    equal("number of constants", *count, 7)
}

fn entries(table: &Value, count: &mut usize, check: impl Fn(&str, &str) -> Outcome) -> Outcome {
    for target in ["manager-0.1", "manager-0.2", "token"] {
        let entries = table[target]
            .as_object()
            .filter(|entries| !entries.is_empty());
        for (signature, value) in entries.ok_or_else(|| format!("{target} is empty"))? {
            check(signature, value.as_str().unwrap_or_default())?;
            *count += 1;
        }
    }
    equal(
        "targets",
        table.as_object().map_or(0, serde_json::Map::len),
        3,
    )
}

pub fn selectors(table: &Value, count: &mut usize) -> Outcome {
    entries(table, count, |signature, value| {
        equal(
            signature,
            hex_text::encode(&abi::selector(signature)),
            value.to_owned(),
        )
    })
}

pub fn topics(table: &Value, count: &mut usize) -> Outcome {
    entries(table, count, |signature, value| {
        equal(
            signature,
            event::topic(signature).to_string(),
            value.to_owned(),
        )
    })
}

fn manager_of(case: &Value) -> Option<Manager> {
    let generation = text(case, "target")
        .ok()?
        .strip_prefix("manager-")?
        .parse()
        .ok()?;
    Some(Manager {
        address: Address([0x11; 20]),
        generation,
    })
}

pub fn call(case: &Value) -> Outcome {
    let function = text(case, "function")?;
    let calldata = bytes(case, "calldata")?;
    equal(
        "selector",
        abi::selector(function).to_vec(),
        bytes(case, "selector")?,
    )?;
    equal(
        "any call",
        generic(function, &case["args"])?,
        calldata.clone(),
    )?;
    match typed(case, function)? {
        Some(ours) => equal("typed call", ours, calldata),
        None => Ok(()),
    }
}

/// The arguments by the types in the function's signature.
fn generic(function: &str, arguments: &Value) -> Result<Vec<u8>, String> {
    let types = function
        .split_once('(')
        .ok_or("no types")?
        .1
        .trim_end_matches(')');
    let types: Vec<&str> = types.split(',').filter(|t| !t.is_empty()).collect();
    equal(
        "arguments",
        types.len(),
        arguments.as_array().map_or(usize::MAX, Vec::len),
    )?;
    let mut call = CallData::new(function);
    for (index, kind) in types.into_iter().enumerate() {
        let argument = json!({ "argument": arguments[index] });
        let read = || text(&argument, "argument");
        call = match kind {
            "address" => call.address(parse(&argument, "argument")?),
            "uint32" => call.uint32(parse(&argument, "argument")?),
            "uint192" => call.amount(parse(&argument, "argument")?),
            "uint256" => call.uint256(read()?.parse().map_err(fail)?),
            "bytes32" => call.hash(&parse(&argument, "argument")?),
            "bytes" => call.bytes(&bytes(&argument, "argument")?),
            "address[]" => {
                let list = arguments[index].as_array().ok_or("no list")?;
                let list: Option<Vec<Address>> =
                    list.iter().map(|a| a.as_str()?.parse().ok()).collect();
                call.addresses(&list.ok_or("a malformed address")?)
            }
            other => return Err(format!("unknown type {other}")),
        };
    }
    Ok(call.encode())
}

/// The call as the sender or receiver makes it; `None` for functions that neither calls, and for
/// arguments that no signature type admits.
fn typed(case: &Value, function: &str) -> Result<Option<Vec<u8>>, String> {
    let arguments = case["args"].as_array().ok_or("no arguments")?;
    let at = |index: usize| json!({ "v": arguments.get(index).cloned().unwrap_or_default() });
    let address = |i| parse::<Address>(&at(i), "v");
    let block = |i| parse::<u32>(&at(i), "v");
    let sum = |i| parse::<Amount>(&at(i), "v");
    let wide = |i| text(&at(i), "v")?.parse::<Uint256>().map_err(fail);
    let signature = |i| parse::<Signature>(&at(i), "v");
    let zero = Address::ZERO;
    let to = |receiver, open_block| ChannelId {
        sender: zero,
        receiver,
        open_block,
    };
    let name = function.split('(').next().unwrap_or_default();
    let Some(manager) = manager_of(case) else {
        return Ok(Some(match (name, arguments.len()) {
            ("transfer", 2) => token::transfer(address(0)?, wide(1)?),
            ("transfer", 3) => {
                token::transfer_with_data(address(0)?, wide(1)?, &bytes(&at(2), "v")?)
            }
            ("transferFrom", _) => token::transfer_from(address(0)?, address(1)?, wide(2)?),
            ("approve", _) => token::approve(address(0)?, wide(1)?),
            ("allowance", _) => token::allowance(address(0)?, address(1)?),
            ("balanceOf", _) => token::balance_of(address(0)?),
            ("mint", _) => token::mint(),
            ("name", _) => token::name(),
            ("symbol", _) => token::symbol(),
            ("decimals", _) => token::decimals(),
            _ => return Ok(None),
        }));
    };
    let proof = |balance, signature| BalanceProof { balance, signature };
    let any = || Signature::from_bytes(&[1; 65]).map_err(fail);
    Ok(Some(match name {
        "createChannel" | "createChannelERC20" => manager.create_call(address(0)?, sum(1)?),
        "topUp" | "topUpERC20" => manager.top_up_call(address(0)?, block(1)?, sum(2)?),
        "uncooperativeClose" => {
            let signature = if arguments.len() == 4 {
                signature(3)?
            } else {
                any()?
            };
            let channel = to(address(0)?, block(1)?);
            manager.close_request_call(&channel, &proof(sum(2)?, signature))
        }
        "cooperativeClose" => {
            let proof = proof(sum(2)?, signature(3)?);
            manager.cooperative_close_call(&to(address(0)?, block(1)?), &proof, &signature(4)?)
        }
        "settle" => manager.settle_call(address(0)?, block(1)?),
        "withdraw" => manager::withdraw_call(block(0)?, &proof(sum(1)?, signature(2)?)),
        "getChannelInfo" => {
            let (sender, receiver, open_block) = (address(0)?, address(1)?, block(2)?);
            manager.info_call(&ChannelId {
                sender,
                receiver,
                open_block,
            })
        }
        "challenge_period" => manager::challenge_period_call(),
        "token" => manager::token_call(),
        _ => return Ok(None),
    }))
}

pub fn returned(case: &Value) -> Outcome {
    let data = bytes(case, "returndata")?;
    let types = case["output_types"].as_array().ok_or("no types")?;
    let mut words = Words::new(&data);
    let mut values = Vec::new();
    for kind in types {
        values.push(match kind.as_str() {
            Some("address") => json!(words.address().map_err(fail)?.to_string()),
            Some("uint8") => json!(words.uint8().map_err(fail)?),
            Some("uint32") => json!(words.uint32().map_err(fail)?),
            Some("uint192") => json!(words.amount().map_err(fail)?.to_string()),
            Some("uint256") => json!(words.uint256().map_err(fail)?.to_string()),
            Some("bytes32") => json!(words.hash().map_err(fail)?.to_string()),
            Some("bool") => json!(words.boolean().map_err(fail)?),
            Some("string") => json!(words.text().map_err(fail)?),
            other => return Err(format!("unknown type {other:?}")),
        });
    }
    equal("values", json!(values), case["values"].clone())?;
    if let (Some(manager), true) = (
        manager_of(case),
        text(case, "function")?.starts_with("getChannelInfo"),
    ) {
        let info = manager.info_returned(&data).map_err(fail)?;
        let mut ours = vec![
            json!(info.key.to_string()),
            json!(info.deposit.to_string()),
            json!(info.settle_block),
            json!(info.closing_balance.to_string()),
        ];
        if manager.generation == Generation::V02 {
            ours.push(json!(info.withdrawn.to_string()));
        }
        equal("channel info", json!(ours), case["values"].clone())?;
    }
    Ok(())
}

pub fn erc223(case: &Value) -> Outcome {
    let manager = Manager {
        address: parse(case, "manager")?,
        generation: parse(case, "version")?,
    };
    let (sender, receiver) = (parse(case, "sender")?, parse(case, "receiver")?);
    // Values above uint192 exist in calls only; the contracts refuse them.
    let value: Amount = parse(case, "value")?;
    let (data, calldata) = match text(case, "kind")? {
        "create" => (
            manager.create_data(sender, receiver),
            manager.create_by_transfer(sender, receiver, value),
        ),
        "topup" => {
            let channel = ChannelId {
                sender,
                receiver,
                open_block: parse(case, "open_block")?,
            };
            (
                manager.top_up_data(&channel),
                manager.top_up_by_transfer(&channel, value),
            )
        }
        other => return Err(format!("unknown kind {other}")),
    };
    equal("data_length", data.len(), parse(case, "data_length")?)?;
    equal("data", data, bytes(case, "data")?)?;
    equal("transfer", calldata, bytes(case, "transfer_calldata")?)
}

pub fn log(case: &Value) -> Outcome {
    let topics = case["topics"].as_array().ok_or("no topics")?;
    let topics: Option<Vec<Hash>> = topics.iter().map(|t| t.as_str()?.parse().ok()).collect();
    let topics = topics.ok_or("a malformed topic")?;
    equal(
        "topic0",
        topics.first().copied(),
        Some(parse(case, "topic0")?),
    )?;
    let log = Log {
        address: Address::ZERO,
        topics,
        data: bytes(case, "data")?,
    };
    let values = match manager_of(case) {
        Some(manager) => manager_values(manager.generation, &log)?,
        None => token_values(&log)?,
    };
    let named = text(case, "event")?.split('(').next().unwrap_or_default();
    equal("event", values.0, named)?;
    let decoded = case["decoded"].as_object().ok_or("nothing decoded")?;
    // The names differ between generations; their order in the event does not, and addresses come
    // first in every one of them.
    equal("number of values", values.1.len(), decoded.len())?;
    for value in values.1 {
        if !decoded.values().any(|theirs| *theirs == value) {
            return Err(format!("{value} is not among {decoded:?}"));
        }
    }
    Ok(())
}

fn manager_values(generation: Generation, log: &Log) -> Result<(&'static str, Vec<Value>), String> {
    let channel = |c: ChannelId| {
        vec![
            json!(c.sender.to_string()),
            json!(c.receiver.to_string()),
            json!(c.open_block),
        ]
    };
    let with = |c, amount: Amount| [channel(c), vec![json!(amount.to_string())]].concat();
    Ok(match ManagerEvent::read(generation, log).map_err(fail)? {
        ManagerEvent::Created {
            sender,
            receiver,
            deposit,
        } => {
            let values = [
                sender.to_string(),
                receiver.to_string(),
                deposit.to_string(),
            ];
            ("ChannelCreated", values.map(Value::from).to_vec())
        }
        ManagerEvent::ToppedUp { channel, added } => ("ChannelToppedUp", with(channel, added)),
        ManagerEvent::CloseRequested { channel, balance } => {
            ("ChannelCloseRequested", with(channel, balance))
        }
        ManagerEvent::Settled {
            channel,
            balance,
            receiver_tokens,
        } => {
            let tokens = receiver_tokens.map(|tokens| json!(tokens.to_string()));
            (
                "ChannelSettled",
                with(channel, balance).into_iter().chain(tokens).collect(),
            )
        }
        ManagerEvent::Withdrawn { channel, paid } => ("ChannelWithdraw", with(channel, paid)),
        ManagerEvent::TrustedContract { contract, trusted } => (
            "TrustedContract",
            vec![json!(contract.to_string()), json!(trusted)],
        ),
    })
}

fn token_values(log: &Log) -> Result<(&'static str, Vec<Value>), String> {
    let values = |parties: &[Address], value: Uint256| {
        let parties = parties.iter().map(|party| json!(party.to_string()));
        parties.chain([json!(value.to_string())]).collect()
    };
    Ok(match TokenEvent::read(log).map_err(fail)? {
        TokenEvent::Transfer { from, to, value } => ("Transfer", values(&[from, to], value)),
        TokenEvent::Approval {
            owner,
            spender,
            value,
        } => ("Approval", values(&[owner, spender], value)),
        TokenEvent::Minted { to, value } => ("Minted", values(&[to], value)),
    })
}
