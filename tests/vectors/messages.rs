//! Messages, signatures, keys, addresses and raw transactions.

use microraiden::protocol::header::{Payment, cookie_name};
use microraiden::protocol::transaction::{Fee, Transaction};
use microraiden::protocol::{
    Address, Amount, BalanceProof, ChannelId, Generation, Hash, Manager, PrivateKey, Signature,
    TypedData, Uint256, hex_text, keccak256,
};
use serde_json::Value;

use super::{Outcome, bytes, equal, fail, parse, text};

fn manager(case: &Value) -> Result<Manager, String> {
    let generation: Generation = parse(case, "version")?;
    Ok(Manager {
        address: parse(case, "contract")?,
        generation,
    })
}

fn key(case: &Value, name: &str) -> Result<PrivateKey, String> {
    PrivateKey::from_hex(text(case, name)?).map_err(fail)
}

fn typed_data(case: &Value, message: &TypedData) -> Outcome {
    equal(
        "schema",
        serde_json::json!(message.schema()),
        case["schema"].clone(),
    )?;
    equal(
        "schema_hash",
        message.schema_hash(),
        parse(case, "schema_hash")?,
    )?;
    equal(
        "packed_values",
        message.packed_values(),
        bytes(case, "packed_values")?,
    )?;
    equal(
        "data_hash",
        keccak256(&[&message.packed_values()]),
        parse(case, "data_hash")?,
    )?;
    equal("message_hash", message.hash(), parse(case, "message_hash")?)?;
    let fields = message.wallet_fields().to_string();
    let fields: Value = serde_json::from_str(&fields).map_err(|e| e.to_string())?;
    equal("typed_data", fields, case["typed_data"].clone())
}

pub fn balance_proof(case: &Value) -> Outcome {
    let manager = manager(case)?;
    let key = key(case, "private_key")?;
    let signer: Address = parse(case, "signer")?;
    equal("signer", key.address(), signer)?;
    let (receiver, open_block) = (parse(case, "receiver")?, parse(case, "open_block")?);
    let channel = ChannelId {
        sender: signer,
        receiver,
        open_block,
    };
    let balance: Amount = parse(case, "balance")?;
    typed_data(case, &manager.balance_message(&channel, balance))?;
    let proof = manager.sign_balance(&key, &channel, balance);
    equal(
        "signature",
        proof.signature.to_string(),
        text(case, "signature")?.into(),
    )?;
    let parts = [
        bytes(case, "r")?,
        bytes(case, "s")?,
        vec![parse::<u8>(case, "v")?],
    ]
    .concat();
    equal("r, s, v", proof.signature.as_bytes().to_vec(), parts)?;
    manager.verify_balance(&channel, &proof).map_err(fail)?;
    let signature: Signature = parse(case, "signature_low_v")?;
    manager
        .verify_balance(&channel, &BalanceProof { balance, signature })
        .map_err(fail)?;
    headers(case, &manager, &channel, proof)
}

fn headers(case: &Value, manager: &Manager, channel: &ChannelId, proof: BalanceProof) -> Outcome {
    let payment = Payment {
        sender: channel.sender,
        open_block: channel.open_block,
        proof,
        contract: Some(manager.address),
        receiver: Some(channel.receiver),
    };
    let object = |pairs: Vec<(&str, String)>| {
        Value::Object(
            pairs
                .into_iter()
                .map(|(n, v)| (n.to_owned(), v.into()))
                .collect(),
        )
    };
    // The sender is written in lower case, because servers of generation 0.1 know no other.
    let lower = |name: &str| {
        let mut expected = case[name].clone();
        if let Value::Object(fields) = &mut expected {
            let sender = fields.iter_mut().find(|(n, _)| *n == "RDN-Sender-Address");
            if let Some((_, Value::String(text))) = sender {
                text.make_ascii_lowercase();
            }
        }
        expected
    };
    equal(
        "request_headers",
        object(payment.headers()),
        lower("request_headers"),
    )?;
    equal("cookies", object(payment.cookies()), lower("cookies"))?;
    let read = Payment::read(|name| case["request_headers"][name].as_str()).map_err(fail)?;
    equal("read headers", read, Some(payment))?;
    let read = Payment::read(|name| case["cookies"][cookie_name(name)?].as_str()).map_err(fail)?;
    equal(
        "read cookies",
        read,
        Some(Payment {
            contract: None,
            receiver: None,
            ..payment
        }),
    )
}

pub fn closing_signature(case: &Value) -> Outcome {
    let manager = manager(case)?;
    let receiver_key = key(case, "receiver_private_key")?;
    let (sender, receiver) = (parse(case, "sender")?, parse(case, "receiver")?);
    equal("sender", key(case, "sender_private_key")?.address(), sender)?;
    equal("receiver", receiver_key.address(), receiver)?;
    let channel = ChannelId {
        sender,
        receiver,
        open_block: parse(case, "open_block")?,
    };
    let (balance, signature) = (parse(case, "balance")?, parse(case, "balance_msg_sig")?);
    let proof = BalanceProof { balance, signature };
    manager.verify_balance(&channel, &proof).map_err(fail)?;
    if manager.generation == Generation::V02 {
        typed_data(case, &manager.closing_message(&channel, balance))?;
    } else {
        let hash = manager.balance_message(&channel, balance).hash();
        equal(
            "balance_proof_hash",
            hash,
            parse(case, "balance_proof_hash")?,
        )?;
    }
    let hash = manager.closing_hash(&channel, &proof);
    equal("message_hash", hash, parse(case, "message_hash")?)?;
    let ours = receiver_key.sign_hash(&hash).to_string();
    equal("closing_sig", ours, text(case, "closing_sig")?.into())?;
    for name in ["closing_sig", "closing_sig_low_v"] {
        let closing: Signature = parse(case, name)?;
        manager
            .verify_closing(&channel, &proof, &closing)
            .map_err(fail)?;
    }
    Ok(())
}

