//! A channel as the columns of a table: amounts as exact bytes, never as numbers.

mod payout;

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::protocol::amount::Uint256;
use crate::protocol::{Address, Amount, BalanceProof, ChannelId, Hash, Signature};
use crate::receiver::channel::{Channel, Status};

use super::{StoreError, Synced};

/// Numbers of the column `status`. Partial indexes name them, too.
mod status {
    pub(super) const UNCONFIRMED: i16 = 0;
    pub(super) const OPEN: i16 = 1;
    pub(super) const AGREED: i16 = 2;
    pub(super) const CLOSING: i16 = 3;
}

/// One row. Bytes are in the order of the contracts: most significant first.
pub(super) struct Row {
    pub(super) sender: Vec<u8>,
    pub(super) open_block: i64,
    pub(super) deposit: Vec<u8>,
    pub(super) status: i16,
    /// While closing.
    pub(super) settle_block: Option<i64>,
    /// Unconfirmed top ups, each its transaction (32 bytes) and amount (24 bytes).
    pub(super) top_ups: Vec<u8>,
    /// Of the newest proof.
    pub(super) balance: Option<Vec<u8>>,
    pub(super) balance_signature: Option<Vec<u8>>,
    pub(super) charged: Vec<u8>,
    pub(super) withdrawn: Vec<u8>,
    /// While the receiver has to close the channel: as JSON.
    pub(super) payout: Option<String>,
    pub(super) closing_signature: Option<Vec<u8>>,
    /// Microseconds since 1970.
    pub(super) created: i64,
    pub(super) modified: i64,
}

const TOP_UP: usize = 32 + 24;

impl Row {
    pub(super) fn write(channel: &Channel) -> Self {
        let (status, settle_block) = match channel.status {
            Status::Unconfirmed => (status::UNCONFIRMED, None),
            Status::Open => (status::OPEN, None),
            Status::Agreed => (status::AGREED, None),
            Status::Closing { settle_block } => (status::CLOSING, Some(settle_block.into())),
        };
        let mut top_ups = Vec::with_capacity(channel.unconfirmed_top_ups.len() * TOP_UP);
        for (transaction, added) in &channel.unconfirmed_top_ups {
            top_ups.extend_from_slice(&transaction.0);
            top_ups.extend_from_slice(&added.to_be_bytes());
        }
        let signature = |signature: Signature| signature.as_bytes().to_vec();
        Self {
            sender: channel.id.sender.0.to_vec(),
            open_block: channel.id.open_block.into(),
            deposit: channel.deposit.to_be_bytes().to_vec(),
            status,
            settle_block,
            top_ups,
            balance: channel.proof.map(|p| p.balance.to_be_bytes().to_vec()),
            balance_signature: channel.proof.map(|p| signature(p.signature)),
            charged: channel.charged.to_be_bytes().to_vec(),
            withdrawn: channel.withdrawn.to_be_bytes().to_vec(),
            payout: channel.payout.as_ref().map(payout::write),
            closing_signature: channel.closing_signature.map(signature),
            created: micros(channel.created),
            modified: micros(channel.modified),
        }
    }

    /// Fails where the row is not one that was written here.
    pub(super) fn read(self, receiver: Address) -> Result<Channel, StoreError> {
        let id = ChannelId {
            sender: Address(fixed("sender", &self.sender)?),
            receiver,
            open_block: block(self.open_block)?,
        };
        let status = match (self.status, self.settle_block) {
            (status::UNCONFIRMED, None) => Status::Unconfirmed,
            (status::OPEN, None) => Status::Open,
            (status::AGREED, None) => Status::Agreed,
            (status::CLOSING, Some(settle_block)) => Status::Closing {
                settle_block: block(settle_block)?,
            },
            _ => return Err(broken("status")),
        };
        let proof = match (self.balance, self.balance_signature) {
            (None, None) => None,
            (Some(balance), Some(bytes)) => Some(BalanceProof {
                balance: amount("balance", &balance)?,
                signature: signature(&bytes)?,
            }),
            _ => return Err(broken("balance")),
        };
        let payout = self.payout.as_deref().map(|text| {
            let read = payout::read(text);
            read.ok_or_else(|| broken("payout"))
        });
        let payout = payout.transpose()?;
        let closing = self.closing_signature.as_deref().map(signature);
        Ok(Channel {
            id,
            deposit: amount("deposit", &self.deposit)?,
            status,
            unconfirmed_top_ups: top_ups(&self.top_ups)?,
            proof,
            charged: amount("charged", &self.charged)?,
            withdrawn: amount("withdrawn", &self.withdrawn)?,
            payout,
            closing_signature: closing.transpose()?,
            created: time(self.created),
            modified: time(self.modified),
        })
    }
}

/// How far the chain was followed, from its columns.
pub(super) fn synced(block: i64, hash: &[u8]) -> Result<Synced, StoreError> {
    let block = block.try_into().map_err(|_| broken("block"))?;
    let hash = Hash(fixed("block hash", hash)?);
    Ok(Synced { block, hash })
}

/// Whether the column `status` says that payments are accepted.
pub(super) fn is_open(status: i16) -> bool {
    status == status::OPEN
}

/// The column `sender`.
#[cfg(feature = "sqlite")]
pub(super) fn sender(bytes: &[u8]) -> Result<Address, StoreError> {
    fixed("sender", bytes).map(Address)
}

/// An amount to be added up, nothing where there is none.
#[cfg(feature = "sqlite")]
pub(super) fn addend(column: &str, bytes: Option<&[u8]>) -> Result<Uint256, StoreError> {
    let amount = bytes.map(|bytes| amount(column, bytes)).transpose()?;
    Ok(amount.map_or(Uint256::ZERO, Uint256::from))
}

/// What a database says where a row is not one that was written here.
pub(super) fn broken(column: &str) -> StoreError {
    StoreError::Unavailable(format!("a stored {column} is damaged"))
}

fn fixed<const N: usize>(column: &str, bytes: &[u8]) -> Result<[u8; N], StoreError> {
    bytes.try_into().map_err(|_| broken(column))
}

fn amount(column: &str, bytes: &[u8]) -> Result<Amount, StoreError> {
    fixed(column, bytes).map(Amount::from_be_bytes)
}

fn block(number: i64) -> Result<u32, StoreError> {
    number.try_into().map_err(|_| broken("block"))
}

fn signature(bytes: &[u8]) -> Result<Signature, StoreError> {
    Signature::from_bytes(bytes).map_err(|_| broken("signature"))
}

fn top_ups(bytes: &[u8]) -> Result<BTreeMap<Hash, Amount>, StoreError> {
    let (entries, rest) = bytes.as_chunks::<TOP_UP>();
    if !rest.is_empty() {
        return Err(broken("top ups"));
    }
    entries
        .iter()
        .map(|entry| {
            let (transaction, added) = entry.split_at(32);
            let transaction = fixed("top ups", transaction)?;
            Ok((Hash(transaction), amount("top ups", added)?))
        })
        .collect()
}

fn micros(time: SystemTime) -> i64 {
    time.duration_since(UNIX_EPOCH)
        .map_or(0, |age| i64::try_from(age.as_micros()).unwrap_or(i64::MAX))
}

fn time(micros: i64) -> SystemTime {
    UNIX_EPOCH + Duration::from_micros(micros.unsigned_abs())
}
