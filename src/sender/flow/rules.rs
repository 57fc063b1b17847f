//! What a person rules.
//!
//! Payments are counted only while the policy has a rule that counts them. Whatever that lacks, when
//! such a rule is set or the count is gone, is counted anew from the list of payments.

use crate::protocol::{Address, Amount};

use super::super::ledger::{Entry, LedgerKey};
use super::super::policy::{Policy, Spend, Spending};
use super::super::record::ChannelRecord;
use super::super::world::World;
use super::{FlowError, Sender};

impl<W: World> Sender<W> {
    fn policy_name(&self, kind: &str) -> String {
        let chain = self.contract.chain_id;
        format!("microraiden:{kind}:{chain}:{}", self.account.to_lower())
    }

    /// The person's rules.
    pub async fn policy(&self) -> Result<Policy, W::Error> {
        match self.world.read(&self.policy_name("policy")).await? {
            None => Ok(Policy::default()),
            Some(text) => Ok(Policy::from_json(&text).ok_or(FlowError::PolicyUnreadable)?),
        }
    }

    /// Changes the rules, for all tabs. An unreadable policy is replaced.
    pub async fn set_policy(&self, policy: &Policy) -> Result<(), W::Error> {
        let name = self.policy_name("policy");
        let _turn = self.world.turn(&name).await?;
        let text = self.world.read(&name).await?;
        let earlier = text.and_then(|text| Policy::from_json(&text));
        if policy.counts_more_than(&earlier.unwrap_or_default()) {
            self.world.remove(&self.policy_name("spending")).await?;
        }
        self.world.write(&name, &policy.to_json()).await
    }

    /// Checks what the policy says of a proof that was signed, and noted as spent, before.
    pub(super) async fn allow_resending(&self, record: &ChannelRecord) -> Result<(), W::Error> {
        let (contract, receiver) = (record.manager.address, record.id.receiver);
        let policy = self.policy().await?;
        Ok(policy.allow_resending(contract, receiver, self.world.is_hidden())?)
    }

    /// Checks a payment, which is listed already, against the policy and notes it as spent.
    pub(super) async fn allow_spend(
        &self,
        entry: &Entry,
        spend: &Spend<'_>,
    ) -> Result<(), W::Error> {
        let policy = self.policy().await?;
        if !policy.counts() {
            return Ok(policy.allow_spend(&mut Spending::default(), spend)?);
        }
        // Payments in other channels count too, so this channel's turn does not suffice.
        let _turn = self.world.turn(&self.policy_name("policy")).await?;
        // Another page may have changed the rules, and dropped the count, in the meantime.
        let policy = self.policy().await?;
        let name = self.policy_name("spending");
        let mut spending = match self.world.read(&name).await? {
            // An unreadable count must not give the day's budget again.
            Some(text) => Spending::from_json(&text).ok_or(FlowError::PolicyUnreadable)?,
            None => (self.world.seldom().await?.count)(self, &policy, entry, spend).await?,
        };
        policy.allow_spend(&mut spending, spend)?;
        self.world.write(&name, &spending.to_json()).await
    }

    /// Counts the listed payments before this one, as far as they matter. A channel's highest balance
    /// is what it can cost, so each counts by how much it raised that.
    pub(super) async fn count_listed(
        &self,
        policy: &Policy,
        entry: &Entry,
        spend: &Spend<'_>,
    ) -> Result<Spending, W::Error> {
        let (own, from) = (self.entry_name(entry), policy.counts_from(spend.now));
        let mut listed: Vec<(Address, Entry)> = Vec::new();
        let prefix = LedgerKey::chain_prefix(self.contract.chain_id);
        for name in self.world.names(&prefix).await? {
            let Some((key, at)) = LedgerKey::of_payment(&name) else {
                continue;
            };
            if key.sender != self.account || at < from || name == own {
                continue;
            }
            let text = self.world.read(&name).await?;
            if let Some(entry) = text.and_then(|text| Entry::from_json(&text)) {
                let order = |entry: &Entry| (entry.at, entry.balance);
                let before = |(_, other): &(Address, Entry)| order(other) <= order(&entry);
                listed.insert(listed.partition_point(before), (key.contract, entry));
            }
        }
        let mut spending = Spending::default();
        let mut highest: Vec<((Address, Address, u32), Amount)> = Vec::new();
        for (contract, entry) in listed {
            let channel = (contract, entry.receiver, entry.open_block);
            let known = highest.iter_mut().find(|(of, _)| *of == channel);
            // What was refused was let out, too, and need not be paid for again.
            let before = match &known {
                Some((_, balance)) => *balance,
                None => entry.balance.saturating_sub(entry.amount),
            };
            match known {
                Some((_, balance)) => *balance = entry.balance.max(before),
                None => highest.push((channel, entry.balance)),
            }
            let origin = match entry.origin() {
                Some(origin) => origin.to_owned(),
                None => self.world.origin(),
            };
            let earlier = Spend {
                origin: &origin,
                price: entry.amount,
                exposed: entry.balance.saturating_sub(before),
                now: entry.at,
                ..*spend
            };
            spending.count(&earlier, policy);
        }
        Ok(spending)
    }
}
