//! Exact books of what must never be lost.

use std::collections::{BTreeMap, BTreeSet};

use microraiden::receiver::{Channel, ChannelStatus};

use crate::basics::units;
use crate::simulation::chain::{Held, Key, State};

#[derive(Clone, Default)]
pub(crate) struct Books {
    /// Every channel that there ever was.
    pub(crate) channels: Vec<Key>,
    /// The balances that the receiver agreed to close with.
    pub(crate) agreed: BTreeMap<Key, u64>,
    /// What was accepted and is not lost with a store, the lowest balance first.
    accepted: BTreeMap<Key, Vec<Accepted>>,
    /// The highest balance that was ever accepted.
    promised: BTreeMap<Key, u64>,
    /// The balances of the transactions that the receiver sent.
    sent: BTreeMap<Key, BTreeSet<u64>>,
    /// The balances that the receiver agreed to, or closed with, before its store was restored from an earlier copy.
    forgotten: BTreeMap<Key, BTreeSet<u64>>,
    /// Channels in which something was lost, and that were not there when the restored store was marked.
    pub(crate) unmarked: BTreeSet<Key>,
    /// What a channel's deposit was last.
    newest: BTreeMap<Key, u64>,
    /// Every deposit that a channel ever had, final or not.
    deposits: BTreeMap<Key, BTreeSet<u64>>,
    /// The deposits that a ready receiver knew.
    confirmed: BTreeMap<Key, BTreeSet<u64>>,
    /// The channels of which a top up has vanished.
    fell: BTreeSet<Key>,
}

/// A payment that was accepted.
#[derive(Clone, Debug)]
struct Accepted {
    balance: u64,
    /// The confirmed deposits that the channel had had by then.
    levels: BTreeSet<u64>,
}

impl Books {
    /// What the chain holds now.
    pub(crate) fn see(&mut self, live: &BTreeMap<Key, Held>) {
        for (&key, held) in live {
            if self.newest.insert(key, held.deposit) > Some(held.deposit) {
                self.fell.insert(key);
            }
            self.deposits.entry(key).or_default().insert(held.deposit);
            if !self.channels.contains(&key) {
                self.channels.push(key);
            }
        }
    }

    fn confirm(&mut self, key: Key, deposit: u64) {
        self.confirmed.entry(key).or_default().insert(deposit);
    }

    fn accepted(&self, key: Key) -> &[Accepted] {
        self.accepted.get(&key).map_or(&[], Vec::as_slice)
    }

    /// What the receiver has accepted and not lost.
    pub(crate) fn balance(&self, key: Key) -> u64 {
        let newest = self.accepted(key).last();
        newest.map_or(0, |accepted| accepted.balance)
    }

    /// What the sender has paid.
    pub(crate) fn promised(&self, key: Key) -> u64 {
        self.promised.get(&key).copied().unwrap_or(0)
    }

    /// Whether the receiver has lost payments that the sender has not shown again.
    pub(crate) fn has_lost(&self, key: Key) -> bool {
        self.balance(key) < self.promised(key)
    }

    pub(crate) fn accept(&mut self, key: Key, balance: u64) {
        let levels = self.confirmed.get(&key).cloned().unwrap_or_default();
        let accepted = self.accepted.entry(key).or_default();
        accepted.push(Accepted { balance, levels });
        self.promised.insert(key, balance);
    }

    /// The receiver agrees to closing; its record was this one before.
    pub(crate) fn agree(&mut self, key: Key, balance: u64, record: Option<Channel>) {
        // What others can close with anyway may be agreed to.
        let was_left = record.is_some_and(|record| record.is_left());
        assert!(
            was_left || !self.has_lost(key) || self.unmarked.contains(&key),
            "{key:?}: agreed to {balance} of {}",
            self.promised(key)
        );
        self.agreed.insert(key, balance);
    }

