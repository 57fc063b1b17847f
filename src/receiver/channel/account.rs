//! What a sender has promised in a channel, and what of it was charged.

use crate::protocol::{Amount, BalanceProof};

/// What a sender has promised in a channel, and what of it was charged. Always, charged <= accepted: no
/// call leaves it otherwise.
///
/// The contracts know nothing of what was charged: they take a proof, and pay its balance. So two proofs may
/// be kept besides the newest one:
///
/// | proof | what for |
/// |---|---|
/// | the newest one | what is accepted |
/// | the lowest one that covers what was charged | closing without the sender, when the receiver must not lose what it earned, and should take as little more as it can |
/// | the highest one within what was charged | withdrawing, when nothing must be taken that could still be given back |
///
/// Where every request pays exactly its price, all three are the same.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Account {
    newest: Option<BalanceProof>,
    /// If it is not the newest.
    covering: Option<BalanceProof>,
    /// If it is not the newest.
    earned: Option<BalanceProof>,
    charged: Amount,
}

/// The credit does not cover a price.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::receiver) struct CreditTooLow;

impl Account {
    /// Of a channel in which every request paid exactly its price.
    pub fn paid(proof: BalanceProof) -> Self {
        Self {
            newest: Some(proof),
            charged: proof.balance,
            ..Self::default()
        }
    }

