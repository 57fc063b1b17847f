//! A request over HTTP for the file that is sold, and what was served for which payment.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

use microraiden::protocol::header::{Demand, HeaderError, Payment};
use microraiden::protocol::{Amount, BalanceProof, CreditReport, Numbered, PaymentNumber};
use microraiden::sender::Resource;
use microraiden::sender::store::prices::Place;
use microraiden::sender::world::Answer;

use crate::page::Page;
use crate::trouble::Trouble;

/// A file of the demo, and the whole of it.
const PATH: &str = "/poem.txt";
const CONTENT: &str = include_str!("../../demo/content/poem.txt");

/// What one sender's requests brought.
#[derive(Default)]
pub(crate) struct Tally {
    /// The payments for which the content came, by open block and balance.
    pub(crate) served: RefCell<BTreeMap<(u32, Amount), ServedFor>>,
    /// How often it came again for the same number and URL.
    pub(crate) repeated: Cell<u32>,
    /// The most payments that waited for their answers at once.
    pub(crate) most_at_once: Cell<usize>,
    /// Each that waits has a clone.
    waiting: Rc<()>,
}

/// What a payment was served for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ServedFor {
    pub(crate) number: Option<PaymentNumber>,
    pub(crate) url: String,
}

impl Tally {
    /// A payment is served once, or, with a number, for the same URL again.
    fn serve(&self, paid: (u32, Amount), now: ServedFor) {
        let mut served = self.served.borrow_mut();
        let Some(before) = served.insert(paid, now.clone()) else {
            return;
        };
        assert!(
            now.number.is_some() && before == now,
            "served twice: {before:?} and {now:?}"
        );
        self.repeated.update(|repeated| repeated + 1);
    }
}

pub(crate) struct Request {
    pub(crate) page: Page,
    pub(crate) origin: String,
    /// Each number is another resource.
    pub(crate) query: u64,
    pub(crate) tally: Rc<Tally>,
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
            // It is read before anything is decided.
            has_body: false,
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
            url: format!("{}{PATH}?{}", self.origin, self.query),
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
        let number = numbered.map(|numbered| numbered.number);
        let numbered = numbered.into_iter().flat_map(Numbered::headers);
        let headers: Vec<_> = payment.headers().into_iter().chain(numbered).collect();
        let waiting = Rc::clone(&self.tally.waiting);
        let at_once = Rc::strong_count(&waiting) - 1;
        self.tally.most_at_once.update(|most| most.max(at_once));
        let answer = self.send(&headers).await?;
        drop(waiting);
        if answer.status == 200 {
            assert_eq!(answer.response, CONTENT);
            let url = self.place().url;
            let paid = (payment.open_block, payment.proof.balance);
            self.tally.serve(paid, ServedFor { number, url });
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
        has_body: answer.has_body,
        response: answer.status,
    }
}
