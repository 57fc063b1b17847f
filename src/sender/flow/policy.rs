//! What a person rules.
//!
//! Payments are counted only while the policy has a rule that counts them. Whatever that lacks, when
//! such a rule is set or the count is gone, is counted anew from the list of payments and the records.

use crate::protocol::{Address, Amount};

use super::super::escrow::{Escrow, Escrowed};
use super::super::policy::{Policy, PolicyError, Spend};
use super::super::record::ChannelRecord;
use super::super::spending::Spending;
use super::super::store::keys::{self, LockName, RecordKey, SenderKey};
use super::super::store::ledger::LedgerEntry;
use super::super::world::World;
use super::Sender;
use super::escrow::Behalf;

/// A payment that is about to be signed.
#[derive(Clone, Copy)]
pub(super) struct ProposedPayment<'a> {
    /// The channel before it.
    pub(super) record: &'a ChannelRecord,
    pub(super) price: Amount,
    /// The total with it.
    pub(super) balance: Amount,
    pub(super) at: u64,
    /// The origin of the resource.
    pub(super) origin: &'a str,
    /// What was paid at the same place before.
    pub(super) before: Option<Amount>,
}

/// An escrow as the policy counts it.
#[derive(Clone, Copy)]
pub(super) struct CountedEscrow<'a> {
    origin: &'a str,
    openings: u32,
    amount: Amount,
}

impl<W: World> Sender<W> {
    fn policy_name(&self) -> String {
        keys::policy(self.contract.chain_id, self.account)
    }

    fn policy_lock(&self) -> LockName {
        keys::policy_lock(self.contract.chain_id, self.account)
    }

    fn spending_name(&self) -> String {
        keys::spending(self.contract.chain_id, self.account)
    }

    fn escrow_name(&self) -> String {
        keys::escrow(self.contract.chain_id, self.account)
    }

    /// The user's policy.
    pub async fn policy(&self) -> Result<Policy, W::Error> {
        match self.world.read(&self.policy_name()).await? {
            None => Ok(Policy::default()),
            Some(text) => Ok(Policy::from_json(&text).ok_or(PolicyError::Unreadable)?),
        }
    }

    /// Replaces the policy, for all tabs, also an unreadable one.
    pub async fn set_policy(&self, policy: &Policy) -> Result<(), W::Error> {
        let name = self.policy_name();
        let _turn = self.world.turn(&self.policy_lock()).await?;
        let text = self.world.read(&name).await?;
        let earlier = text.and_then(|text| Policy::from_json(&text));
        if policy.counts_more_than(&earlier.unwrap_or_default()) {
            self.world.remove(&self.spending_name()).await?;
        }
        let escrow = self.escrow_name();
        let counted = self.world.read(&escrow).await?;
        if counted.is_some_and(|text| Escrowed::from_json(&text).is_none()) {
            self.world.remove(&escrow).await?;
        }
        self.world.write(&name, &policy.to_json()).await
    }

