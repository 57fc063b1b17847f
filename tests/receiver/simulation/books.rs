//! Exact books of what must never be lost.

use std::collections::{BTreeMap, BTreeSet};

use crate::simulation::chain::{Held, Key, State};

#[derive(Default)]
pub(crate) struct Books {
    /// Every channel that there ever was.
    pub(crate) channels: Vec<Key>,
    /// The balances that the receiver agreed to close with.
    pub(crate) agreed: BTreeMap<Key, u64>,
    /// What was accepted, the lowest balance first.
    accepted: BTreeMap<Key, Vec<Accepted>>,
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
#[derive(Debug)]
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

    pub(crate) fn confirm(&mut self, key: Key, deposit: u64) {
        self.confirmed.entry(key).or_default().insert(deposit);
    }

    pub(crate) fn balance(&self, key: Key) -> u64 {
        let accepted = self.accepted.get(&key);
        let newest = accepted.and_then(|accepted| accepted.last());
        newest.map_or(0, |accepted| accepted.balance)
    }

    pub(crate) fn accept(&mut self, key: Key, balance: u64) {
        let levels = self.confirmed.get(&key).cloned().unwrap_or_default();
        let accepted = self.accepted.entry(key).or_default();
        accepted.push(Accepted { balance, levels });
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
                assert!(
                    all.any(|deposit| Some(*paid) >= due(accepted, *deposit)),
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
