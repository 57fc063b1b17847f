//! The sender's record of one channel.

use crate::chain::Seen;
use crate::protocol::{Amount, BalanceProof, ChannelId, Manager, Signature};

use super::numbered::Numbers;
use super::store::ledger::{LedgerEntry, Outcome};

/// The state of a channel, as last read from the contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChannelState {
    /// Payments are possible.
    Open,
    /// A close was requested; the challenge period runs up to and including this block.
    Closing {
        /// After this block the sender may settle.
        settle_block: u32,
    },
    /// Paid out and gone.
    Settled,
    /// The chain has no trace of it: a reorganisation undid its opening.
    Removed,
}

impl ChannelState {
    /// `open`, `closing`, `settled` or `removed`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Closing { .. } => "closing",
            Self::Settled => "settled",
            Self::Removed => "removed",
        }
    }
}

/// A proof that was sent, or may have been, and whose outcome is not known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pending {
    /// The proof.
    pub proof: BalanceProof,
    /// When it was signed, in milliseconds since 1970; 0 if unknown. Also its time in the ledger.
    pub at: u64,
    /// The URL it pays for; empty for a proof that was signed manually. Not stored above 1024 bytes.
    pub url: String,
    /// Whether another request than the one it was signed for has sent it.
    pub resent: bool,
}

/// The sender's record of one channel. Amounts are in token base units.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChannelRecord {
    /// The chain of the contract. No signed message covers it, so the record stores it.
    pub chain_id: u64,
    /// The contract.
    pub manager: Manager,
    /// The channel.
    pub id: ChannelId,
    /// The deposit that has the required confirmations.
    pub deposit: Amount,
    /// What the receiver has withdrawn, which shows that it holds a proof of at least as much.
    pub withdrawn: Amount,
    /// The state last read from the contract.
    pub state: ChannelState,
    /// The URL of the receiver's REST interface, if a server named it. Not stored above 2048 bytes.
    pub gateway: Option<String>,
    /// The receiver's agreement to close with this proof. The receiver gives it only once, so it is stored
    /// before it is used.
    pub closing: Option<(BalanceProof, Signature)>,
    pub(super) balance: Amount,
    pub(super) acknowledged: Amount,
    pub(super) proof: Option<BalanceProof>,
    pub(super) pending: Option<Pending>,
    pub(super) exposure: Amount,
    pub(super) balance_known: bool,
    /// Without numbers the balance.
    pub(super) charged: Amount,
    pub(super) numbers: Numbers,
}

/// Why a record does not allow a step.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RecordError {
    /// The channel is closing or settled.
    #[error("the channel is {}: nothing more can be paid in it", .0.name())]
    NotOpen(ChannelState),
    /// The deposit does not cover the new balance.
    #[error("the new balance {required} is above the deposit {deposit}")]
    InsufficientDeposit {
        /// The confirmed deposit.
        deposit: Amount,
        /// The new balance.
        required: Amount,
    },
    /// The sum does not fit in 192 bits.
    #[error("amount must be small enough for 192 bits")]
    Overflow,
    /// The outcome of an earlier proof is not known yet; another one would pay on top of it.
    #[error("a balance proof of {0} is still pending: confirm it or roll it back first")]
    Pending(Amount),
    /// Another request has sent the pending proof, so only the receiver knows whether it counted.
    #[error(
        "another request has sent the balance proof of {0}; what became of it is asked with the \
         next payment"
    )]
    Resent(Amount),
    /// The proof is not the pending one.
    #[error("the balance proof is not the pending one of this channel")]
    NotPending,
    /// The receiver shows a proof below one that it acknowledged before.
    #[error("the receiver shows the balance {shown}, below the {acknowledged} it acknowledged")]
    BelowAcknowledged {
        /// The balance it acknowledged.
        acknowledged: Amount,
        /// The balance it shows.
        shown: Amount,
    },
}

