//! The receivers' server where it speaks the credit extension, written from `docs/extension.md` alone.

use std::collections::BTreeMap;

use microraiden::protocol::header::{Demand, Payment};
use microraiden::protocol::{
    Amount, ChannelId, CreditOffer, CreditRefusal, CreditReport, Numbered, PaymentNumber,
    ReportedRefusal,
};

use super::model::{Model, Reply, key};
use super::server::{required, served};

const WINDOW: u64 = 64;

/// One number that was charged.
#[derive(Clone, Debug)]
struct Charge {
    path: String,
    balance: Amount,
    price: Amount,
}

/// What a receiver knows of a channel besides its newest proof.
#[derive(Clone, Debug, Default)]
pub struct Account {
    pub charged: Amount,
    floor: Option<Amount>,
    numbers: BTreeMap<u64, Charge>,
}

impl Account {
    fn newest(&self) -> u64 {
        self.numbers.keys().next_back().copied().unwrap_or(0)
    }

    /// A payment without a number was taken.
    pub fn take(&mut self, price: Amount, balance: Amount) {
        self.charged = self.charged.checked_add(price).expect("small");
        self.floor = Some(balance);
    }
}

/// A request as its server sees it.
#[derive(Clone, Debug)]
pub struct Asked {
    pub payment: Payment,
    pub numbered: Option<Numbered>,
    /// The URL.
    pub path: String,
    pub of: usize,
}

fn refused(demand: Demand, refusal: CreditRefusal) -> Reply {
    let mut reply = required(demand);
    reply.credit.refused = Some(ReportedRefusal::Known(refusal));
    reply
}

impl Model {
    /// The same reply with what a server of the extension says besides.
    pub fn announce(&self, mut reply: Reply, id: Option<&ChannelId>) -> Reply {
        if self.faults.credit == 0 {
            return reply;
        }
        reply.credit.offer = Some(CreditOffer {
            window: WINDOW as u32,
            repeat: 600,
        });
        let told = reply.demand.as_ref().map(|demand| demand.sender_balance);
        if let Some(id) = id.filter(|_| told != Some(None)) {
            let account = self.accounts.get(&key(id)).cloned().unwrap_or_default();
            reply.credit.charged = Some(account.charged);
            reply.credit.newest = Some(account.newest());
        }
        reply
    }

    /// A request that pays.
    pub fn answer(&mut self, asked: &Asked) -> Reply {
        let id = self.id(&asked.payment, asked.of);
        let reply = match asked.numbered.filter(|_| self.faults.credit > 0) {
            Some(numbered) if self.strikes(|f| f.hostile) => self.lie_of_number(asked, &numbered),
            Some(numbered) => self.charge(asked, &numbered),
            None => self.pay(&asked.payment, asked.of),
        };
        self.announce(reply, Some(&id))
    }

    fn charge(&mut self, asked: &Asked, numbered: &Numbered) -> Reply {
        if self.strikes(|f| f.price_change) {
            self.price = 1 + self.chance.below(4);
        }
        let (payment, price) = (&asked.payment, Amount::from_u64(self.price));
        let id = self.id(payment, asked.of);
        let demand = match self.known(payment, asked.of) {
            Ok(demand) => demand,
            Err(refusal) => return *refusal,
        };
        let held = self.held.get(&key(&id)).copied().unwrap_or_default();
        let account = self.accounts.entry(key(&id)).or_default();
        let (number, balance) = (numbered.number.get(), payment.proof.balance);
        let newest = account.newest();
        let floor = account.floor.unwrap_or(held.balance());
        if number + WINDOW <= newest {
            return refused(demand, CreditRefusal::NumberStale);
        }
        if let Some(known) = account.numbers.get(&number) {
            if known.path != asked.path || known.balance != balance {
                return refused(demand, CreditRefusal::NumberUsed);
            }
            if known.price < price {
                return refused(demand, CreditRefusal::NumberCharged);
            }
            let paid = known.price;
            let mut reply = served(held.proof);
            reply.credit.paid = Some((numbered.number, paid));
            return reply;
        }
        let mut lower = account.numbers.range(..number).map(|(_, c)| c.balance);
        let mut higher = account.numbers.range(number..).map(|(_, c)| c.balance);
        if balance <= floor || lower.any(|b| b >= balance) || higher.any(|b| b <= balance) {
            return refused(demand, CreditRefusal::BalanceOutOfOrder);
        }
        if price > numbered.agreed {
            return refused(demand, CreditRefusal::PriceRaised);
        }
        if balance > self.chain.deposit(&id) {
            return required(demand);
        }
        let after = account.charged.checked_add(price).expect("small");
        if after > held.balance().max(balance) {
            return refused(demand, CreditRefusal::InsufficientCredit);
        }
        account.floor = Some(floor);
        account.charged = after;
        let path = asked.path.clone();
        let charge = Charge {
            path,
            balance,
            price,
        };
        account.numbers.insert(number, charge);
        let newest = account.newest();
        while let Some(entry) = account.numbers.first_entry()
            && entry.key() + WINDOW <= newest
        {
            account.floor = account.floor.max(Some(entry.remove().balance));
        }
        let proof = match held.proof {
            Some(held) if held.balance >= balance => held,
            _ => payment.proof,
        };
        self.held.entry(key(&id)).or_default().proof = Some(proof);
        self.charges += 1;
        let mut reply = if self.strikes(|f| f.server_error) {
            Reply {
                status: 500,
                ..served(None)
            }
        } else {
            served(Some(proof))
        };
        reply.credit.paid = Some((numbered.number, price));
        reply
    }

    /// What a server without scruples answers: forgets numbers, charges twice, denies credit, claims sums.
    fn lie_of_number(&mut self, asked: &Asked, numbered: &Numbered) -> Reply {
        let mut reply = match self.chance.below(3) {
            // As it should be.
            0 => self.charge(asked, numbered),
            // As it would be without numbers.
            1 => self.lie(&asked.payment, asked.of),
            _ => required(self.demand(asked.of)),
        };
        let refusals = CreditRefusal::ALL;
        let pick = self.chance.below(refusals.len() as u64 + 3) as usize;
        reply.credit = CreditReport {
            paid: match self.chance.below(4) {
                0 => None,
                1 => PaymentNumber::new(1 + self.chance.below(9)),
                _ => Some(numbered.number),
            }
            .map(|number| (number, Amount::from_u64(self.chance.below(9)))),
            charged: (self.chance.percent(70)).then(|| Amount::from_u64(self.chance.below(90))),
            newest: (self.chance.percent(70)).then(|| self.chance.below(90)),
            refused: match refusals.get(pick) {
                Some(refusal) => Some(ReportedRefusal::Known(*refusal)),
                None if pick == refusals.len() => Some(ReportedRefusal::Unknown),
                None => None,
            },
            offer: None,
        };
        reply
    }
}
