//! Original servers read a payment from cookies before they read one from headers, and scripts can't remove
//! all cookies.

use std::cell::RefCell;
use std::rc::Rc;

use microraiden::protocol::Numbered;
use microraiden::protocol::header::{Demand, Payment, Refusal};
use microraiden::sender::store::prices::Place;
use microraiden::sender::world::Answer;
use microraiden::sender::{PaymentError, Resource};

use super::episode::{finish, limits};
use super::lagging::{fetch, quiet};
use super::model::Shared;
use super::page::Page;
use super::request::Request;
use super::trouble::Trouble;

/// What the server answers, to a request without a payment and to one with it.
struct Scripted {
    request: Request,
    before: Option<Refusal>,
    after: Option<Refusal>,
}

impl Scripted {
    fn refuse(answer: Answer<u16>, refusal: Option<Refusal>) -> Answer<u16> {
        let Some(refusal) = refusal else {
            return answer;
        };
        let demand = Demand {
            refusal: Some(refusal),
            ..answer.demand.expect("well-formed").expect("a demand")
        };
        Answer {
            status: 402,
            demand: Ok(Some(demand)),
            ..answer
        }
    }
}

impl Resource for Scripted {
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
        Ok(Self::refuse(self.request.ask().await?, self.before))
    }

    async fn pay(
        &self,
        payment: &Payment,
        numbered: Option<&Numbered>,
    ) -> Result<Answer<u16>, Trouble> {
        if self.after.is_none() {
            return self.request.pay(payment, numbered).await;
        }
        Ok(Self::refuse(self.request.ask().await?, self.after))
    }
}

fn fetch_from(
    shared: &Shared,
    before: Option<Refusal>,
    after: Option<Refusal>,
) -> Result<u16, Trouble> {
    let page = Page::new(shared);
    let outcome = Rc::new(RefCell::new(None));
    let told = Rc::clone(&outcome);
    finish(
        shared,
        Box::pin(async move {
            let resource = Scripted {
                request: Request::new(&page, 0),
                before,
                after,
            };
            let answer = page.fetch(&resource, &limits()).await;
            *told.borrow_mut() = Some(answer);
        }),
    );
    outcome.take().expect("it has ended")
}

#[test]
fn a_server_that_reads_another_payment_is_told_at_once() {
    for refusal in [
        Refusal::NonexistingChannel,
        Refusal::InsufficientConfirmations,
        Refusal::InvalidBalanceProof,
    ] {
        let shared = quiet();
        let failed = fetch_from(&shared, Some(refusal), Some(refusal)).expect_err("refused");
        assert!(
            matches!(failed, Trouble::Payment(PaymentError::OtherPayment)),
            "{failed:?}"
        );
        // The same proof pays once the cookies are gone.
        assert_eq!(fetch(&shared).expect("paid"), 200);
        let record = shared.borrow().stored_records().remove(0);
        assert_eq!(record.pending(), None);
    }
}

#[test]
fn with_a_price_that_was_paid_before_the_next_call_finds_it_out() {
    let shared = quiet();
    assert_eq!(fetch(&shared).expect("paid"), 200);
    let refusal = Some(Refusal::InvalidBalanceProof);
    let first = fetch_from(&shared, refusal, refusal).expect_err("refused");
    assert!(matches!(
        first,
        Trouble::Payment(PaymentError::InvalidProof)
    ));
    let second = fetch_from(&shared, refusal, refusal).expect_err("refused");
    assert!(matches!(
        second,
        Trouble::Payment(PaymentError::OtherPayment)
    ));
}

/// This package's servers: complete headers win there.
#[test]
fn cookies_that_the_server_reads_only_without_a_payment_do_no_harm() {
    let shared = quiet();
    let paid = fetch_from(&shared, Some(Refusal::NonexistingChannel), None);
    assert_eq!(paid.expect("paid"), 200);
    // Another reason is the payment's own.
    let (before, after) = (Refusal::NonexistingChannel, Refusal::InvalidBalanceProof);
    let failed = fetch_from(&quiet(), Some(before), Some(after)).expect_err("refused");
    assert!(matches!(
        failed,
        Trouble::Payment(PaymentError::InvalidProof)
    ));
}
