//! The signer of the model: a key in the page, or a wallet whose person may refuse.

use microraiden::chain::submit::Draft;
use microraiden::protocol::{Amount, BalanceProof, ChannelId, CloseRequest, Hash, Signature};
use microraiden::sender::store::journal::Action;
use microraiden::sender::world::{NotSent, Signer};

use super::chain::{Effect, Path, Transaction};
use super::chance::breath;
use super::model::key;
use super::page::Page;
use super::parties::{MANAGER, sender};
use super::trouble::Trouble;

impl Signer for Page {
    async fn sign(&self, channel: &ChannelId, balance: Amount) -> Result<BalanceProof, Trouble> {
        breath().await;
        assert!(!self.gave_up.get(), "signed for a caller who has given up");
        if self.model.borrow_mut().strikes(|f| f.refuse_signature) {
            return Err(Trouble::Refused);
        }
        if self.model.borrow().faults.cannot_sign > 0 {
            return Err(Trouble::CannotSign);
        }
        let proof = MANAGER.sign_balance(sender(), channel, balance);
        breath().await;
        Ok(proof)
    }

    async fn sign_request(&self, request: &CloseRequest) -> Result<Signature, Trouble> {
        breath().await;
        if self.model.borrow_mut().strikes(|f| f.refuse_signature) {
            return Err(Trouble::Refused);
        }
        Ok(request.sign(sender()))
    }

    fn signs_alone(&self) -> bool {
        self.model.borrow().faults.wallet == 0
    }

    async fn sign_transaction(&self, hash: &Hash) -> Result<Signature, Trouble> {
        Ok(sender().sign_hash(hash))
    }

    fn wallet(&self) -> Option<String> {
        let faults = self.model.borrow().faults;
        (faults.wallet > 0).then(|| "wallet".to_owned())
    }

    async fn ready(&self) -> Result<(), Trouble> {
        Ok(())
    }

    async fn send(&self, _: Action, draft: &Draft<'_>, _: u64) -> Result<Hash, NotSent<Trouble>> {
        breath().await;
        let effect = Effect::of(draft.to, draft.data).expect("a call of the sender");
        // The next nonce when it was asked.
        self.leaves(effect, "\"hash\":null,\"nonce\":");
        if self.model.borrow_mut().strikes(|f| f.refuse_signature) {
            return Err(NotSent {
                certain: true,
                error: Trouble::Refused,
            });
        }
        let hash = {
            let mut model = self.model.borrow_mut();
            let path = match model.strikes(|f| f.sponsored) {
                true if model.chance.percent(50) => Path::Private,
                true => Path::Sponsored,
                false => Path::Own,
            };
            let transaction = Transaction {
                hash: model.chain.new_hash(),
                nonce: model.chain.next_nonce(),
                effect,
                path,
            };
            let hash = transaction.hash;
            model.chain.submit(transaction).expect("a fresh nonce");
            hash
        };
        breath().await;
        Ok(hash)
    }
}

impl Page {
    /// Everything that must hold when a transaction leaves the page for the first time.
    pub fn leaves(&self, effect: Effect, written: &str) {
        let model = self.model.borrow();
        // Where nothing can be stored a channel can be left all the same.
        let leaves = matches!(
            effect,
            Effect::Close { .. } | Effect::CloseAtOnce { .. } | Effect::Settle { .. }
        );
        assert!(
            model.journal_has(written) || (leaves && model.faults.full_storage > 0),
            "a transaction left before it was written down"
        );
        let deposits = matches!(
            effect,
            Effect::Approve(_) | Effect::Open { .. } | Effect::TopUp { .. }
        );
        assert!(
            model.faults.cannot_sign == 0 || !deposits,
            "a deposit is made by a wallet that can't sign"
        );
        if let Effect::Close { id, balance } = effect {
            let held = model.held.get(&key(&id)).copied().unwrap_or_default();
            let honest = model.faults.hostile == 0 && model.faults.delay == 0;
            // With numbers less is owed than was promised.
            let owed = match model.accounts.get(&key(&id)) {
                Some(account) => account.charged.min(held.balance()),
                None => held.balance(),
            };
            assert!(
                balance >= owed || !honest,
                "closing with {balance}, and the receiver is owed {owed}"
            );
        }
    }
}
