//! Event logs of managers and tokens.

use super::abi::{AbiError, Words};
use super::address::Address;
use super::amount::{Amount, Uint256};
use super::channel::ChannelId;
use super::generation::Generation;
use super::hash::{Hash, keccak256};

/// A log entry as bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Log {
    /// The contract that emitted it.
    pub address: Address,
    /// topic0 is the hash of the event's signature; indexed arguments follow.
    pub topics: Vec<Hash>,
    /// The arguments that are not indexed.
    pub data: Vec<u8>,
}

/// Why a log is not the event it claims to be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EventError {
    /// This contract emits no event with this topic0.
    #[error("the log is none of the contract's events")]
    Unknown,
    /// An indexed argument is missing or there are too many.
    #[error("the log has {0} topics, which the event has not")]
    Topics(usize),
    /// A value is malformed.
    #[error(transparent)]
    Value(#[from] AbiError),
}

/// An event of a channel manager.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ManagerEvent {
    /// A channel was opened. The open block is the block of the log.
    Created {
        /// The sender, who opened it.
        sender: Address,
        /// The receiver, whom it pays.
        receiver: Address,
        /// The deposit, in token base units.
        deposit: Amount,
    },
    /// The deposit grew.
    ToppedUp {
        /// Which channel.
        channel: ChannelId,
        /// What was added, in token base units.
        added: Amount,
    },
    /// The sender requested to close with this balance.
    CloseRequested {
        /// Which channel.
        channel: ChannelId,
        /// The balance that is paid unless the receiver closes with another one in the challenge period.
        balance: Amount,
    },
    /// The channel was paid out and deleted.
    Settled {
        /// Which channel.
        channel: ChannelId,
        /// The total owed at settlement.
        balance: Amount,
        /// What the receiver got in this transaction: the balance less earlier withdrawals. `None` in
        /// generation 0.1, which has no withdrawals.
        receiver_tokens: Option<Amount>,
    },
    /// The receiver withdrew a part (0.2).
    Withdrawn {
        /// Which channel.
        channel: ChannelId,
        /// What this withdrawal paid out, not the total.
        paid: Amount,
    },
    /// A delegate contract was added or removed (0.2).
    TrustedContract {
        /// The delegate.
        contract: Address,
        /// Whether it is trusted from now on.
        trusted: bool,
    },
}

/// Signatures of the events, hashed to topic0.
pub mod signature {
    /// Both generations.
    pub const CREATED: &str = "ChannelCreated(address,address,uint192)";
    /// Both generations.
    pub const TOPPED_UP: &str = "ChannelToppedUp(address,address,uint32,uint192)";
    /// Both generations.
    pub const CLOSE_REQUESTED: &str = "ChannelCloseRequested(address,address,uint32,uint192)";
    /// Generation 0.1.
    pub const SETTLED_V01: &str = "ChannelSettled(address,address,uint32,uint192)";
    /// Generation 0.2.
    pub const SETTLED_V02: &str = "ChannelSettled(address,address,uint32,uint192,uint192)";
    /// The signature in this generation.
    pub const fn settled(generation: super::Generation) -> &'static str {
        match generation {
            super::Generation::V01 => SETTLED_V01,
            super::Generation::V02 => SETTLED_V02,
        }
    }
    /// Generation 0.2.
    pub const WITHDRAWN: &str = "ChannelWithdraw(address,address,uint32,uint192)";
    /// Generation 0.2.
    pub const TRUSTED_CONTRACT: &str = "TrustedContract(address,bool)";
    /// Token.
    pub const TRANSFER: &str = "Transfer(address,address,uint256)";
    /// Token.
    pub const APPROVAL: &str = "Approval(address,address,uint256)";
    /// Demonstration token.
    pub const MINTED: &str = "Minted(address,uint256)";
}

/// topic0 of an event: Keccak-256 of its signature.
pub fn topic(signature: &str) -> Hash {
    keccak256(&[signature.as_bytes()])
}

/// An address as the topic of an indexed argument.
pub fn address_topic(address: Address) -> Hash {
    let mut bytes = [0; 32];
    bytes[12..].copy_from_slice(&address.0);
    Hash(bytes)
}