impl ChannelRecord {
    /// A channel without payments.
    pub fn new(chain_id: u64, manager: Manager, id: ChannelId, deposit: Amount) -> Self {
        Self {
            chain_id,
            manager,
            id,
            deposit,
            withdrawn: Amount::ZERO,
            state: ChannelState::Open,
            gateway: None,
            closing: None,
            balance: Amount::ZERO,
            acknowledged: Amount::ZERO,
            proof: None,
            pending: None,
            exposure: Amount::ZERO,
            balance_known: true,
            charged: Amount::ZERO,
            numbers: Numbers::default(),
        }
    }

    /// A channel that was found on the chain: its balance is not known until the receiver has shown its
    /// proof.
    pub fn found(chain_id: u64, manager: Manager, id: ChannelId, deposit: Amount) -> Self {
        Self {
            balance_known: false,
            ..Self::new(chain_id, manager, id, deposit)
        }
    }

    /// Whether the balance is known, rather than assumed to be 0.
    pub fn is_balance_known(&self) -> bool {
        self.balance_known
    }

    /// The balance of the last proof that was served, or that the receiver showed: the total paid, unless payments
    /// carry numbers (see [`charged`](Self::charged)).
    pub fn balance(&self) -> Amount {
        self.balance
    }

    /// The part of the balance that the receiver itself has acknowledged: the highest proof of ours
    /// that it showed, or that it holds according to the chain or its agreement to closing. The rest was
    /// served, but may not have been counted.
    pub fn acknowledged(&self) -> Amount {
        self.acknowledged
    }

    /// The proof of the balance; `None` before the first payment.
    pub fn proof(&self) -> Option<&BalanceProof> {
        self.proof.as_ref()
    }

    /// The proof that was signed and whose outcome is not known.
    pub fn pending(&self) -> Option<&BalanceProof> {
        self.pending.as_ref().map(|pending| &pending.proof)
    }

    /// When the pending proof was signed.
    pub fn pending_since(&self) -> Option<u64> {
        self.pending.as_ref().map(|pending| pending.at)
    }

    /// The ledger entry of the pending payment. `None` also for a proof that only asks for the balance: it
    /// pays nothing and is not listed.
    pub fn pending_entry(&self) -> Option<LedgerEntry> {
        let pending = self.pending.as_ref()?;
        let amount = pending.proof.balance.saturating_sub(self.balance);
        (!amount.is_zero()).then(|| LedgerEntry {
            at: pending.at,
            url: pending.url.clone(),
            receiver: self.id.receiver,
            open_block: self.id.open_block,
            amount,
            balance: pending.proof.balance,
            outcome: Outcome::Unknown,
        })
    }

    /// Whether payments are possible: the channel is open and the receiver has not agreed to closing, after
    /// which it accepts none.
    pub fn is_usable(&self) -> bool {
        self.state == ChannelState::Open && self.closing.is_none()
    }

    /// The highest balance ever signed and sent: the most that the receiver can claim.
    pub fn exposure(&self) -> Amount {
        self.exposure
    }

    /// What is left to pay with: the deposit less everything promised.
    pub fn remaining(&self) -> Amount {
        self.deposit.saturating_sub(self.promised())
    }

    /// The balance to close with: everything promised and not refused, so that the receiver has no reason
    /// to object. Never below what was withdrawn, because the contract could not settle that.
    pub fn closing_balance(&self) -> Amount {
        self.promised().max(self.withdrawn)
    }

    /// The balance to sign to pay `price` more.
    pub fn next_balance(&self, price: Amount) -> Result<Amount, RecordError> {
        if self.state != ChannelState::Open {
            return Err(RecordError::NotOpen(self.state));
        }
        self.check_nothing_out()?;
        let required = self
            .balance
            .checked_add(price)
            .ok_or(RecordError::Overflow)?;
        if required > self.deposit {
            return Err(RecordError::InsufficientDeposit {
                deposit: self.deposit,
                required,
            });
        }
        Ok(required)
    }

