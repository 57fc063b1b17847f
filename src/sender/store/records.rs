//! Storage format of the records: versioned JSON with amounts as decimal strings.

use crate::json::{Value, json};

use crate::protocol::{
    Amount, BalanceProof, ChannelId, Generation, Manager, PaymentNumber, ProofError, Signature,
};

use super::super::numbered::{self, InFlight, KeptPayments, MAX_IN_FLIGHT, Numbers};
use super::super::record::{ChannelRecord, ChannelState, Pending};
use super::keys::RecordKey;

/// The format version written.
const VERSION: u64 = 2;
/// The longest text accepted as a record, in bytes.
const MAX_LENGTH: usize = 1024 * 1024;
/// Longer gateways and URLs, in bytes, are not stored, so that no record exceeds [`MAX_LENGTH`]: JSON
/// escapes one byte to at most six, four times [`MAX_IN_FLIGHT`] payments have a URL and less than 512 bytes
/// besides, and the other fields take less than 4 KiB.
const MAX_GATEWAY: usize = 2048;
const MAX_URL: usize = 1024;

/// Why a stored text is not a valid record.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum StoredError {
    /// Not JSON, or longer than 1 MiB.
    #[error("the stored record is not readable")]
    NotJson,
    /// Written by a later version.
    #[error("the stored record has version {0}, which this version does not know")]
    Version(u64),
    /// A field is missing or malformed.
    #[error("the stored record's field {0} is missing or malformed")]
    Field(&'static str),
    /// The record is stored under the name of another channel.
    #[error("the stored record belongs to another channel")]
    Misplaced,
    /// A proof in it was not signed by the channel's sender, or the agreement not by its receiver.
    #[error("the stored record's balance proof does not hold: {0}")]
    Proof(#[from] ProofError),
}

impl ChannelRecord {
    /// The name under which the record is stored.
    pub fn key(&self) -> RecordKey {
        let contract = self.manager.address;
        RecordKey {
            chain_id: self.chain_id,
            contract,
            id: self.id,
        }
    }

    /// The text to store.
    pub fn to_json(&self) -> String {
        let settle_block = match self.state {
            ChannelState::Closing { settle_block } => Some(settle_block),
            _ => None,
        };
        let closing = self.closing.map(|(proof, signature)| {
            json!({ "proof": write_proof(&proof), "signature": signature.to_string() })
        });
        json!({
            "version": VERSION,
            "chainId": self.chain_id,
            "contract": self.manager.address.to_string(),
            "generation": self.manager.generation.name(),
            "sender": self.id.sender.to_string(),
            "receiver": self.id.receiver.to_string(),
            "openBlock": self.id.open_block,
            "deposit": self.deposit.to_string(),
            "withdrawn": self.withdrawn.to_string(),
            "state": self.state.name(),
            "settleBlock": settle_block,
            "balance": self.balance.to_string(),
            "shown": self.acknowledged.to_string(),
            "proof": self.proof.as_ref().map(write_proof),
            "pending": self.pending().map(write_proof),
            "pendingSince": self.pending_since(),
            "pendingUrl": self.pending.as_ref().map(|pending| kept(&pending.url, MAX_URL).unwrap_or_default()),
            "pendingResent": self.pending.as_ref().is_some_and(|pending| pending.resent),
            "exposure": self.exposure.to_string(),
            "balanceKnown": self.balance_known,
            "closing": closing,
            "numbers": self.uses_numbers().then(|| write_numbers(self)),
            "gateway": self.gateway.as_deref().and_then(|text| kept(text, MAX_GATEWAY)),
        })
        .to_string()
    }

    /// Reads a record of a backup. Ignores what its proofs do not prove: the exposure becomes the highest
    /// proof's balance, and deposit and withdrawals must be read from the chain. Bodies that were incomplete then
    /// are so in the browser that it comes from, if at all.
    pub fn from_backup(text: &str) -> Result<Self, StoredError> {
        let mut record = Self::from_json(text)?;
        let closing = record.closing.map(|(proof, _)| proof);
        let proofs = [record.proof, record.pending().copied(), closing];
        let in_flight = record.in_flight().iter().map(|payment| &payment.proof);
        let proofs = proofs.iter().flatten().chain(in_flight);
        let highest = proofs.map(|proof| proof.balance).max();
        record.exposure = highest.unwrap_or(Amount::ZERO);
        record.deposit = Amount::ZERO;
        record.withdrawn = Amount::ZERO;
        record.numbers.kept.incomplete.clear();
        Ok(record)
    }

    /// Reads a stored text. Verifies every signature in it: proofs must recover to the sender.
    pub fn from_json(text: &str) -> Result<Self, StoredError> {
        if text.len() > MAX_LENGTH {
            return Err(StoredError::NotJson);
        }
        let value = Value::parse(text).map_err(|_| StoredError::NotJson)?;
        check_version(&value)?;
        let manager = Manager {
            address: parse(&value, "contract")?,
            generation: parse::<Generation>(&value, "generation")?,
        };
        let id = ChannelId {
            sender: parse(&value, "sender")?,
            receiver: parse(&value, "receiver")?,
            open_block: block(&value, "openBlock")?,
        };
        let balance = parse(&value, "balance")?;
        let (charged, numbers) = read_numbers(&value["numbers"], balance)?;
        let record = Self {
            chain_id: number(&value, "chainId")?,
            manager,
            id,
            deposit: parse(&value, "deposit")?,
            withdrawn: optional(&value, "withdrawn")?.unwrap_or(Amount::ZERO),
            state: read_state(&value)?,
            gateway: value["gateway"]
                .as_str()
                .and_then(|text| kept(text, MAX_GATEWAY))
                .map(str::to_owned),
            closing: read_closing(&value)?,
            balance,
            charged,
            numbers,
            acknowledged: optional(&value, "shown")?.unwrap_or(Amount::ZERO),
            proof: read_proof(&value["proof"], "proof")?,
            pending: read_pending(&value)?,
            exposure: parse(&value, "exposure")?,
            balance_known: value["balanceKnown"]
                .as_bool()
                .ok_or(StoredError::Field("balanceKnown"))?,
        };
        record.verify()?;
        Ok(record)
    }

    /// Verifies the signatures of a record that was read, and that its balance is proved.
    fn verify(&self) -> Result<(), StoredError> {
        for proof in self.proof.iter().chain(self.pending()) {
            self.manager.verify_balance(&self.id, proof)?;
        }
        if let Some((proof, signature)) = &self.closing {
            self.manager.verify_closing(&self.id, proof, signature)?;
        }
        let proved = self.proof.map_or(Amount::ZERO, |proof| proof.balance);
        if self.balance != proved || self.acknowledged.max(self.charged) > self.balance {
            return Err(StoredError::Field("balance"));
        }
        Ok(())
    }
}

/// Version 1 lacks `pendingSince`. Older texts of both versions have `acknowledged` instead of `shown`.
/// Ignore it: any server could raise it just by serving, so it proves nothing.
fn check_version(value: &Value) -> Result<(), StoredError> {
    match number(value, "version")? {
        1 | VERSION => Ok(()),
        other => Err(StoredError::Version(other)),
    }
}

/// The text, if it is short enough to be stored.
fn kept(text: &str, length: usize) -> Option<&str> {
    (text.len() <= length).then_some(text)
}

fn parse<T: core::str::FromStr>(value: &Value, name: &'static str) -> Result<T, StoredError> {
    let text = value[name].as_str().ok_or(StoredError::Field(name))?;
    text.parse().map_err(|_| StoredError::Field(name))
}

fn number(value: &Value, name: &'static str) -> Result<u64, StoredError> {
    value[name].as_u64().ok_or(StoredError::Field(name))
}

fn block(value: &Value, name: &'static str) -> Result<u32, StoredError> {
    u32::try_from(number(value, name)?).map_err(|_| StoredError::Field(name))
}

fn optional(value: &Value, name: &'static str) -> Result<Option<Amount>, StoredError> {
    if value[name].is_null() {
        return Ok(None);
    }
    parse(value, name).map(Some)
}

fn write_proof(proof: &BalanceProof) -> Value {
    json!({ "balance": proof.balance.to_string(), "signature": proof.signature.to_string() })
}

fn read_proof(value: &Value, name: &'static str) -> Result<Option<BalanceProof>, StoredError> {
    if value.is_null() {
        return Ok(None);
    }
    let read = |_| StoredError::Field(name);
    Ok(Some(BalanceProof {
        balance: parse(value, "balance").map_err(read)?,
        signature: parse(value, "signature").map_err(read)?,
    }))
}

fn read_state(value: &Value) -> Result<ChannelState, StoredError> {
    match value["state"].as_str() {
        Some("open") => Ok(ChannelState::Open),
        Some("closing") => Ok(ChannelState::Closing {
            settle_block: block(value, "settleBlock")?,
        }),
        Some("settled") => Ok(ChannelState::Settled),
        Some("removed") => Ok(ChannelState::Removed),
        _ => Err(StoredError::Field("state")),
    }
}

fn read_pending(value: &Value) -> Result<Option<Pending>, StoredError> {
    let proof = read_proof(&value["pending"], "pending")?;
    let url = value["pendingUrl"].as_str();
    let url = url.and_then(|text| kept(text, MAX_URL)).unwrap_or_default();
    Ok(proof.map(|proof| Pending {
        proof,
        at: value["pendingSince"].as_u64().unwrap_or(0),
        url: url.to_owned(),
        resent: value["pendingResent"].as_bool().unwrap_or(false),
    }))
}

const NUMBERS: &str = "numbers";

fn write_payments(payments: &[InFlight]) -> Value {
    let payments = payments.iter().map(|payment| {
        json!({
            "number": payment.number.get(),
            "proof": write_proof(&payment.proof),
            "price": payment.price.to_string(),
            "time": payment.at,
            "method": payment.method.as_str(),
            "url": kept(&payment.url, MAX_URL).unwrap_or_default(),
            "slot": payment.slot as u64,
        })
    });
    payments.collect()
}

fn write_numbers(record: &ChannelRecord) -> Value {
    json!({
        "charged": record.charged().to_string(),
        "newest": record.numbers.newest,
        "inFlight": write_payments(record.in_flight()),
        "unserved": write_payments(record.unserved()),
        "served": write_payments(record.served()),
        "incomplete": write_payments(record.incomplete()),
        "dropped": record.numbers.dropped.to_string(),
        "droppedUpTo": record.numbers.dropped_up_to,
    })
}

/// What was charged, and the numbers. The signatures in flight are not verified: the receiver does that when
/// they are sent again, which costs less than to do so with each reading.
fn read_numbers(value: &Value, balance: Amount) -> Result<(Amount, Numbers), StoredError> {
    if value.is_null() {
        return Ok((balance, Numbers::default()));
    }
    let wrong = |_| StoredError::Field(NUMBERS);
    let numbers = Numbers {
        newest: number(value, "newest").map_err(wrong)?,
        in_flight: read_payments(&value["inFlight"])?,
        kept: KeptPayments {
            unserved: read_payments(&value["unserved"])?,
            served: read_payments(&value["served"])?,
            incomplete: read_payments(&value["incomplete"])?,
        },
        dropped: parse(value, "dropped").map_err(wrong)?,
        dropped_up_to: number(value, "droppedUpTo").map_err(wrong)?,
    };
    Ok((parse(value, "charged").map_err(wrong)?, numbers))
}

/// By rising numbers. A list that is missing is empty, as in records of before there was one.
fn read_payments(list: &Value) -> Result<Vec<InFlight>, StoredError> {
    if list.is_null() {
        return Ok(Vec::new());
    }
    let wrong = |_| StoredError::Field(NUMBERS);
    let missing = || StoredError::Field(NUMBERS);
    let list = list.as_array().ok_or_else(missing)?;
    if list.len() > MAX_IN_FLIGHT {
        return Err(missing());
    }
    let read = |item: &Value| -> Result<InFlight, StoredError> {
        let text = |name: &str| item[name].as_str().unwrap_or_default().to_owned();
        let number = PaymentNumber::new(number(item, "number").map_err(wrong)?);
        let slot = number_below(item, "slot", MAX_IN_FLIGHT);
        Ok(InFlight {
            number: number.ok_or_else(missing)?,
            proof: read_proof(&item["proof"], NUMBERS)?.ok_or_else(missing)?,
            price: parse(item, "price").map_err(wrong)?,
            at: item["time"].as_u64().unwrap_or(0),
            method: text("method"),
            url: text("url"),
            slot: slot.ok_or_else(missing)?,
        })
    };
    let mut payments = Vec::new();
    for item in list {
        numbered::insert(&mut payments, read(item)?);
    }
    Ok(payments)
}

fn number_below(value: &Value, name: &str, limit: usize) -> Option<usize> {
    let number = usize::try_from(value[name].as_u64()?).ok()?;
    (number < limit).then_some(number)
}

fn read_closing(value: &Value) -> Result<Option<(BalanceProof, Signature)>, StoredError> {
    const NAME: &str = "closing";
    let closing = &value[NAME];
    if closing.is_null() {
        return Ok(None);
    }
    let proof = read_proof(&closing["proof"], NAME)?.ok_or(StoredError::Field(NAME))?;
    let signature = parse(closing, "signature").map_err(|_| StoredError::Field(NAME))?;
    Ok(Some((proof, signature)))
}
