//! A request over HTTP for the file that is sold, and what was served for which payment.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::rc::Rc;

use microraiden::protocol::header::{Demand, HeaderError, Payment};
use microraiden::protocol::{Amount, BalanceProof, CreditReport, Numbered};
use microraiden::sender::Resource;
use microraiden::sender::store::prices::Place;
use microraiden::sender::world::Answer;

use crate::page::Page;
use crate::trouble::Trouble;

/// A file of the demo, and the whole of it.
const PATH: &str = "/poem.txt";
const CONTENT: &str = include_str!("../../demo/content/poem.txt");

/// The payments for which the content came, by open block and balance.
pub(crate) type Served = Rc<RefCell<BTreeSet<(u32, Amount)>>>;

pub(crate) struct Request {
    pub(crate) page: Page,
    pub(crate) origin: String,
    pub(crate) served: Served,
}

impl Request {
    async fn send(&self, headers: &[(&'static str, String)]) -> Result<Answer<String>, Trouble> {
        let mut request = self.page.web().get(self.place().url);
        for (name, value) in headers {
            request = request.header(*name, value);
        }
        let response = request.send().await.map_err(|_| Trouble::Network)?;
        let status = response.status().as_u16();
        let headers = response.headers().clone();
        let get = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        let demand: Result<Option<Demand>, HeaderError> = match status {
            402 => Demand::read(get),
            _ => Ok(None),
        };
        Ok(Answer {
            status,
            demand,
            shown: shown(get),
            credit: CreditReport::read(get),
            redirected: false,
            response: response.text().await.map_err(|_| Trouble::Network)?,
        })
    }
}

impl Resource for Request {
    /// The status.
    type Response = u16;
    type Error = Trouble;

    fn place(&self) -> Place {
        Place {
            url: format!("{}{PATH}", self.origin),
            origin: self.origin.clone(),
            method: "GET".to_owned(),
            path: PATH.to_owned(),
        }
    }

    fn gateway(&self, path: &str) -> Option<String> {
        Some(format!("{}{path}", self.origin))
    }

    fn is_aborted(&self) -> bool {
        false
    }

    async fn ask(&self) -> Result<Answer<u16>, Trouble> {
        let answer = self.send(&[]).await?;
        assert!(!answer.response.contains(CONTENT), "content for nothing");
        Ok(of_status(answer))
    }

    async fn pay(
        &self,
        payment: &Payment,
        numbered: Option<&Numbered>,
    ) -> Result<Answer<u16>, Trouble> {
        let numbered = numbered.into_iter().flat_map(Numbered::headers);
        let headers: Vec<_> = payment.headers().into_iter().chain(numbered).collect();
        let answer = self.send(&headers).await?;
        if answer.status == 200 {
            assert_eq!(answer.response, CONTENT);
            let paid = (payment.open_block, payment.proof.balance);
            assert!(self.served.borrow_mut().insert(paid), "served twice");
        } else {
            assert!(!answer.response.contains(CONTENT), "content for nothing");
        }
        Ok(of_status(answer))
    }
}

/// The proof that the headers show.
fn shown<'a>(get: impl Fn(&str) -> Option<&'a str>) -> Option<BalanceProof> {
    Some(BalanceProof {
        balance: get("RDN-Sender-Balance")?.parse().ok()?,
        signature: get("RDN-Balance-Signature")?.parse().ok()?,
    })
}

fn of_status(answer: Answer<String>) -> Answer<u16> {
    Answer {
        status: answer.status,
        demand: answer.demand,
        shown: answer.shown,
        credit: answer.credit,
        redirected: answer.redirected,
        response: answer.status,
    }
}
