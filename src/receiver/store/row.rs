//! A channel as the columns of a table: amounts as exact bytes, never as numbers.

mod payout_json;
mod window_bytes;

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

#[cfg(feature = "sqlite")]
use crate::protocol::amount::Uint256;
use crate::protocol::{Address, Amount, BalanceProof, ChannelId, Hash, Signature};
use crate::receiver::channel::{Account, Channel, ChannelStatus, DepositLevel};

#[cfg(feature = "postgres")]
use super::ChannelKey;
use super::identity::Owner;
use super::{StoreError, Synced};

/// Values of the column `status`; partial indexes contain them too.
mod status {
    pub(super) const UNCONFIRMED: i16 = 0;
    pub(super) const OPEN: i16 = 1;
    pub(super) const AGREED: i16 = 2;
    pub(super) const CLOSING: i16 = 3;
}

/// All columns, in the order of [`Row`] as tables have it.
pub(super) const COLUMNS: &str = "receiver, sender, open_block, deposit, status, settle_block, top_ups, balance, \
    balance_signature, charged, withdrawn, payout, closing_signature, created, modified, \
    levels, ceiling, settled, withdrawal, covering, earned, payment_numbers";

/// How many columns there are.
pub(super) const COUNT: usize = 22;

/// How many of them, the first ones, are the key.
const KEY: usize = 3;

/// The statement that stores rows: `values` is what follows the columns. An existing row is changed in place:
/// replaced, it would be taken out of the indexes and put back.
pub(super) fn upsert(table: &str, values: &str) -> String {
    format!(
        "INSERT INTO {table} ({COLUMNS}) {values} \
         ON CONFLICT (receiver, sender, open_block) DO UPDATE SET {}",
        changes("excluded")
    )
}

/// What sets all columns but those of the key from another row.
pub(super) fn changes(from: &str) -> String {
    let columns = COLUMNS.split(", ").skip(KEY);
    let changes = columns.map(|column| format!("{column} = {from}.{column}"));
    changes.collect::<Vec<_>>().join(", ")
}

/// The parameters from the first to the last one, as statements name them.
pub(super) fn parameters(count: usize) -> String {
    let names = (1..=count).map(|number| format!("${number}"));
    names.collect::<Vec<_>>().join(", ")
}

/// One row. Bytes are in the order of the contracts: most significant first.
pub(super) struct Row {
    /// The number of the receiver in this store.
    pub(super) receiver: i32,
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
    /// Levels, each its deposit (24 bytes), block (8), and 1 with balance (24) and signature (65), or
    /// zeros.
    pub(super) levels: Vec<u8>,
    pub(super) ceiling: Option<Vec<u8>>,
    pub(super) charged: Vec<u8>,
    pub(super) withdrawn: Vec<u8>,
    /// While the receiver has to close the channel: as JSON.
    pub(super) payout: Option<String>,
    /// Or [`NO_AGREEMENT`].
    pub(super) closing_signature: Option<Vec<u8>>,
    /// The block in which it was paid out.
    pub(super) settled: Option<i64>,
    /// While the receiver withdraws: as JSON.
    pub(super) withdrawal: Option<String>,
    /// Two more proofs of the account, each its balance (24 bytes) and signature (65).
    pub(super) covering: Option<Vec<u8>>,
    pub(super) earned: Option<Vec<u8>>,
    /// The window of payment numbers, as [`window_bytes`] writes it.
    pub(super) payment_numbers: Option<Vec<u8>>,
    /// Microseconds since 1970.
    pub(super) created: i64,
    pub(super) modified: i64,
}

/// In the place of a closing signature: the channel is a restored one, in which none may be made. A program that does
/// not know this refuses the row.
const NO_AGREEMENT: &[u8] = &[0];

const TOP_UP: usize = 32 + 24;
const LEVEL: usize = 24 + 8 + 1 + 24 + 65;

