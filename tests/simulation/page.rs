//! A page of the browser as the world of the sender's flows.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::rc::Rc;

use microraiden::chain::{Seen, Sent, Status};
use microraiden::protocol::amount::Uint256;
use microraiden::protocol::{Address, Amount, BalanceProof, ChannelId, CloseRequest, Signature};
use microraiden::sender::journal::Action;
use microraiden::sender::world::{Agreement, Call, NotSent, Progress};
use microraiden::sender::{Sender, World};

use super::chain::{Effect, Transaction};
use super::chance::{breath, never};
use super::model::Shared;
use super::parties::{CONTRACT, IMPOSTOR, MANAGER, sender};
use super::trouble::Trouble;

/// One page.
#[derive(Clone)]
pub struct Page {
    pub model: Shared,
    /// How often the call that uses it has opened and topped up.
    pub escrowed: Rc<Cell<(u32, u32)>>,
    /// Whether that call's caller has given up.
    pub gave_up: Rc<Cell<bool>>,
}

/// A held turn, given back when dropped, as the browser does when a page dies.
pub struct Turn {
    model: Shared,
    name: String,
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.model.borrow_mut().locks.remove(&self.name);
    }
}

pub struct Prepared {
    sent: Sent,
    transaction: Option<Transaction>,
    effect: Effect,
    _nonce: Option<Turn>,
}

/// The bytes of a signed transaction: in the model its hash, by which its effect is found.
fn raw_of(transaction: &Transaction) -> Vec<u8> {
    let raw = transaction.hash.0.to_vec();
    SIGNED.with_borrow_mut(|signed| signed.insert(raw.clone(), transaction.effect));
    raw
}

impl Page {
    pub fn new(model: &Shared) -> Self {
        Self {
            model: model.clone(),
            escrowed: Rc::default(),
            gave_up: Rc::default(),
        }
    }

    pub fn sender(&self) -> Sender<Self> {
        let confirmations = self.model.borrow().chain.confirmations;
        Sender {
            world: self.clone(),
            contract: CONTRACT,
            account: sender().address(),
            confirmations,
        }
    }

    fn node_fails(&self) -> Result<(), Trouble> {
        if self.model.borrow_mut().strikes(|f| f.node_error) {
            return Err(Trouble::Node);
        }
        Ok(())
    }

    fn take(&self, name: &str) -> Option<Turn> {
        let taken = !self.model.borrow_mut().locks.insert(name.to_owned());
        (!taken).then(|| Turn {
            model: self.model.clone(),
            name: name.to_owned(),
        })
    }
}

/// The arguments of a call, as 32-byte words.
fn read_effect(call: &Call) -> Effect {
    let word = |index: usize| {
        let mut bytes = [0; 32];
        bytes.copy_from_slice(&call.data[4 + 32 * index..36 + 32 * index]);
        bytes
    };
    let amount = |index| Amount::try_from(Uint256::from_be_bytes(word(index))).expect("an amount");
    let mut address = [0; 20];
    address.copy_from_slice(&word(0)[12..]);
    let receiver = Address(address);
    let id = || ChannelId {
        sender: sender().address(),
        receiver,
        open_block: u64::try_from(Uint256::from_be_bytes(word(1)))
            .ok()
            .and_then(|block| u32::try_from(block).ok())
            .expect("a block"),
    };
    match call.action {
        Action::Approve | Action::ApproveReset => Effect::Approve(amount(1)),
        Action::Open => Effect::Open {
            receiver,
            deposit: amount(1),
        },
        Action::TopUp => Effect::TopUp {
            id: id(),
            added: amount(2),
        },
        Action::Close => Effect::Close {
            id: id(),
            balance: amount(2),
        },
        Action::CooperativeClose => Effect::CloseAtOnce {
            id: id(),
            balance: amount(2),
        },
        Action::Settle => Effect::Settle { id: id() },
        other => panic!("the flows send no {other:?}"),
    }
}

impl World for Page {
    type Error = Trouble;
    type Turn = Turn;
    type Prepared = Prepared;

    fn now(&self) -> u64 {
        let mut model = self.model.borrow_mut();
        model.now += 1;
        model.now
    }

    fn is_hidden(&self) -> bool {
        false
    }

    fn origin(&self) -> String {
        "https://page.example".to_owned()
    }

    fn check(&self) -> Result<(), Trouble> {
        let patience = self.model.borrow().patience;
        if let Some(patience) = patience {
            self.model.borrow_mut().patience = Some(patience.saturating_sub(1));
        }
        if self.gave_up.get()
            || patience == Some(0)
            || self.model.borrow_mut().strikes(|f| f.give_up)
        {
            self.gave_up.set(true);
            return Err(Trouble::Aborted);
        }
        Ok(())
    }

