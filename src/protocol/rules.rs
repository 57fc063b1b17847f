//! The rules of the channel manager, checked before a transaction is sent.
//!
//! The contracts revert without a reason; these checks report the rule that a call would break.
//! Amounts are in token base units, times in blocks.

use super::address::Address;
use super::amount::{Amount, Uint256};
use super::generation::Generation;
use super::manager::{ChannelInfo, DEPOSIT_LIMIT, Manager};

/// A rule that a call would break.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Rule {
    /// The contracts hold at most [`DEPOSIT_LIMIT`] per channel.
    #[error("a channel holds at most {DEPOSIT_LIMIT} token units; this would make {would_be}")]
    DepositLimit {
        /// The deposit after the call.
        would_be: Uint256,
    },
    /// A channel to the zero address, the token or the manager can never be settled.
    #[error("{receiver} can't be paid: a channel to it could never be settled")]
    Receiver {
        /// The receiver asked for.
        receiver: Address,
    },
    /// Both generations refuse a top up of 0.
    #[error("a top up must add at least 1 token unit")]
    ZeroTopUp,
    /// Generation 0.1 treats a channel with deposit 0 as nonexistent, so it can't be topped up.
    #[error("a channel opened with deposit 0 can't be topped up in generation 0.1")]
    TopUpOfEmpty,
    /// There is no such channel, or it is settled.
    #[error("the channel does not exist or is settled")]
    NoChannel,
    /// A close was requested already.
    #[error("closing was requested already; the challenge period ends after block {settle_block}")]
    Closing {
        /// The last block of the challenge period.
        settle_block: u32,
    },
    /// No close was requested, so there is nothing to settle.
    #[error("the channel is open: request closing before settling")]
    NotClosing,
    /// The challenge period runs until after the settle block.
    #[error(
        "the challenge period ends after block {settle_block}; the chain is at block \
         {current_block}"
    )]
    SettleTooEarly {
        /// The last block of the challenge period.
        settle_block: u32,
        /// The newest block.
        current_block: u64,
    },
    /// The contract can't pay out more than the deposit.
    #[error("the balance {balance} is above the deposit {deposit}")]
    BalanceAboveDeposit {
        /// The balance of the close.
        balance: Amount,
        /// The deposit.
        deposit: Amount,
    },
    /// The contract can't settle less than the receiver has withdrawn; the deposit would be stuck.
    #[error("the balance {balance} is below the {withdrawn} that the receiver has withdrawn")]
    BalanceBelowWithdrawn {
        /// The balance of the close.
        balance: Amount,
        /// What was withdrawn.
        withdrawn: Amount,
    },
    /// The settle block would not fit in 32 bits (checked by generation 0.2).
    #[error("the challenge period does not fit below block 2^32")]
    SettleBlockOverflow,
}

impl Rule {
    /// A stable name for programs.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::DepositLimit { .. } => "deposit-limit",
            Self::Receiver { .. } => "receiver",
            Self::ZeroTopUp => "zero-top-up",
            Self::TopUpOfEmpty => "top-up-of-empty",
            Self::NoChannel => "no-channel",
            Self::Closing { .. } => "closing",
            Self::NotClosing => "not-closing",
            Self::SettleTooEarly { .. } => "settle-too-early",
            Self::BalanceAboveDeposit { .. } => "balance-above-deposit",
            Self::BalanceBelowWithdrawn { .. } => "balance-below-withdrawn",
            Self::SettleBlockOverflow => "settle-block-overflow",
        }
    }
}

fn within_limit(deposit: Uint256) -> Result<(), Rule> {
    if deposit > Uint256::from(DEPOSIT_LIMIT) {
        return Err(Rule::DepositLimit { would_be: deposit });
    }
    Ok(())
}

/// Whether tokens sent to this account can ever leave it again: from the zero address, the token and
/// the manager they can't.
pub fn can_be_paid(manager: &Manager, token: Address, account: Address) -> bool {
    ![Address::ZERO, token, manager.address].contains(&account)
}

/// Checks opening a channel.
pub fn open(
    manager: &Manager,
    token: Address,
    receiver: Address,
    deposit: Amount,
) -> Result<(), Rule> {
    if !can_be_paid(manager, token, receiver) {
        return Err(Rule::Receiver { receiver });
    }
    within_limit(deposit.into())
}

/// Checks topping up. `info` is `None` if the contract knows no such channel.
pub fn top_up(
    generation: Generation,
    info: Option<&ChannelInfo>,
    added: Amount,
) -> Result<(), Rule> {
    let info = open_channel(info)?;
    if added.is_zero() {
        return Err(Rule::ZeroTopUp);
    }
    if generation == Generation::V01 && info.deposit.is_zero() {
        return Err(Rule::TopUpOfEmpty);
    }
    within_limit(Uint256::from(info.deposit).saturating_add(added.into()))
}

/// Checks the sender's request to close with `balance`.
pub fn request_close(
    generation: Generation,
    info: Option<&ChannelInfo>,
    balance: Amount,
    current_block: u64,
    challenge_period: u32,
) -> Result<(), Rule> {
    let info = open_channel(info)?;
    payable(info, balance)?;
    let request_block = current_block.saturating_add(1);
    if generation == Generation::V02 && settle_block(request_block, challenge_period).is_none() {
        return Err(Rule::SettleBlockOverflow);
    }
    Ok(())
}

/// The last block of the challenge period of a request mined in `request_block`; `None` from 2^32 on.
pub fn settle_block(request_block: u64, challenge_period: u32) -> Option<u32> {
    u32::try_from(request_block.checked_add(challenge_period.into())?).ok()
}

/// Checks a cooperative close with `balance`, which is also allowed during the challenge period.
pub fn close(info: Option<&ChannelInfo>, balance: Amount) -> Result<(), Rule> {
    payable(info.ok_or(Rule::NoChannel)?, balance)
}

/// Checks settling: the newest block must have reached the settle block, so that the transaction is
/// mined after it, in the next block at the earliest.
pub fn settle(info: Option<&ChannelInfo>, current_block: u64) -> Result<(), Rule> {
    let info = info.ok_or(Rule::NoChannel)?;
    if !info.is_closing() {
        return Err(Rule::NotClosing);
    }
    if current_block < info.settle_block.into() {
        return Err(Rule::SettleTooEarly {
            settle_block: info.settle_block,
            current_block,
        });
    }
    payable(info, info.closing_balance)
}

fn open_channel(info: Option<&ChannelInfo>) -> Result<&ChannelInfo, Rule> {
    let info = info.ok_or(Rule::NoChannel)?;
    if info.is_closing() {
        return Err(Rule::Closing {
            settle_block: info.settle_block,
        });
    }
    Ok(info)
}

fn payable(info: &ChannelInfo, balance: Amount) -> Result<(), Rule> {
    if balance > info.deposit {
        return Err(Rule::BalanceAboveDeposit {
            balance,
            deposit: info.deposit,
        });
    }
    if balance < info.withdrawn {
        return Err(Rule::BalanceBelowWithdrawn {
            balance,
            withdrawn: info.withdrawn,
        });
    }
    Ok(())
}