impl Row {
    pub(super) fn write(owner: Owner, channel: &Channel) -> Self {
        let (status, settle_block) = match channel.status {
            ChannelStatus::Unconfirmed => (status::UNCONFIRMED, None),
            ChannelStatus::Open => (status::OPEN, None),
            ChannelStatus::Agreed => (status::AGREED, None),
            ChannelStatus::Closing { settle_block } => (status::CLOSING, Some(settle_block.into())),
        };
        let mut top_ups = Vec::with_capacity(channel.unconfirmed_top_ups.len() * TOP_UP);
        for (transaction, added) in &channel.unconfirmed_top_ups {
            top_ups.extend_from_slice(&transaction.0);
            top_ups.extend_from_slice(&added.to_be_bytes());
        }
        let signature = |signature: Signature| signature.as_bytes().to_vec();
        let (proof, other) = (channel.proof(), |proof| Some(proof) != channel.proof());
        let (covering, earned) = (channel.account.covering(), channel.account.earned());
        let pair = |proof: BalanceProof| {
            let mut bytes = proof.balance.to_be_bytes().to_vec();
            bytes.extend_from_slice(proof.signature.as_bytes());
            bytes
        };
        Self {
            receiver: owner.id,
            sender: channel.id.sender.0.to_vec(),
            open_block: channel.id.open_block.into(),
            deposit: channel.deposit.to_be_bytes().to_vec(),
            status,
            settle_block,
            top_ups,
            balance: proof.map(|p| p.balance.to_be_bytes().to_vec()),
            balance_signature: proof.map(|p| signature(p.signature)),
            levels: channel.levels.iter().flat_map(write_level).collect(),
            ceiling: channel.ceiling.map(|a| a.to_be_bytes().to_vec()),
            charged: channel.charged().to_be_bytes().to_vec(),
            withdrawn: channel.withdrawn.to_be_bytes().to_vec(),
            payout: channel.payout.as_ref().map(payout_json::write),
            closing_signature: match channel.closing_signature {
                None if channel.restored => Some(NO_AGREEMENT.to_vec()),
                agreed => agreed.map(signature),
            },
            settled: channel
                .settled
                .map(|b| i64::try_from(b).unwrap_or(i64::MAX)),
            withdrawal: channel
                .withdrawal
                .as_ref()
                .map(payout_json::write_withdrawal),
            covering: covering.filter(|p| other(*p)).map(pair),
            earned: earned.filter(|p| other(*p)).map(pair),
            payment_numbers: window_bytes::write(&channel.window),
            created: micros(channel.created),
            modified: micros(channel.modified),
        }
    }

