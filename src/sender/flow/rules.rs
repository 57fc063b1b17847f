//! What a person rules.
//!
//! Payments are counted only while the policy has a rule that counts them. Whatever that lacks, when
//! such a rule is set or the count is gone, is counted anew from the list of payments.

use super::super::ledger::{Entry, LedgerKey};
use super::super::policy::{Policy, Spend};
use super::super::record::ChannelRecord;
use super::super::spending::Spending;
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
            None => (self.world.seldom().await?.count)(self, &policy, entry).await?,
        };
        policy.allow_spend(&mut spending, spend)?;
        self.world.write(&name, &spending.to_json()).await
    }

    /// Counts the listed payments before this one, as far as they matter.
    pub(super) async fn count_listed(
        &self,
        policy: &Policy,
        entry: &Entry,
    ) -> Result<Spending, W::Error> {
        let (own, from) = (self.entry_name(entry), policy.counts_from(entry.at));
        let mut listed = Vec::new();
        let prefix = LedgerKey::chain_prefix(self.contract.chain_id);
        for name in self.world.names(&prefix).await? {
            let Some((key, at)) = LedgerKey::of_payment(&name) else {
                continue;
            };
            if key.sender != self.account || at < from || name == own {
                continue;
            }
            let text = self.world.read(&name).await?;
            let entry = text.and_then(|text| Entry::from_json(&text));
            listed.extend(entry.map(|entry| (key.contract, entry)));
        }
        Ok(Spending::of_listed(listed, policy, &self.world.origin()))
    }
}
