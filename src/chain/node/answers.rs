//! Reading a node's answers: tolerant where the meaning is clear, an error where it is not.

use crate::json::Value;
use crate::protocol::amount::Uint256;
use crate::protocol::{Hash, Log, hex_text};

use super::PlacedLog;
use crate::chain::rpc::ChainError;

pub(super) fn text<'a>(method: &'static str, value: &'a Value) -> Result<&'a str, ChainError> {
    value
        .as_str()
        .ok_or_else(|| ChainError::malformed(method, "a hex text is missing"))
}

/// A quantity, which some nodes write as a number.
pub(super) fn as_u64(value: &Value) -> Option<u64> {
    value
        .as_u64()
        .or_else(|| hex_text::decode_u64(value.as_str()?).ok())
}

pub(super) fn read_u64(method: &'static str, value: &Value) -> Result<u64, ChainError> {
    as_u64(value).ok_or_else(|| ChainError::malformed(method, "no 64-bit quantity"))
}

/// `l1BlockNumber` of a block or receipt; what is no number is not there.
pub(super) fn contract_block(value: &Value) -> Option<u64> {
    as_u64(&value["l1BlockNumber"])
}

pub(super) fn read_uint256(method: &'static str, value: &Value) -> Result<Uint256, ChainError> {
    if let Some(number) = value.as_u64() {
        return Ok(Uint256::from(number));
    }
    Uint256::from_quantity(text(method, value)?).map_err(|e| ChainError::malformed(method, e))
}

pub(super) fn read_bytes(method: &'static str, value: &Value) -> Result<Vec<u8>, ChainError> {
    hex_text::decode(text(method, value)?).map_err(|e| ChainError::malformed(method, e))
}

pub(super) fn read_hash(method: &'static str, value: &Value) -> Result<Hash, ChainError> {
    text(method, value)?
        .parse()
        .map_err(|e| ChainError::malformed(method, e))
}

pub(super) fn is_removed(log: &Value) -> bool {
    log["removed"].as_bool() == Some(true)
}

pub(super) fn read_placed_log(
    method: &'static str,
    value: &Value,
) -> Result<PlacedLog, ChainError> {
    Ok(PlacedLog {
        log: read_log(method, value)?,
        block: read_u64(method, &value["blockNumber"])?,
        transaction: read_hash(method, &value["transactionHash"])?,
        index: read_u64(method, &value["logIndex"])?,
    })
}

pub(super) fn read_log(method: &'static str, value: &Value) -> Result<Log, ChainError> {
    let topics = value["topics"]
        .as_array()
        .ok_or_else(|| ChainError::malformed(method, "a log without topics"))?
        .iter()
        .map(|topic| read_hash(method, topic))
        .collect::<Result<_, _>>()?;
    let address = text(method, &value["address"])?;
    Ok(Log {
        address: address
            .parse()
            .map_err(|e| ChainError::malformed(method, e))?,
        topics,
        data: read_bytes(method, &value["data"])?,
    })
}