    /// Fails while the outcome of another payment is not known, with a number or without.
    fn check_nothing_out(&self) -> Result<(), RecordError> {
        let numbered = self.in_flight().last().map(|payment| &payment.proof);
        match self.pending().or(numbered) {
            Some(proof) => Err(RecordError::Pending(proof.balance)),
            None => Ok(()),
        }
    }

    /// Marks a newly signed proof as pending, with the time of signing and its URL. Store the record
    /// before sending the proof.
    pub fn begin(&mut self, proof: BalanceProof, at: u64, url: &str) -> Result<(), RecordError> {
        self.check_nothing_out()?;
        if self.state != ChannelState::Open {
            return Err(RecordError::NotOpen(self.state));
        }
        if proof.balance > self.deposit {
            let (deposit, required) = (self.deposit, proof.balance);
            return Err(RecordError::InsufficientDeposit { deposit, required });
        }
        if proof.balance < self.balance {
            return at_least(self.balance, proof.balance);
        }
        self.exposure = self.exposure.max(proof.balance);
        self.pending = Some(Pending {
            proof,
            at,
            url: url.to_owned(),
            resent: false,
        });
        Ok(())
    }

    /// Marks the pending proof as sent by another request than the one it was signed for. Store the record
    /// before sending.
    pub fn resend(&mut self) {
        if let Some(pending) = &mut self.pending {
            pending.resent = true;
        }
    }

    /// Whether another request than the one it was signed for has sent the pending proof.
    pub fn is_resent(&self) -> bool {
        self.pending.as_ref().is_some_and(|pending| pending.resent)
    }

    /// Drops the pending proof because the caller that signed it says that it was not counted. Fails for a
    /// proof that another request has sent: that caller can't know.
    pub fn take_back(&mut self, proof: &BalanceProof) -> Result<(), RecordError> {
        match &self.pending {
            Some(pending) if pending.proof == *proof && pending.resent => {
                Err(RecordError::Resent(pending.proof.balance))
            }
            _ => self.take_pending(proof),
        }
    }

    /// The pending proof was counted: the receiver has shown it, or the chain proves it.
    pub fn confirm(&mut self, proof: &BalanceProof) -> Result<(), RecordError> {
        self.deliver(proof)?;
        self.acknowledged = proof.balance;
        Ok(())
    }

    /// The request of the pending proof was served, or the caller says so: it counts as paid, though the
    /// receiver may later show that it did not count it.
    pub fn deliver(&mut self, proof: &BalanceProof) -> Result<(), RecordError> {
        self.take_pending(proof)?;
        let price = proof.balance.saturating_sub(self.balance);
        self.charged = self.charged.checked_add(price).unwrap_or(Amount::MAX);
        self.balance = proof.balance;
        self.proof = Some(*proof);
        self.balance_known = true;
        Ok(())
    }

    /// Records a proof that the receiver showed along with content; the caller has verified its signature.
    pub fn acknowledge(&mut self, shown: &BalanceProof) {
        // A proof above the balance was dropped here but counted there. The next demand shows it again.
        if shown.balance <= self.balance {
            self.acknowledged = self.acknowledged.max(shown.balance);
        }
    }

    /// The receiver has no proof of ours and never acknowledged one: drops the pending one and sets the
    /// balance to 0, which is then known.
    pub fn start_over(&mut self) -> Result<(), RecordError> {
        self.check_start_over()?;
        self.pending = None;
        self.balance = Amount::ZERO;
        self.charged = Amount::ZERO;
        self.proof = None;
        self.balance_known = true;
        Ok(())
    }

    /// The pending proof was refused: drops it. The exposure stays, because the receiver has seen the proof.
    pub fn rollback(&mut self, proof: &BalanceProof) -> Result<(), RecordError> {
        self.take_pending(proof)
    }

    /// The pending proof was never sent, as only the page that signed it can know: drops it and restores
    /// the exposure.
    pub(super) fn unsend(
        &mut self,
        proof: &BalanceProof,
        exposure: Amount,
    ) -> Result<(), RecordError> {
        self.take_pending(proof)?;
        self.exposure = exposure;
        Ok(())
    }