    fn tell(&self, _: Progress<'_>) {}

    async fn pause(&self, milliseconds: u32) -> Result<(), Trouble> {
        breath().await;
        let mut model = self.model.borrow_mut();
        model.now += u64::from(milliseconds);
        model.block();
        drop(model);
        self.check()
    }

    async fn after(&self, milliseconds: u32) {
        let end = self.model.borrow().now + u64::from(milliseconds);
        while self.model.borrow().now < end {
            breath().await;
        }
    }

    async fn read(&self, name: &str) -> Result<Option<String>, Trouble> {
        // Synchronous in a page, a message in a worker.
        if self.model.borrow_mut().chance.percent(20) {
            breath().await;
        }
        Ok(self.model.borrow().storage.get(name).cloned())
    }

    async fn write(&self, name: &str, text: &str) -> Result<(), Trouble> {
        breath().await;
        if self.model.borrow_mut().strikes(|f| f.full_storage) {
            return Err(Trouble::Full);
        }
        let (name, text) = (name.to_owned(), text.to_owned());
        self.model
            .borrow()
            .trace(|| format!("write {name} {}", text.trim()));
        self.model.borrow_mut().storage.insert(name, text);
        breath().await;
        Ok(())
    }

    async fn remove(&self, name: &str) -> Result<(), Trouble> {
        breath().await;
        self.model.borrow_mut().storage.remove(name);
        breath().await;
        Ok(())
    }

    async fn names(&self, prefix: &str) -> Result<Vec<String>, Trouble> {
        let model = self.model.borrow();
        let names = model.storage.keys().filter(|name| name.starts_with(prefix));
        Ok(names.cloned().collect())
    }

    async fn turn(&self, name: &str) -> Result<Turn, Trouble> {
        loop {
            if let Some(turn) = self.take(name) {
                return Ok(turn);
            }
            breath().await;
        }
    }

    async fn free_turn(&self, name: &str) -> Result<Option<Turn>, Trouble> {
        Ok(self.take(name))
    }

    async fn sign(&self, channel: &ChannelId, balance: Amount) -> Result<BalanceProof, Trouble> {
        breath().await;
        assert!(!self.gave_up.get(), "signed for a caller who has given up");
        if self.model.borrow_mut().strikes(|f| f.refuse_signature) {
            return Err(Trouble::Refused);
        }
        let proof = MANAGER.sign_balance(sender(), channel, balance);
        breath().await;
        Ok(proof)
    }

    fn signs_alone(&self) -> bool {
        self.model.borrow().faults.wallet == 0
    }

    async fn newest_block(&self) -> Result<u64, Trouble> {
        self.node_fails()?;
        let mut model = self.model.borrow_mut();
        let behind = model.behind() as u64;
        Ok(model.chain.newest().saturating_sub(behind))
    }

    async fn look(&self, channel: &ChannelId) -> Result<Seen, Trouble> {
        breath().await;
        self.node_fails()?;
        let mut model = self.model.borrow_mut();
        let behind = model.behind();
        Ok(model.chain.look(channel, behind))
    }

    async fn opened(
        &self,
        blocks: RangeInclusive<u64>,
    ) -> Result<Option<Vec<(ChannelId, Amount)>>, Trouble> {
        self.node_fails()?;
        let mut model = self.model.borrow_mut();
        let known = model.chain.newest().saturating_sub(model.behind() as u64);
        let end = known.min(*blocks.end());
        Ok(Some(model.chain.opened(*blocks.start(), end)))
    }

    async fn contract_block(&self, block: u64) -> Result<Option<u64>, Trouble> {
        self.node_fails()?;
        Ok(self.model.borrow().chain.contract_block(block))
    }

    async fn has_history(&self) -> Result<bool, Trouble> {
        self.node_fails()?;
        Ok(self.model.borrow().chain.next_nonce() > 0)
    }

    async fn tokens(&self) -> Result<Uint256, Trouble> {
        self.node_fails()?;
        Ok(Uint256::from(self.model.borrow().chain.state().tokens))
    }

    async fn allowance(&self) -> Result<Uint256, Trouble> {
        self.node_fails()?;
        Ok(self.model.borrow().chain.state().allowance.into())
    }

    async fn takes_transfer(&self, _: &[u8]) -> Result<bool, Trouble> {
        Ok(false)
    }

    async fn prepare(&self, call: &Call) -> Result<Prepared, Trouble> {
        breath().await;
        self.node_fails()?;
        let effect = read_effect(call);
        let sender = sender().address();
        if !self.signs_alone() {
            let nonce = Some(self.model.borrow().chain.next_nonce());
            let sent = Sent {
                sender,
                hash: None,
                nonce,
                raw: None,
            };
            return Ok(Prepared {
                sent,
                transaction: None,
                effect,
                _nonce: None,
            });
        }
        let turn = self.turn("nonce").await?;
        let transaction = {
            let mut model = self.model.borrow_mut();
            Transaction {
                hash: model.chain.new_hash(),
                nonce: model.chain.next_nonce(),
                effect,
            }
        };
        let sent = Sent {
            sender,
            hash: Some(transaction.hash),
            nonce: Some(transaction.nonce),
            raw: Some(raw_of(&transaction)),
        };
        Ok(Prepared {
            sent,
            transaction: Some(transaction),
            effect,
            _nonce: Some(turn),
        })
    }

    fn prepared(&self, prepared: &Prepared) -> Sent {
        prepared.sent.clone()
    }

    async fn submit(&self, prepared: Prepared) -> Result<Sent, NotSent<Trouble>> {
        breath().await;
        if let Effect::Close { id, balance } = prepared.effect {
            let model = self.model.borrow();
            let held = model.held.get(&super::model::key(&id)).copied();
            let held = held.unwrap_or_default().balance();
            let honest = model.faults.hostile == 0 && model.faults.delay == 0;
            assert!(
                balance >= held || !honest,
                "closing with {balance}, and the receiver holds {held}"
            );
        }
        let (opened, topped_up) = self.escrowed.get();
        match prepared.effect {
            Effect::Open { .. } => self.escrowed.set((opened + 1, topped_up)),
            Effect::TopUp { .. } => self.escrowed.set((opened, topped_up + 1)),
            _ => {}
        }
        let nonce = format!("\"nonce\":{},", prepared.sent.nonce.expect("a nonce"));
        assert!(
            self.model.borrow().journal_has(&nonce),
            "a transaction left before it was written down"
        );
        let error = |certain, error| NotSent { certain, error };
        let mut sent = prepared.sent;
        match prepared.transaction {
            Some(transaction) => {
                if self.node_fails().is_err() {
                    return Err(error(false, Trouble::Node));
                }
                if !self.model.borrow_mut().chain.submit(transaction) {
                    return Err(error(true, Trouble::Node));
                }
            }
            None => {
                if self.model.borrow_mut().strikes(|f| f.refuse_signature) {
                    return Err(error(true, Trouble::Refused));
                }
                let mut model = self.model.borrow_mut();
                let transaction = Transaction {
                    hash: model.chain.new_hash(),
                    nonce: model.chain.next_nonce(),
                    effect: prepared.effect,
                };
                sent.hash = Some(transaction.hash);
                sent.nonce = Some(transaction.nonce);
                model.chain.submit(transaction);
            }
        }
        breath().await;
        Ok(sent)
    }

    async fn status(&self, sent: &Sent) -> Result<Status, Trouble> {
        breath().await;
        self.node_fails()?;
        let transaction = sent.raw.as_ref().zip(sent.hash).zip(sent.nonce);
        let transaction = transaction.map(|((raw, hash), nonce)| Transaction {
            hash,
            nonce,
            effect: SIGNED.with_borrow(|signed| signed[raw]),
        });
        let mut model = self.model.borrow_mut();
        let status = model.chain.status(sent, transaction);
        if let Status::Mined { confirmations, .. } = &status
            && *confirmations >= model.chain.confirmations
            && self.escrowed.get() != (0, 0)
        {
            model.blind = core::mem::take(&mut model.after_receipt);
        }
        Ok(status)
    }

    async fn sign_request(&self, request: &CloseRequest) -> Result<Signature, Trouble> {
        breath().await;
        if self.model.borrow_mut().strikes(|f| f.refuse_signature) {
            return Err(Trouble::Refused);
        }
        Ok(request.sign(sender()))
    }

    async fn ask_closing(
        &self,
        gateway: &str,
        channel: &ChannelId,
        balance: Amount,
        signed: Option<&Signature>,
    ) -> Agreement {
        assert!(
            !gateway.starts_with(IMPOSTOR) || !self.model.borrow().leaked.is_empty(),
            "{gateway} is asked to agree to closing"
        );
        breath().await;
        if self.model.borrow_mut().strikes(|f| f.lose_request) {
            return Agreement::Denied;
        }
        if self.model.borrow_mut().strikes(|f| f.silent) {
            return never().await;
        }
        let answer = self.model.borrow_mut().agree(channel, balance, signed);
        breath().await;
        if self.model.borrow_mut().strikes(|f| f.lose_answer) {
            return Agreement::Denied;
        }
        answer
    }
}

thread_local! {
    /// What the bytes of signed transactions do.
    static SIGNED: RefCell<BTreeMap<Vec<u8>, Effect>> = const { RefCell::new(BTreeMap::new()) };
}
