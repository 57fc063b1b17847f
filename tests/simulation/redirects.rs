//! A payment is redirected, and what it covers is asked for without it: only a server that counted the proof can
//! show it.

use std::cell::Cell;
use std::rc::Rc;

use microraiden::protocol::header::Payment;
use microraiden::protocol::{Amount, BalanceProof, CreditReport, Numbered, Signature};
use microraiden::sender::Resource;
use microraiden::sender::store::prices::Place;
use microraiden::sender::world::Answer;

use super::episode::{finish, limits};
use super::lagging::quiet;
use super::model::Shared;
use super::page::Page;
use super::request::Request;
use super::trouble::Trouble;

/// What the answer to the covered request shows.
#[derive(Clone, Copy)]
enum Shows {
    Nothing,
    /// The proof that was sent.
    Sent,
    /// Its balance, signed by nobody.
    Forged,
    /// Its signature, for more.
    More,
}

/// A request whose payment is redirected, to what answers with this status without another one.
struct Redirected {
    request: Request,
    paid: Cell<Option<BalanceProof>>,
    shows: Shows,
    status: u16,
}

impl Resource for Redirected {
    type Response = u16;
    type Error = Trouble;

    fn place(&self) -> Place {
        self.request.place()
    }

    fn gateway(&self, path: &str) -> Option<String> {
        self.request.gateway(path)
    }

    fn is_aborted(&self) -> bool {
        false
    }

    async fn ask(&self) -> Result<Answer<u16>, Trouble> {
        let Some(proof) = self.paid.get() else {
            return self.request.ask().await;
        };
        let shown = match self.shows {
            Shows::Nothing => None,
            Shows::Sent => Some(proof),
            Shows::Forged => Some(BalanceProof {
                signature: Signature::from_bytes(&[1; 65]).expect("a form"),
                ..proof
            }),
            Shows::More => Some(BalanceProof {
                balance: proof.balance.checked_add(proof.balance).expect("small"),
                ..proof
            }),
        };
        Ok(Answer {
            status: self.status,
            demand: Ok(None),
            shown,
            credit: CreditReport::default(),
            redirected: false,
            has_body: false,
            response: self.status,
        })
    }

    async fn pay(
        &self,
        payment: &Payment,
        numbered: Option<&Numbered>,
    ) -> Result<Answer<u16>, Trouble> {
        let answer = self.request.pay(payment, numbered).await?;
        self.paid.set(Some(payment.proof));
        Ok(Answer {
            redirected: true,
            status: 0,
            ..answer
        })
    }
}

fn fetch(shared: &Shared, shows: Shows, status: u16) {
    let page = Page::new(shared);
    let outcome = Rc::new(Cell::new(0));
    let told = Rc::clone(&outcome);
    finish(
        shared,
        Box::pin(async move {
            let resource = Redirected {
                request: Request::new(&page, 0),
                paid: Cell::new(None),
                shows,
                status,
            };
            let answer = page.fetch(&resource, &limits()).await;
            told.set(answer.expect("no faults"));
        }),
    );
    assert_eq!(outcome.get(), status);
}

#[test]
fn the_proof_that_the_covered_answer_shows_is_settled() {
    let shared = quiet();
    fetch(&shared, Shows::Sent, 200);
    let record = shared.borrow().stored_records().remove(0);
    let price = Amount::from_u64(2);
    assert_eq!(record.pending(), None);
    assert_eq!((record.balance(), record.acknowledged()), (price, price));
    let paid = |(name, text): (&String, &String)| {
        name.contains(":ledger:") && text.contains("\"outcome\":\"paid\"")
    };
    let listed = shared.borrow().storage.iter().filter(|e| paid(*e)).count();
    assert_eq!(listed, 1);
}

#[test]
fn without_it_the_proof_stays_pending() {
    for (shows, status) in [
        (Shows::Nothing, 200),
        (Shows::Forged, 200),
        (Shows::More, 200),
        // As with any payment that was not served, the next one tells.
        (Shows::Sent, 404),
    ] {
        let shared = quiet();
        fetch(&shared, shows, status);
        let record = shared.borrow().stored_records().remove(0);
        assert!(record.pending().is_some());
        assert_eq!(record.balance(), Amount::ZERO);
    }
}