    fn take_pending(&mut self, proof: &BalanceProof) -> Result<(), RecordError> {
        if self.pending() != Some(proof) {
            return Err(RecordError::NotPending);
        }
        self.pending = None;
        Ok(())
    }

    /// Fails where the receiver once acknowledged a proof of ours, or withdrew: then its claim to have none
    /// is not true.
    pub fn check_start_over(&self) -> Result<(), RecordError> {
        at_least(self.acknowledged.max(self.withdrawn), Amount::ZERO)
    }

    /// Fails where the receiver once acknowledged more than it shows now.
    pub fn check_shown(&self, shown: Amount) -> Result<(), RecordError> {
        at_least(self.acknowledged, shown)
    }

    /// Adopts a proof of ours that the receiver showed; the caller has verified its signature. This also
    /// decides a pending proof: counted if it is this one, else refused.
    pub fn adopt(&mut self, shown: BalanceProof) -> Result<(), RecordError> {
        self.check_shown(shown.balance)?;
        let pending = self.pending.take().map(|pending| pending.proof.balance);
        self.charged = if self.uses_numbers() {
            // What is in flight is counted by itself.
            let counted = pending.filter(|pending| *pending == shown.balance);
            let price = counted.map_or(Amount::ZERO, |all| all.saturating_sub(self.balance));
            let charged = self.charged.checked_add(price);
            charged.unwrap_or(Amount::MAX).min(shown.balance)
        } else {
            shown.balance
        };
        self.balance_known = true;
        self.balance = shown.balance;
        self.acknowledged = shown.balance;
        self.exposure = self.exposure.max(shown.balance);
        self.proof = Some(shown);
        Ok(())
    }

    /// Merges another copy of this record, such as a backup's; the caller has verified its proofs. Lowers
    /// no balance.
    pub fn merge(&mut self, other: &Self) {
        if other.balance > self.balance {
            self.balance = other.balance;
            self.proof = other.proof;
        }
        self.charged = self.charged.max(other.charged);
        if self.in_flight().is_empty() {
            self.numbers.in_flight.clone_from(&other.numbers.in_flight);
        }
        self.numbers.newest = self.numbers.newest.max(other.numbers.newest);
        if self.pending.is_none() {
            self.pending = other
                .pending
                .clone()
                .filter(|pending| pending.proof.balance > self.balance);
        }
        self.acknowledged = self.acknowledged.max(other.acknowledged);
        self.exposure = self.exposure.max(other.exposure);
        self.balance_known |= other.balance_known;
        self.closing = self.closing.or(other.closing);
        self.gateway = self.gateway.take().or_else(|| other.gateway.clone());
    }

    /// Whether a read of the chain contradicts the record by showing less: the node lags, or the chain was
    /// reorganised.
    pub fn loses_by(&self, seen: &Seen) -> bool {
        match seen {
            Seen::Missing => self.state != ChannelState::Removed,
            Seen::Settled { .. } => false,
            Seen::Live { info, confirmed } => match self.state {
                ChannelState::Removed => false,
                ChannelState::Settled => true,
                ChannelState::Open => *confirmed < self.deposit,
                ChannelState::Closing { .. } => *confirmed < self.deposit || !info.is_closing(),
            },
        }
    }

    /// Applies a read of the chain.
    pub fn see(&mut self, seen: &Seen) {
        match seen {
            Seen::Live { info, confirmed } => {
                self.deposit = *confirmed;
                self.withdrawn = self.withdrawn.max(info.withdrawn);
                self.state = if info.is_closing() {
                    ChannelState::Closing {
                        settle_block: info.settle_block,
                    }
                } else {
                    ChannelState::Open
                };
            }
            Seen::Settled { .. } => self.state = ChannelState::Settled,
            Seen::Missing => self.state = ChannelState::Removed,
        }
    }
}

fn at_least(acknowledged: Amount, shown: Amount) -> Result<(), RecordError> {
    if shown < acknowledged {
        return Err(RecordError::BelowAcknowledged {
            acknowledged,
            shown,
        });
    }
    Ok(())
}