    /// Fails for a row that [`Self::write`] did not make.
    pub(super) fn read(self, owner: Owner) -> Result<Channel, StoreError> {
        let id = ChannelId {
            sender: Address(fixed("sender", &self.sender)?),
            receiver: owner.receiver,
            open_block: block(self.open_block)?,
        };
        let status = match (self.status, self.settle_block) {
            (status::UNCONFIRMED, None) => ChannelStatus::Unconfirmed,
            (status::OPEN, None) => ChannelStatus::Open,
            (status::AGREED, None) => ChannelStatus::Agreed,
            (status::CLOSING, Some(settle_block)) => ChannelStatus::Closing {
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
        let pair = |bytes: Vec<u8>| match bytes.split_at_checked(24) {
            Some((balance, bytes)) => Ok(BalanceProof {
                balance: amount("proof", balance)?,
                signature: signature(bytes)?,
            }),
            None => Err(broken("proof")),
        };
        let covering = self.covering.map(pair).transpose()?;
        let earned = self.earned.map(pair).transpose()?;
        let charged = amount("charged", &self.charged)?;
        let account = Account::restore(proof, covering, earned, charged);
        let window = window_bytes::read(self.payment_numbers.as_deref());
        let payout = self.payout.as_deref().map(|text| {
            let read = payout_json::read(text);
            read.ok_or_else(|| broken("payout"))
        });
        let payout = payout.transpose()?;
        let withdrawal = self.withdrawal.as_deref().map(|text| {
            let read = payout_json::read_withdrawal(text);
            read.ok_or_else(|| broken("withdrawal"))
        });
        let closing = self.closing_signature.as_deref();
        let restored = closing == Some(NO_AGREEMENT);
        let closing = closing.filter(|_| !restored).map(signature);
        let ceiling = self.ceiling.as_deref().map(|a| amount("ceiling", a));
        let settled = self.settled.map(u64::try_from).transpose();
        Ok(Channel {
            id,
            deposit: amount("deposit", &self.deposit)?,
            status,
            unconfirmed_top_ups: top_ups(&self.top_ups)?,
            account: account.ok_or_else(|| broken("account"))?,
            window: window.ok_or_else(|| broken("window"))?,
            levels: levels(&self.levels)?,
            ceiling: ceiling.transpose()?,
            withdrawn: amount("withdrawn", &self.withdrawn)?,
            payout,
            withdrawal: withdrawal.transpose()?,
            closing_signature: closing.transpose()?,
            restored,
            settled: settled.map_err(|_| broken("block"))?,
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

/// A channel's key, from its columns.
#[cfg(feature = "postgres")]
pub(super) fn key(sender: &[u8], open_block: i64) -> Result<ChannelKey, StoreError> {
    Ok(ChannelKey {
        sender: Address(fixed("sender", sender)?),
        open_block: block(open_block)?,
    })
}

/// How many transactions were written down, from its column.
pub(super) fn transactions(number: i64) -> Result<u64, StoreError> {
    u64::try_from(number).map_err(|_| broken("number of transactions"))
}

/// Whether the column `status` says that payments are accepted.
#[cfg(feature = "sqlite")]
pub(super) fn is_open(status: i16) -> bool {
    status == status::OPEN
}

/// The column `sender`.
#[cfg(feature = "sqlite")]
pub(super) fn sender(bytes: &[u8]) -> Result<Address, StoreError> {
    fixed("sender", bytes).map(Address)
}

/// An amount as a number, zero for null.
#[cfg(feature = "sqlite")]
pub(super) fn addend(column: &str, bytes: Option<&[u8]>) -> Result<Uint256, StoreError> {
    let amount = bytes.map(|bytes| amount(column, bytes)).transpose()?;
    Ok(amount.map_or(Uint256::ZERO, Uint256::from))
}

/// The error for a row that [`Row::write`] did not make.
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

fn write_level(level: &DepositLevel) -> [u8; LEVEL] {
    let mut bytes = [0; LEVEL];
    bytes[..24].copy_from_slice(&level.deposit.to_be_bytes());
    bytes[24..32].copy_from_slice(&level.until.to_be_bytes());
    if let Some(proof) = level.proof {
        bytes[32] = 1;
        bytes[33..57].copy_from_slice(&proof.balance.to_be_bytes());
        bytes[57..].copy_from_slice(proof.signature.as_bytes());
    }
    bytes
}

fn levels(bytes: &[u8]) -> Result<Vec<DepositLevel>, StoreError> {
    let (entries, rest) = bytes.as_chunks::<LEVEL>();
    if !rest.is_empty() {
        return Err(broken("levels"));
    }
    entries.iter().map(read_level).collect()
}

fn read_level(bytes: &[u8; LEVEL]) -> Result<DepositLevel, StoreError> {
    let (deposit, rest) = bytes.split_at(24);
    let (until, rest) = rest.split_at(8);
    let proof = match rest.split_at(1) {
        ([0], _) => None,
        ([1], proof) => {
            let (balance, bytes) = proof.split_at(24);
            Some(BalanceProof {
                balance: amount("levels", balance)?,
                signature: signature(bytes)?,
            })
        }
        _ => return Err(broken("levels")),
    };
    Ok(DepositLevel {
        deposit: amount("levels", deposit)?,
        until: u64::from_be_bytes(fixed("levels", until)?),
        proof,
    })
}

fn micros(time: SystemTime) -> i64 {
    time.duration_since(UNIX_EPOCH)
        .map_or(0, |age| i64::try_from(age.as_micros()).unwrap_or(i64::MAX))
}

fn time(micros: i64) -> SystemTime {
    UNIX_EPOCH + Duration::from_micros(micros.unsigned_abs())
}