    /// Checks an escrow against the policy and counts it.
    pub(super) async fn allow_escrow<'b>(
        &self,
        behalf: Behalf<'b>,
        opens: bool,
        amount: Amount,
    ) -> Result<CountedEscrow<'b>, W::Error> {
        // One lock for all channels, whose openings count together.
        let _turn = self.world.turn(&self.policy_lock()).await?;
        let policy = self.policy().await?;
        let mut escrowed = self.escrowed().await?;
        let origin = behalf.origin();
        let before = escrowed.of(origin).openings;
        let escrow = Escrow {
            origin,
            manual: matches!(behalf, Behalf::Caller(_)),
            opens,
            amount,
            now: self.world.now(),
            hidden: self.world.is_hidden(),
        };
        policy.allow_escrow(&mut escrowed, &escrow)?;
        let name = self.escrow_name();
        self.world.write(&name, &escrowed.to_json()).await?;
        let openings = escrowed.of(origin).openings.saturating_sub(before);
        Ok(CountedEscrow {
            origin,
            openings,
            amount,
        })
    }

    /// Takes an escrow that did not happen out of the count.
    pub(super) async fn uncount_escrow(&self, counted: CountedEscrow<'_>) -> Result<(), W::Error> {
        let _turn = self.world.turn_to_tidy(&self.policy_lock()).await?;
        let mut escrowed = self.escrowed().await?;
        escrowed.take_back(counted.origin, counted.openings, counted.amount);
        let name = self.escrow_name();
        self.world.write(&name, &escrowed.to_json()).await
    }

    /// The escrow count. An unreadable one is an error: it must not reset the day's limit.
    async fn escrowed(&self) -> Result<Escrowed, W::Error> {
        match self.world.read(&self.escrow_name()).await? {
            Some(text) => Ok(Escrowed::from_json(&text).ok_or(PolicyError::Unreadable)?),
            None => Ok(Escrowed::default()),
        }
    }

    /// Checks a proof that was signed, and counted, before against the policy.
    pub(super) async fn allow_resending(&self, record: &ChannelRecord) -> Result<(), W::Error> {
        let (contract, receiver) = (record.manager.address, record.id.receiver);
        let policy = self.policy().await?;
        Ok(policy.allow_resending(contract, receiver, self.world.is_hidden())?)
    }

    /// Whether the policy names the origin as one that speaks for the receiver. Fails if it names
    /// others.
    pub(super) async fn allow_origin(
        &self,
        origin: &str,
        receiver: Address,
    ) -> Result<bool, W::Error> {
        Ok(self.policy().await?.allow_origin(origin, receiver)?)
    }

    /// Checks a payment against the policy and counts it.
    pub(super) async fn allow_spend(&self, payment: ProposedPayment<'_>) -> Result<(), W::Error> {
        let record = payment.record;
        let spend = Spend {
            receiver: record.id.receiver,
            contract: record.manager.address,
            origin: payment.origin,
            price: payment.price,
            before: payment.before,
            exposed: payment.balance.saturating_sub(record.exposure()),
            now: payment.at,
            hidden: self.world.is_hidden(),
        };
        let policy = self.policy().await?;
        if !policy.counts() {
            return Ok(policy.allow_spend(&mut Spending::default(), &spend)?);
        }
        // Payments in other channels count too, so this channel's lock does not suffice.
        let _turn = self.world.turn(&self.policy_lock()).await?;
        // Another page may have changed the rules, and dropped the count, in the meantime.
        let policy = self.policy().await?;
        let name = self.spending_name();
        let mut spending = match self.world.read(&name).await? {
            // An unreadable count must not reset the day's budget.
            Some(text) => Spending::from_json(&text).ok_or(PolicyError::Unreadable)?,
            None => self.count_made(&policy, payment.at).await?,
        };
        policy.allow_spend(&mut spending, &spend)?;
        self.world.write(&name, &spending.to_json()).await
    }

    /// Counts the payments before this time, as far as they matter: those listed, and those whose outcome
    /// is not known yet.
    pub(super) async fn count_made(&self, policy: &Policy, at: u64) -> Result<Spending, W::Error> {
        let (chain_id, from) = (self.contract.chain_id, policy.counts_from(at));
        let mut made = Vec::new();
        for name in self.world.names(&keys::ledger_of_chain(chain_id)).await? {
            let Some((key, at)) = SenderKey::of_payment(&name) else {
                continue;
            };
            if key.sender != self.account || at < from {
                continue;
            }
            let text = self.world.read(&name).await?;
            let entry = text.and_then(|text| LedgerEntry::from_json(&text));
            made.extend(entry.map(|entry| (key.contract, entry)));
        }
        let records = RecordKey::chain_prefix(chain_id);
        for (contract, entry) in self.pending_under(&records).await? {
            let same = |(other, known): &(Address, LedgerEntry)| {
                *other == contract && known.is_same_payment(&entry)
            };
            if entry.at >= from && !made.iter().any(same) {
                made.push((contract, entry));
            }
        }
        Ok(Spending::of_listed(made, policy, &self.world.origin()))
    }
}