impl ManagerEvent {
    /// Reads a log of a manager of this generation.
    pub fn read(generation: Generation, log: &Log) -> Result<Self, EventError> {
        let event = log.topics.first().ok_or(EventError::Unknown)?;
        let settled = match generation {
            Generation::V01 => signature::SETTLED_V01,
            Generation::V02 => signature::SETTLED_V02,
        };
        let mut data = Words::new(&log.data);
        if *event == topic(signature::CREATED) {
            let [sender, receiver] = indexed(log)?;
            return Ok(Self::Created {
                sender: Words::new(&sender.0).address()?,
                receiver: Words::new(&receiver.0).address()?,
                deposit: data.amount()?,
            });
        }
        if *event == topic(signature::TOPPED_UP) {
            return Ok(Self::ToppedUp {
                channel: channel(log)?,
                added: data.amount()?,
            });
        }
        if *event == topic(signature::CLOSE_REQUESTED) {
            return Ok(Self::CloseRequested {
                channel: channel(log)?,
                balance: data.amount()?,
            });
        }
        if *event == topic(settled) {
            return Ok(Self::Settled {
                channel: channel(log)?,
                balance: data.amount()?,
                receiver_tokens: match generation {
                    Generation::V01 => None,
                    Generation::V02 => Some(data.amount()?),
                },
            });
        }
        if generation == Generation::V01 {
            return Err(EventError::Unknown);
        }
        if *event == topic(signature::WITHDRAWN) {
            return Ok(Self::Withdrawn {
                channel: channel(log)?,
                paid: data.amount()?,
            });
        }
        if *event == topic(signature::TRUSTED_CONTRACT) {
            let [contract] = indexed(log)?;
            return Ok(Self::TrustedContract {
                contract: Words::new(&contract.0).address()?,
                trusted: data.boolean()?,
            });
        }
        Err(EventError::Unknown)
    }
}

/// An event of a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenEvent {
    /// Tokens moved.
    Transfer {
        /// From whom.
        from: Address,
        /// To whom.
        to: Address,
        /// How many base units.
        value: Uint256,
    },
    /// An allowance was set.
    Approval {
        /// Whose tokens.
        owner: Address,
        /// The account that may move them.
        spender: Address,
        /// How many base units.
        value: Uint256,
    },
    /// Tokens were minted (demonstration token; both arguments are indexed).
    Minted {
        /// For whom.
        to: Address,
        /// How many base units.
        value: Uint256,
    },
}

impl TokenEvent {
    /// Reads a log of a token.
    pub fn read(log: &Log) -> Result<Self, EventError> {
        let event = log.topics.first().ok_or(EventError::Unknown)?;
        if *event == topic(signature::TRANSFER) {
            let [from, to] = indexed(log)?;
            return Ok(Self::Transfer {
                from: Words::new(&from.0).address()?,
                to: Words::new(&to.0).address()?,
                value: Words::new(&log.data).uint256()?,
            });
        }
        if *event == topic(signature::APPROVAL) {
            let [owner, spender] = indexed(log)?;
            return Ok(Self::Approval {
                owner: Words::new(&owner.0).address()?,
                spender: Words::new(&spender.0).address()?,
                value: Words::new(&log.data).uint256()?,
            });
        }
        if *event == topic(signature::MINTED) {
            let [to, value] = indexed(log)?;
            return Ok(Self::Minted {
                to: Words::new(&to.0).address()?,
                value: Words::new(&value.0).uint256()?,
            });
        }
        Err(EventError::Unknown)
    }
}

fn indexed<const N: usize>(log: &Log) -> Result<[Hash; N], EventError> {
    log.topics[1..]
        .try_into()
        .map_err(|_| EventError::Topics(log.topics.len()))
}

/// Sender, receiver and open block, which most events of a manager index.
fn channel(log: &Log) -> Result<ChannelId, EventError> {
    let [sender, receiver, open_block] = indexed(log)?;
    Ok(ChannelId {
        sender: Words::new(&sender.0).address()?,
        receiver: Words::new(&receiver.0).address()?,
        open_block: Words::new(&open_block.0).uint32()?,
    })
}