    /// As it was stored. `None`: no account is like that.
    #[cfg_attr(
        not(any(feature = "sqlite", feature = "postgres", test)),
        expect(dead_code, reason = "for stores")
    )]
    pub(in crate::receiver) fn restore(
        newest: Option<BalanceProof>,
        covering: Option<BalanceProof>,
        earned: Option<BalanceProof>,
        charged: Amount,
    ) -> Option<Self> {
        let account = Self {
            newest,
            covering,
            earned,
            charged,
        };
        let accepted = account.accepted();
        let is_possible = charged <= accepted
            && covering.is_none_or(|proof| charged <= proof.balance && proof.balance < accepted)
            && earned.is_none_or(|proof| proof.balance <= charged && proof.balance < accepted);
        is_possible.then_some(account)
    }

    /// The proof with the highest balance.
    pub fn proof(&self) -> Option<BalanceProof> {
        self.newest
    }

    /// What the sender has promised: the balance of the newest proof.
    pub fn accepted(&self) -> Amount {
        self.newest.map_or(Amount::ZERO, |proof| proof.balance)
    }

    /// The sum of the prices of what was served.
    pub fn charged(&self) -> Amount {
        self.charged
    }

    /// What was promised and not charged yet.
    pub fn credit(&self) -> Amount {
        self.accepted().saturating_sub(self.charged)
    }

    /// The lowest known proof that covers what was charged. `None`: nothing was ever promised.
    pub fn covering(&self) -> Option<BalanceProof> {
        self.covering.or(self.newest)
    }

    /// The highest known proof within what was charged.
    pub fn earned(&self) -> Option<BalanceProof> {
        let newest = self.newest.filter(|proof| proof.balance <= self.charged);
        newest.or(self.earned)
    }

    /// The proofs that are kept.
    pub(super) fn held(&self) -> impl Iterator<Item = BalanceProof> {
        [self.newest, self.covering, self.earned]
            .into_iter()
            .flatten()
    }

    /// After a proof and a charge. The proof may be lower than the newest one.
    pub(in crate::receiver) fn pay(
        self,
        proof: BalanceProof,
        price: Amount,
    ) -> Result<Self, CreditTooLow> {
        let charged = self.charged.checked_add(price).ok_or(CreditTooLow)?;
        // The newest comes last, and is kept if another one has its balance.
        let known = [Some(proof), self.earned, self.covering, self.newest];
        let known = || known.into_iter().flatten();
        let newest = known().max_by_key(|proof| proof.balance);
        let accepted = newest.map_or(Amount::ZERO, |proof| proof.balance);
        if charged > accepted {
            return Err(CreditTooLow);
        }
        let lower = || known().filter(|proof| proof.balance < accepted);
        let covering = lower().filter(|proof| charged <= proof.balance);
        let earned = lower().filter(|proof| proof.balance <= charged);
        Ok(Self {
            newest,
            covering: covering.min_by_key(|proof| proof.balance),
            // Fully charged, the newest is the highest within.
            earned: earned
                .max_by_key(|proof| proof.balance)
                .filter(|_| charged < accepted),
            charged,
        })
    }

    /// With a proof above all known ones, and what counts as charged by it: at least what was charged before.
    pub(in crate::receiver) fn raise(
        self,
        proof: BalanceProof,
        charged: Amount,
    ) -> Result<Self, CreditTooLow> {
        if proof.balance <= self.accepted() || charged < self.charged || proof.balance < charged {
            return Err(CreditTooLow);
        }
        let earned = self.held().filter(|known| known.balance <= charged);
        Ok(Self {
            newest: Some(proof),
            covering: None,
            earned: earned
                .max_by_key(|known| known.balance)
                .filter(|_| charged < proof.balance),
            charged,
        })
    }

    /// With the proof with which the channel is to be closed: of what was charged, or of what is accepted.
    /// `None`: it is of another balance.
    pub(in crate::receiver) fn settle(self, proof: BalanceProof) -> Option<Self> {
        // In generation 0.1 an agreement holds for the very signature, so that equal balances are replaced too.
        if proof.balance == self.accepted() {
            return Some(Self {
                newest: Some(proof),
                covering: None,
                ..self
            });
        }
        (proof.balance == self.charged).then_some(Self {
            covering: Some(proof),
            earned: Some(proof),
            ..self
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use crate::protocol::Signature;

    use super::*;

    fn units(amount: u64) -> Amount {
        Amount::from_u64(amount)
    }

    /// A proof, told from others of its balance by its mark.
    fn marked(balance: u64, mark: u8) -> BalanceProof {
        let mut bytes = [1; 65];
        bytes[0] = mark;
        bytes[64] = 27;
        BalanceProof {
            balance: units(balance),
            signature: Signature::from_bytes(&bytes).expect("a signature"),
        }
    }

    fn proof(balance: u64) -> BalanceProof {
        marked(balance, 1)
    }

    fn balance(proof: Option<BalanceProof>) -> Option<u64> {
        let digits = proof.map(|proof| proof.balance.to_string());
        digits.map(|digits| digits.parse().expect("small"))
    }

    /// The balances of the newest, the covering and the earned proof, and what was charged.
    fn shown(account: &Account) -> (Option<u64>, Option<u64>, Option<u64>, Amount) {
        let (newest, covering) = (balance(account.proof()), balance(account.covering()));
        (
            newest,
            covering,
            balance(account.earned()),
            account.charged(),
        )
    }

    #[test]
    fn in_sequence_all_proofs_are_the_newest() {
        let mut account = Account::default();
        assert_eq!(shown(&account), (None, None, None, units(0)));
        for balance in [3, 6, 9] {
            account = account.pay(proof(balance), units(3)).expect("covered");
            assert_eq!(account, Account::paid(proof(balance)));
        }
    }

    #[test]
    fn proofs_that_arrive_in_another_order_pay_the_same() {
        let mut account = Account::default();
        let steps = [
            (9, (Some(9), Some(9), None, units(3))),
            (3, (Some(9), Some(9), Some(3), units(6))),
            (6, (Some(9), Some(9), Some(9), units(9))),
        ];
        for (balance, expected) in steps {
            account = account.pay(proof(balance), units(3)).expect("covered");
            assert_eq!(shown(&account), expected, "{balance}");
        }
        assert_eq!(account, Account::paid(proof(9)));
        assert_eq!(account.pay(proof(4), units(1)), Err(CreditTooLow));
    }

    /// The payment of one request never arrives; what it left is credit ever after.
    #[test]
    fn a_lost_request_leaves_credit_and_the_proofs_follow() {
        let mut account = Account::paid(proof(10));
        for (balance, expected) in [
            // 20 is lost.
            (30, (Some(30), Some(30), Some(10), units(20))),
            (40, (Some(40), Some(30), Some(30), units(30))),
            (50, (Some(50), Some(40), Some(40), units(40))),
        ] {
            account = account.pay(proof(balance), units(10)).expect("covered");
            assert_eq!(shown(&account), expected, "{balance}");
            assert_eq!(account.credit(), units(10));
        }
    }

    #[test]
    fn closing_takes_a_proof_of_what_was_charged() {
        let account = Account::paid(proof(10)).pay(proof(30), units(10));
        let account = account.expect("covered");
        for other in [10, 19, 21, 29, 31] {
            assert_eq!(account.settle(proof(other)), None, "{other}");
        }
        let given_away = account.settle(marked(30, 7)).expect("what is accepted");
        assert_eq!(given_away.covering(), Some(marked(30, 7)));
        let settled = account.settle(marked(20, 7)).expect("what was charged");
        assert_eq!(settled.covering(), Some(marked(20, 7)));
        assert_eq!(settled.earned(), Some(marked(20, 7)));
        assert_eq!(
            (settled.accepted(), settled.charged()),
            (units(30), units(20))
        );
        let settled = Account::paid(proof(10)).settle(marked(10, 7));
        assert_eq!(settled, Some(Account::paid(marked(10, 7))));
    }

    #[test]
    fn what_no_account_is_like_is_not_restored() {
        let restore = |newest: Option<u64>, covering: Option<u64>, earned: Option<u64>, charged| {
            let (newest, covering) = (newest.map(proof), covering.map(proof));
            Account::restore(newest, covering, earned.map(proof), units(charged))
        };
        assert!(restore(None, None, None, 0).is_some());
        assert!(restore(Some(9), Some(6), Some(3), 4).is_some());
        for (newest, covering, earned, charged) in [
            (None, None, None, 1),
            (Some(9), None, None, 10),
            (Some(9), Some(3), None, 4),
            (Some(9), Some(9), None, 4),
            (Some(9), None, Some(5), 4),
            (None, None, Some(0), 0),
        ] {
            assert_eq!(restore(newest, covering, earned, charged), None);
        }
    }

    proptest! {
        /// Whatever comes in whatever order, what was charged is covered, sums up what was served, and every
        /// kept proof is one that came.
        #[test]
        fn nothing_is_charged_that_was_not_promised(
            steps in prop::collection::vec((0..60u64, 0..20u64), 0..40),
        ) {
            let mut account = Account::default();
            let (mut seen, mut served) = (Vec::new(), 0);
            for (balance, price) in steps {
                let before = account;
                match account.pay(proof(balance), units(price)) {
                    Ok(after) => {
                        account = after;
                        served += price;
                        seen.push(balance);
                    }
                    Err(CreditTooLow) => {
                        let most = account.accepted().max(units(balance));
                        prop_assert!(units(served + price) > most);
                    }
                }
                let Account { newest, covering, earned, charged } = account;
                prop_assert_eq!(Account::restore(newest, covering, earned, charged), Some(account));
                prop_assert_eq!(charged, units(served));
                prop_assert!(account.accepted() >= before.accepted());
                prop_assert_eq!(account.accepted(), units(seen.iter().copied().max().unwrap_or(0)));
                let covering = account.covering().map(|proof| proof.balance);
                prop_assert!(covering.is_none_or(|balance| balance >= charged));
                prop_assert_eq!(covering.is_none(), seen.is_empty());
                prop_assert!(account.earned().is_none_or(|proof| proof.balance <= charged));
                for held in account.held() {
                    prop_assert!(seen.iter().any(|balance| units(*balance) == held.balance));
                }
            }
        }
    }
}
