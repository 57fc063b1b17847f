//! A request over the network.

use std::cell::Cell;

use microraiden::protocol::header::Payment;
use microraiden::sender::Resource;
use microraiden::sender::store::prices::Place;
use microraiden::sender::world::Answer;

use super::chance::{breath, never};
use super::model::Reply;
use super::page::Page;
use super::parties::{IMPOSTOR, shop};
use super::server::served;
use super::trouble::Trouble;

/// A request for something that is sold in the name of one of the receivers.
pub struct Request {
    pub page: Page,
    pub of: usize,
    origin: String,
    /// Whether the server has demanded the price in this call: until it is paid it stays priced.
    demanded: Cell<bool>,
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
            demanded: Cell::new(false),
        }
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
        redirected: false,
        response: reply.status,
    }
}

impl Resource for Request {
    type Response = u16;
    type Error = Trouble;

    fn place(&self) -> Place {
        Place {
            url: format!("{}/thing", self.origin),
            origin: self.origin.clone(),
            method: "GET".to_owned(),
            path: "/thing".to_owned(),
        }
    }

    fn gateway(&self, path: &str) -> Option<String> {
        Some(format!("{}{path}", self.origin))
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
        breath().await;
        self.demanded.set(reply.demand.is_some());
        Ok(answer(reply))
    }

    async fn pay(&self, payment: &Payment) -> Result<Answer<u16>, Trouble> {
        breath().await;
        let model = &self.page.model;
        model
            .borrow()
            .trace(|| format!("pay {} {:?}", self.of, payment));
        model.borrow_mut().leaves(payment, self.of);
        if model.borrow_mut().strikes(|f| f.lose_request) {
            if model.borrow_mut().strikes(|f| f.delay) {
                model.borrow_mut().delay(*payment, self.of);
            }
            return Err(Trouble::Network);
        }
        if self.is_impostor() {
            let reply = model.borrow_mut().cheat(payment, self.of);
            breath().await;
            let Some(reply) = reply else {
                return never().await;
            };
            return Ok(answer(reply));
        }
        if model.borrow_mut().strikes(|f| f.silent) {
            if model.borrow_mut().chance.percent(50) {
                let _ = model.borrow_mut().pay(payment, self.of);
            }
            return never().await;
        }
        if model.borrow_mut().strikes(|f| f.dawdle) {
            for _ in 0..20 {
                breath().await;
            }
            let reply = model.borrow_mut().put_off(self.of);
            return Ok(answer(reply));
        }
        let free = !self.demanded.get() && model.borrow_mut().strikes(|f| f.free);
        let reply = if free {
            served(None)
        } else {
            model.borrow_mut().pay(payment, self.of)
        };
        self.demanded.set(reply.demand.is_some());
        breath().await;
        if model.borrow_mut().strikes(|f| f.duplicate) {
            let _ = model.borrow_mut().pay(payment, self.of);
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