    /// Compares the receiver's records with what the contract holds. Returns a channel that has none.
    pub(crate) fn compare(&mut self, stored: Vec<Channel>, state: &State) -> Option<Key> {
        let mut live = state.live.clone();
        for channel in stored {
            let key = (channel.id.sender, channel.id.open_block);
            let held = live.remove(&key);
            match channel.status {
                ChannelStatus::Unconfirmed => assert_eq!(held, None, "{key:?} is confirmed"),
                ChannelStatus::Open | ChannelStatus::Agreed => {
                    let held = held.unwrap_or_else(|| panic!("{key:?} is not on the chain"));
                    assert_eq!(held.request, None, "{key:?} is closing");
                    assert_eq!(channel.deposit, units(held.deposit), "{key:?}");
                    self.confirm(key, held.deposit);
                }
                ChannelStatus::Closing { .. } => {
                    assert!(held.is_some_and(|held| held.request.is_some()), "{key:?}");
                }
            }
        }
        live.keys().next().copied()
    }

    /// The receiver closes a channel, with all that it knows of.
    pub(crate) fn send(&mut self, key: Key, balance: u64) {
        let accepted = self.accepted(key);
        let mut deposits = self.deposits.get(&key).into_iter().flatten();
        assert!(
            deposits.any(|deposit| Some(balance) >= due(accepted, *deposit)),
            "{key:?} is closed with {balance}, and accepted were {accepted:?}"
        );
        self.sent.entry(key).or_default().insert(balance);
    }

    /// The receiver's store is what it was when these books were copied.
    pub(crate) fn go_back(&mut self, earlier: Self) {
        let forgotten = &mut self.forgotten;
        for (key, balance) in &self.agreed {
            if !earlier.agreed.contains_key(key) {
                forgotten.entry(*key).or_default().insert(*balance);
            }
        }
        for (key, balances) in &self.sent {
            forgotten.entry(*key).or_default().extend(balances);
        }
        self.accepted = earlier.accepted;
        self.agreed = earlier.agreed;
        self.sent = earlier.sent;
        self.confirmed = earlier.confirmed;
    }

    /// A balance with which anybody can close a channel, as the receiver has agreed or sent that, knowingly or not.
    pub(crate) fn closes_with(&self, key: Key) -> Option<u64> {
        let forgotten = self.forgotten.get(&key);
        let forgotten = forgotten.and_then(|balances| balances.first());
        self.agreed.get(&key).or(forgotten).copied()
    }

    /// The channels in which something was lost.
    pub(crate) fn losers(&self) -> Vec<Key> {
        let lost = |key: &Key| self.has_lost(*key);
        self.promised.keys().copied().filter(lost).collect()
    }

    /// All that is due was paid out, though every sender has cheated.
    pub(crate) fn balance_with(&self, state: &State) {
        for (key, accepted) in &self.accepted {
            if let Some(held) = state.live.get(key) {
                // A request with what is owed is left alone.
                let requested = held.request.map(|(balance, _)| balance);
                let due = due(accepted, held.deposit).filter(|due| Some(*due) > requested);
                assert_eq!(
                    due, None,
                    "{key:?} was not closed in time: {held:?} of {accepted:?}"
                );
            }
            if let Some((paid, deposit)) = state.settled.get(key) {
                // A close that was sent for a lower deposit is mined even if the deposit is back by then.
                let lower = self.deposits.get(key).filter(|_| self.fell.contains(key));
                let mut all = lower.into_iter().flatten().chain([deposit]);
                let forgotten = self.forgotten.get(key);
                let is_forgotten = forgotten.is_some_and(|balances| balances.contains(paid));
                assert!(
                    is_forgotten || all.any(|deposit| Some(*paid) >= due(accepted, *deposit)),
                    "{key:?} was closed with {paid} of {deposit}, and accepted were {accepted:?}"
                );
            }
        }
    }
}

/// What is paid out of this deposit: the highest balance within a confirmed deposit that is not above it.
fn due(accepted: &[Accepted], deposit: u64) -> Option<u64> {
    let is_kept = |accepted: &&Accepted| {
        let mut levels = accepted.levels.range(accepted.balance..);
        levels.any(|level| *level <= deposit)
    };
    let kept = accepted.iter().filter(is_kept);
    kept.map(|accepted| accepted.balance).max()
}
