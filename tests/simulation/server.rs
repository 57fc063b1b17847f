//! The receivers' server: in the order of the original one, or without scruples.

use microraiden::protocol::header::{Demand, Payment, Refusal};
use microraiden::protocol::{Amount, BalanceProof, CreditReport};

use super::model::{Faults, Model, Reply, key};
use super::numbered::Asked;
use super::parties::{MANAGER, receiver};

impl Model {
    pub fn demand(&self, of: usize) -> Demand {
        Demand {
            contract: MANAGER.address,
            receiver: receiver(of).address(),
            price: Amount::from_u64(self.price),
            token: None,
            gateway: Some("/api/1".to_owned()),
            refusal: None,
            sender_balance: None,
            balance_signature: None,
        }
    }

    /// An unpaid request.
    pub fn ask(&mut self, of: usize) -> Reply {
        if self.strikes(|f| f.price_change) {
            self.price = 1 + self.chance.below(4);
        }
        if self.strikes(|f| f.free) {
            return served(None);
        }
        required(self.demand(of))
    }

    /// The demand to a payment with the sender's signature, or the refusal of another.
    pub fn known(&mut self, payment: &Payment, of: usize) -> Result<Demand, Box<Reply>> {
        let (id, demand) = (self.id(payment, of), self.demand(of));
        let refuse = |refusal| {
            Err(Box::new(required(Demand {
                refusal: Some(refusal),
                ..demand.clone()
            })))
        };
        let live = |state: &super::chain::State| {
            let channel = state.live.get(&key(&id));
            channel.is_some_and(|(_, channel)| channel.closing.is_none())
        };
        if self.denies_channels {
            self.blind = self.after_denial;
            return refuse(Refusal::NonexistingChannel);
        }
        let held = self.held.get(&key(&id)).copied().unwrap_or_default();
        if !live(self.chain.confirmed()) {
            return refuse(if live(self.chain.state()) {
                Refusal::InsufficientConfirmations
            } else {
                Refusal::NonexistingChannel
            });
        }
        if held.agreed || !live(self.chain.state()) {
            return refuse(Refusal::NonexistingChannel);
        }
        if MANAGER.verify_balance(&id, &payment.proof).is_err() {
            return refuse(Refusal::InvalidBalanceProof);
        }
        Ok(Demand {
            sender_balance: Some(held.balance()),
            balance_signature: held.proof.map(|proof| proof.signature),
            ..demand
        })
    }

    /// A request that pays without a number, in the order of the original server.
    pub fn pay(&mut self, payment: &Payment, of: usize) -> Reply {
        if self.strikes(|f| f.price_change) {
            self.price = 1 + self.chance.below(4);
        }
        if self.strikes(|f| f.hostile) {
            return self.lie(payment, of);
        }
        let known = match self.known(payment, of) {
            Ok(known) => known,
            Err(refusal) => return *refusal,
        };
        let (id, proof) = (self.id(payment, of), payment.proof);
        let held = self.held.get(&key(&id)).copied().unwrap_or_default();
        let difference = proof.balance.checked_sub(held.balance());
        if proof.balance == held.balance() {
            return required(known);
        }
        if difference != Some(Amount::from_u64(self.price)) {
            return required(Demand {
                refusal: Some(Refusal::InvalidAmount),
                ..known
            });
        }
        if proof.balance > self.chain.deposit(&id) {
            return required(known);
        }
        let before = held.proof;
        self.held.entry(key(&id)).or_default().proof = Some(proof);
        let account = self.accounts.entry(key(&id)).or_default();
        account.take(Amount::from_u64(self.price), proof.balance);
        if self.strikes(|f| f.server_error) {
            return Reply {
                status: 500,
                ..served(None)
            };
        }
        // The original tells what it had before this payment, or nothing.
        let shows = self.chance.percent(self.shows);
        served(before.filter(|_| shows))
    }

    /// An answer that says nothing but that the receiver is not ready.
    pub fn put_off(&mut self, of: usize) -> Reply {
        required(Demand {
            refusal: Some(Refusal::InsufficientConfirmations),
            ..self.demand(of)
        })
    }

    /// What somebody else's server does with a payment to this receiver: serves, as if nothing had been
    /// paid, or takes the goods for it, and tells nothing.
    pub fn cheat(&mut self, asked: &Asked) -> Option<Reply> {
        self.leaked.push(asked.payment);
        if self.chance.percent(50) {
            let _ = self.answer(asked);
        }
        // It keeps the connection where anything may go wrong.
        let answers = self.faults == Faults::NONE || self.chance.percent(70);
        answers.then(|| served(None))
    }

    /// What a server without scruples answers: true statements at the wrong time, and false ones.
    pub fn lie(&mut self, payment: &Payment, of: usize) -> Reply {
        let id = self.id(payment, of);
        let mut demand = self.demand(of);
        demand.price = Amount::from_u64(self.chance.below(7));
        let refusals = Refusal::ALL;
        let pick = self.chance.below(refusals.len() as u64 * 2) as usize;
        demand.refusal = refusals.get(pick).copied();
        let outs = self.let_out.get(&key(&id)).cloned().unwrap_or_default();
        match self.chance.below(5) {
            0 => {}
            1 => demand.sender_balance = Some(Amount::ZERO),
            2 => {
                demand.sender_balance = Some(Amount::from_u64(self.chance.below(90)));
                demand.balance_signature = Some(payment.proof.signature);
            }
            _ if outs.is_empty() => {}
            _ => {
                let shown = outs[self.chance.below(outs.len() as u64) as usize];
                demand.sender_balance = Some(shown.balance);
                demand.balance_signature = Some(shown.signature);
            }
        }
        match self.chance.below(10) {
            0 => served(demand.acknowledged()),
            1 => Reply {
                status: 502,
                ..served(None)
            },
            _ => required(demand),
        }
    }
}

pub fn required(demand: Demand) -> Reply {
    Reply {
        status: 402,
        demand: Some(demand),
        shown: None,
        credit: CreditReport::default(),
    }
}

pub fn served(shown: Option<BalanceProof>) -> Reply {
    Reply {
        status: 200,
        demand: None,
        shown,
        credit: CreditReport::default(),
    }
}
