//! A request over the network.

use std::cell::Cell;

use microraiden::protocol::Numbered;
use microraiden::protocol::header::Payment;
use microraiden::sender::Resource;
use microraiden::sender::store::prices::Place;
use microraiden::sender::world::Answer;

use super::chance::{breath, never};
use super::model::Reply;
use super::numbered::Asked;
use super::page::Page;
use super::parties::{IMPOSTOR, shop};
use super::server::served;
use super::trouble::Trouble;

/// A request for something that is sold in the name of one of the receivers.
pub struct Request {
    pub page: Page,
    pub of: usize,
    origin: String,
    path: String,
    /// Whether it asks for a range of it.
    is_range: bool,
    /// Whether the server has demanded the price in this call: until it is paid it stays priced.
    demanded: Cell<bool>,
    /// How often a number was charged for it.
    charges: Cell<u64>,
}

impl Request {
    /// To the receiver's first server.
    pub fn new(page: &Page, of: usize) -> Self {
        Self::to(page, of, &shop(of))
    }

    pub fn to(page: &Page, of: usize, origin: &str) -> Self {
        Self {
            page: page.clone(),
            of,
            origin: origin.to_owned(),
            path: "/thing".to_owned(),
            is_range: false,
            demanded: Cell::new(false),
            charges: Cell::new(0),
        }
    }

    /// The same server's other things, of which every second one is asked for by ranges.
    pub fn at(self, thing: u64) -> Self {
        let path = format!("/thing/{thing}");
        let is_range = thing.is_multiple_of(2);
        Self {
            path,
            is_range,
            ..self
        }
    }

    pub fn charges(&self) -> u64 {
        self.charges.get()
    }

    /// The server's answer; notes what it charged.
    fn answered(&self, asked: &Asked) -> Reply {
        let before = self.page.model.borrow().charges;
        let reply = self.page.model.borrow_mut().answer(asked);
        let after = self.page.model.borrow().charges;
        self.charges.set(self.charges.get() + after - before);
        reply
    }

    fn is_impostor(&self) -> bool {
        self.origin == IMPOSTOR
    }
}

fn answer(reply: Reply) -> Answer<u16> {
    Answer {
        status: reply.status,
        demand: Ok(reply.demand),
        shown: reply.shown,
        credit: reply.credit,
        redirected: false,
        has_body: reply.status == 200,
        response: reply.status,
    }
}

impl Resource for Request {
    type Response = u16;
    type Error = Trouble;

    fn place(&self) -> Place {
        Place {
            url: format!("{}{}", self.origin, self.path),
            origin: self.origin.clone(),
            method: "GET".to_owned(),
            path: self.path.clone(),
        }
    }

    fn gateway(&self, path: &str) -> Option<String> {
        Some(format!("{}{path}", self.origin))
    }

    fn is_range(&self) -> bool {
        self.is_range
    }

    fn is_aborted(&self) -> bool {
        false
    }

    async fn ask(&self) -> Result<Answer<u16>, Trouble> {
        breath().await;
        if self.page.model.borrow_mut().strikes(|f| f.lose_request) {
            return Err(Trouble::Network);
        }
        if self.page.model.borrow_mut().strikes(|f| f.silent) {
            // Nobody waits in a turn for this; the person gives up some time.
            for _ in 0..100 {
                breath().await;
            }
            return Err(Trouble::Network);
        }
        let reply = self.page.model.borrow_mut().ask(self.of);
        let reply = self.page.model.borrow().announce(reply, None);
        breath().await;
        self.demanded.set(reply.demand.is_some());
        Ok(answer(reply))
    }

    async fn pay(
        &self,
        payment: &Payment,
        numbered: Option<&Numbered>,
    ) -> Result<Answer<u16>, Trouble> {
        let asked = Asked {
            payment: *payment,
            numbered: numbered.copied(),
            path: self.place().url,
            of: self.of,
        };
        breath().await;
        let model = &self.page.model;
        model.borrow().trace(|| format!("pay {asked:?}"));
        model.borrow_mut().leaves(&asked);
        if model.borrow_mut().strikes(|f| f.lose_request) {
            if model.borrow_mut().strikes(|f| f.delay) {
                model.borrow_mut().delay(asked);
            }
            return Err(Trouble::Network);
        }
        if self.is_impostor() {
            let reply = model.borrow_mut().cheat(&asked);
            breath().await;
            let Some(reply) = reply else {
                return never().await;
            };
            return Ok(answer(reply));
        }
        if model.borrow_mut().strikes(|f| f.silent) {
            if model.borrow_mut().chance.percent(50) {
                let _ = model.borrow_mut().answer(&asked);
            }
            return never().await;
        }
        if model.borrow_mut().strikes(|f| f.dawdle) {
            for _ in 0..20 {
                breath().await;
            }
            let reply = model.borrow_mut().put_off(self.of);
            let reply = model.borrow().announce(reply, None);
            return Ok(answer(reply));
        }
        let free = !self.demanded.get() && model.borrow_mut().strikes(|f| f.free);
        let reply = if free {
            let free = served(None);
            model.borrow().announce(free, None)
        } else {
            self.answered(&asked)
        };
        self.demanded.set(reply.demand.is_some());
        breath().await;
        if model.borrow_mut().strikes(|f| f.duplicate) {
            let _ = model.borrow_mut().answer(&asked);
        }
        if model.borrow_mut().strikes(|f| f.lose_answer) {
            return Err(Trouble::Network);
        }
        model.borrow().trace(|| format!("answer {reply:?}"));
        model.borrow_mut().arrives(payment, self.of, &reply);
        breath().await;
        Ok(answer(reply))
    }
}