pub fn channel_key(case: &Value) -> Outcome {
    let (sender, receiver) = (parse(case, "sender")?, parse(case, "receiver")?);
    let channel = ChannelId {
        sender,
        receiver,
        open_block: parse(case, "open_block")?,
    };
    equal("packed", channel.packed().to_vec(), bytes(case, "packed")?)?;
    equal("key", channel.key(), parse(case, "key")?)
}

pub fn address(case: &Value) -> Outcome {
    let address = key(case, "private_key")?.address();
    equal(
        "address_eip55",
        address.to_string(),
        text(case, "address_eip55")?.into(),
    )?;
    equal(
        "address_lower",
        address.to_lower(),
        text(case, "address_lower")?.into(),
    )?;
    let public = bytes(case, "public_key_uncompressed")?;
    let hash = keccak256(&[&public[1..]]);
    equal("public key", hash.0[12..].to_vec(), address.0.to_vec())
}

pub fn eip55(case: &Value) -> Outcome {
    let (lower, eip55) = (text(case, "lower")?, text(case, "eip55")?);
    let address: Address = parse(case, "lower")?;
    equal("eip55", address.to_string(), eip55.into())?;
    equal("read eip55", parse(case, "eip55")?, address)?;
    let upper = format!("0x{}", lower[2..].to_uppercase());
    equal("read upper case", upper.parse().map_err(fail)?, address)?;
    match case["wrong_checksum"].as_str() {
        Some(wrong) if wrong.parse::<Address>().is_ok() => Err("wrong checksum accepted".into()),
        _ => Ok(()),
    }
}

pub fn signature_check(case: &Value) -> Outcome {
    let manager = manager(case)?;
    let open_block = parse(case, "open_block")?;
    let balance: Amount = parse(case, "balance")?;
    let hash: Hash = parse(case, "message_hash")?;
    let read = Signature::from_bytes(&bytes(case, "signature")?);
    let recovered = read
        .clone()
        .and_then(|signature| signature.recover(&hash))
        .ok();
    match &case["onchain"] {
        onchain if onchain["revert"] == true => equal("recovered", recovered, None)?,
        onchain => equal("recovered", recovered, Some(parse(onchain, "address")?))?,
    }
    let accepted = match text(case, "kind")? {
        "balance_proof" => {
            let (sender, receiver) = (parse(case, "expected_sender")?, parse(case, "receiver")?);
            let channel = ChannelId {
                sender,
                receiver,
                open_block,
            };
            equal(
                "message_hash",
                manager.balance_message(&channel, balance).hash(),
                hash,
            )?;
            read.is_ok_and(|signature| {
                manager
                    .verify_balance(&channel, &BalanceProof { balance, signature })
                    .is_ok()
            })
        }
        "closing" => {
            let expected: Address = parse(case, "expected_receiver")?;
            if manager.generation == Generation::V02 {
                let sender = parse(case, "sender")?;
                let channel = ChannelId {
                    sender,
                    receiver: expected,
                    open_block,
                };
                equal(
                    "message_hash",
                    manager.closing_message(&channel, balance).hash(),
                    hash,
                )?;
            }
            recovered == Some(expected)
        }
        other => return Err(format!("unknown kind {other}")),
    };
    equal("accept", Value::Bool(accepted), case["accept"].clone())
}

pub fn raw_transaction(case: &Value) -> Outcome {
    let key = key(case, "private_key")?;
    equal("from", key.address(), parse(case, "from")?)?;
    let fields = &case["fields"];
    let wei = |name| -> Result<Uint256, String> { text(fields, name)?.parse().map_err(fail) };
    let fee = match fields["type"].as_u64() {
        Some(0) => Fee::Legacy {
            gas_price: wei("gasPrice")?,
        },
        Some(2) => Fee::Eip1559 {
            max_fee: wei("maxFeePerGas")?,
            max_priority_fee: wei("maxPriorityFeePerGas")?,
        },
        _ => return Err("unknown transaction type".into()),
    };
    let transaction = Transaction {
        chain_id: parse(fields, "chainId")?,
        nonce: parse(fields, "nonce")?,
        to: if fields["to"].is_null() {
            None
        } else {
            Some(parse(fields, "to")?)
        },
        value: wei("value")?,
        gas_limit: parse(fields, "gasLimit")?,
        data: bytes(fields, "data")?,
        fee,
    };
    equal(
        "signing_hash",
        transaction.signing_hash(),
        parse(case, "signing_hash")?,
    )?;
    let signed = transaction.sign(&key);
    equal(
        "raw",
        hex_text::encode(&signed.raw),
        text(case, "raw")?.into(),
    )?;
    equal("hash", signed.hash, parse(case, "hash")?)
}
