//! A page of the browser as the world of the sender's flows.

use std::cell::Cell;
use std::rc::Rc;

use microraiden::chain::{ChainError, Node, Sent, TransportError, fee};
use microraiden::protocol::transaction::Transaction as Unsigned;
use microraiden::protocol::{Amount, BalanceProof, ChannelId, CloseRequest, Signature};
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
    effect: Effect,
    _nonce: Option<Turn>,
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

    fn take(&self, name: &str) -> Option<Turn> {
        let taken = !self.model.borrow_mut().locks.insert(name.to_owned());
        (!taken).then(|| Turn {
            model: self.model.clone(),
            name: name.to_owned(),
        })
    }
}

impl World for Page {
    type Error = Trouble;
    type Turn = Turn;
    type Prepared = Prepared;
    type Transport = Self;

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

    fn node(&self) -> Node<Self> {
        Node::new(self.clone())
    }

    async fn prepare(&self, call: &Call) -> Result<Prepared, Trouble> {
        let effect = Effect::of(call.to, &call.data).expect("a call of the sender");
        let (node, account) = (self.node(), sender().address());
        let gas = node.estimate_gas(account, call.to, call.value, &call.data);
        let gas_limit = fee::gas_limit(gas.await?);
        let fee = fee::suggest(&node, &fee::Limits::default()).await?.fee;
        let signs = self.signs_alone();
        let _nonce = if signs {
            Some(self.turn("nonce").await?)
        } else {
            None
        };
        let nonce = node.next_nonce(account).await?;
        let transaction = Unsigned {
            chain_id: CONTRACT.chain_id,
            nonce,
            to: Some(call.to),
            value: call.value,
            gas_limit,
            data: call.data.clone(),
            fee,
        };
        let signed = signs.then(|| transaction.sign(sender()));
        let sent = Sent {
            sender: account,
            hash: signed.as_ref().map(|signed| signed.hash),
            nonce: Some(nonce),
            raw: signed.map(|signed| signed.raw),
        };
        Ok(Prepared {
            sent,
            effect,
            _nonce,
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
        match &sent.raw {
            Some(raw) => match self.node().send_raw(raw).await {
                Err(ChainError::Transport {
                    source: TransportError::Answer { message, .. },
                    ..
                }) if message != "already known" => return Err(error(true, Trouble::Refused)),
                _ => {}
            },
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
                model.chain.submit(transaction).expect("a fresh nonce");
            }
        }
        breath().await;
        Ok(sent)
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
