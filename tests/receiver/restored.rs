//! A store that was restored from a backup: what the receiver does, and what becomes of honest senders.

use std::sync::Arc;

use microraiden::chain::ManagerContract;
use microraiden::protocol::header::Payment;
use microraiden::protocol::{
    Amount, BalanceProof, ChannelId, CreditOffer, CreditRefusal, Generation, Manager, Numbered,
    PaymentNumber,
};
use microraiden::receiver::store::{Batch, Edit, EditOutcome};
use microraiden::receiver::{
    AcceptError, Accepted, Channel, ChannelKey, ChannelStatus, Charged, CloseError, CreditTerms,
    MemoryStore, NumberedRequest, Receiver, ResourceHash, StoreExt, Terms,
};
use microraiden::sender::numbered::{InFlight, MostCredit};
use microraiden::sender::record::ChannelRecord;
use proptest::prelude::*;
use std::time::Duration;

use crate::basics::{CONTRACT, MANAGER, key, units};

const DEPOSIT: u64 = 1000;
const PRICE: u64 = 10;

fn id() -> ChannelId {
    ChannelId {
        sender: key(1).address(),
        receiver: key(2).address(),
        open_block: 3,
    }
}

/// A receiver with one open channel, that may speak the credit extension.
async fn receiver(generation: Generation, credit: bool) -> Receiver {
    let manager = Manager {
        generation,
        ..MANAGER
    };
    let contract = ManagerContract {
        manager,
        ..CONTRACT
    };
    let repeat = Duration::from_secs(600);
    let terms = Terms {
        credit: credit.then_some(CreditTerms { repeat }),
        ..Terms::of(&contract)
    };
    let store = Arc::new(MemoryStore::default());
    let channel = Channel::new(id(), units(DEPOSIT), ChannelStatus::Open);
    store.insert(channel).await.expect("memory");
    Receiver::new(contract, key(2), store).with_terms(terms)
}

async fn stored(receiver: &Receiver) -> Channel {
    let stored = receiver.store().get(ChannelKey::from(&id())).await;
    stored.expect("memory").expect("the channel")
}

/// The store as it was; then the marks.
async fn restore(receiver: &Receiver, backup: Channel) {
    let put = move |channel: &mut Channel| {
        *channel = backup.clone();
        Ok::<_, ()>(())
    };
    let put = receiver.store().update(ChannelKey::from(&id()), put).await;
    assert_eq!(put, Ok(Some(Ok(()))));
    assert_eq!(receiver.mark_restored().await.map(|m| m.len()), Ok(1));
    assert!(stored(receiver).await.restored);
}

fn proof(receiver: &Receiver, balance: Amount) -> BalanceProof {
    let manager = receiver.contract().manager;
    manager.sign_balance(&key(1), &id(), balance)
}

fn paid_by(proof: BalanceProof) -> Payment {
    Payment {
        sender: id().sender,
        open_block: id().open_block,
        proof,
        contract: None,
        receiver: None,
    }
}

async fn pay(receiver: &Receiver, balance: u64) -> Result<Accepted, AcceptError> {
    let payment = paid_by(proof(receiver, units(balance)));
    receiver.accept(&payment, units(PRICE)).await
}

#[tokio::test]
async fn the_next_payment_shows_what_was_lost() {
    for generation in Generation::ALL {
        let receiver = receiver(generation, false).await;
        for balance in [10, 20] {
            pay(&receiver, balance).await.expect("paid");
        }
        let backup = stored(&receiver).await;
        for balance in [30, 40, 50] {
            pay(&receiver, balance).await.expect("paid");
        }
        let known = backup.balance();
        restore(&receiver, backup).await;

        let key = ChannelKey::from(&id());
        for balance in [known, units(50)] {
            let refused = receiver.sign_close(key, balance).await;
            assert_eq!(refused, Err(CloseError::Restored));
            let proof = proof(&receiver, balance);
            let refused = receiver.sign_close_with(key, proof).await;
            assert_eq!(refused, Err(CloseError::Restored));
        }
        // Less than its price, a question, a forgery, more than the deposit.
        for balance in [0, 10, 29] {
            let refused = pay(&receiver, balance).await;
            assert!(matches!(refused, Err(AcceptError::InvalidAmount(_))));
        }
        let refused = pay(&receiver, 20).await;
        assert!(matches!(refused, Err(AcceptError::NothingPaid(_))));
        let refused = pay(&receiver, DEPOSIT + 1).await;
        assert!(matches!(refused, Err(AcceptError::AboveDeposit(_))));
        let forged = BalanceProof {
            balance: units(70),
            ..proof(&receiver, units(60))
        };
        let refused = receiver.accept(&paid_by(forged), units(PRICE)).await;
        assert_eq!(refused, Err(AcceptError::InvalidBalanceProof));
        assert!(stored(&receiver).await.restored);

        // It has served 50; the sender signs 60.
        let accepted = pay(&receiver, 60).await.expect("paid");
        assert_eq!((accepted.before, accepted.paid), (known, units(PRICE)));
        let channel = stored(&receiver).await;
        assert_eq!(
            (channel.balance(), channel.charged()),
            (units(60), units(60))
        );
        assert!(!channel.restored);
        // From now on all is as ever.
        let refused = pay(&receiver, 80).await;
        assert!(matches!(refused, Err(AcceptError::InvalidAmount(_))));
        pay(&receiver, 70).await.expect("paid");
        assert!(receiver.sign_close(key, units(70)).await.is_ok());
    }
}

#[tokio::test]
async fn without_the_mark_an_old_store_refuses_honest_senders() {
    let receiver = receiver(Generation::V02, false).await;
    pay(&receiver, 10).await.expect("paid");
    let refused = pay(&receiver, 60).await;
    assert!(matches!(refused, Err(AcceptError::InvalidAmount(_))));
}

#[tokio::test]
async fn what_was_agreed_before_stays_agreed_and_marks_end_by_word() {
    let agreed = receiver(Generation::V02, false).await;
    pay(&agreed, 10).await.expect("paid");
    let key = ChannelKey::from(&id());
    let signature = agreed.sign_close(key, units(10)).await.expect("agreed");
    assert_eq!(agreed.mark_restored().await, Ok(Vec::new()));
    assert_eq!(agreed.sign_close(key, units(10)).await, Ok(signature));

    let marked = receiver(Generation::V02, false).await;
    pay(&marked, 10).await.expect("paid");
    restore(&marked, stored(&marked).await).await;
    let ended = marked.end_restored().await.expect("memory");
    assert_eq!(ended.len(), 1);
    assert!(marked.sign_close(key, units(10)).await.is_ok());
    assert_eq!(marked.end_restored().await, Ok(Vec::new()));
}

async fn set_settled(receiver: &Receiver, block: Option<u64>) {
    let set = Edit::new(move |stored| {
        if let Some(channel) = stored {
            channel.settled = block;
        }
        EditOutcome::Changed
    });
    let batch = Batch {
        edits: vec![(ChannelKey::from(&id()), set)],
        ..Batch::default()
    };
    receiver.store().write(batch).await.expect("memory");
}

/// A reorganisation may undo a settlement, so that the channel is open again.
#[tokio::test]
async fn a_settled_channel_is_marked_and_not_told_of() {
    let receiver = receiver(Generation::V02, false).await;
    pay(&receiver, 10).await.expect("paid");
    set_settled(&receiver, Some(9)).await;
    assert_eq!(receiver.mark_restored().await, Ok(Vec::new()));
    set_settled(&receiver, None).await;
    let refused = receiver
        .sign_close(ChannelKey::from(&id()), units(10))
        .await;
    assert_eq!(refused, Err(CloseError::Restored));
    set_settled(&receiver, Some(9)).await;
    assert_eq!(receiver.end_restored().await, Ok(Vec::new()));
    set_settled(&receiver, None).await;
    assert!(!stored(&receiver).await.restored);
}

/// A sender by the extension, with the client's own books.
struct Sender {
    record: ChannelRecord,
}

impl Sender {
    fn new(receiver: &Receiver) -> Self {
        let contract = receiver.contract();
        let record = ChannelRecord::new(contract.chain_id, contract.manager, id(), units(DEPOSIT));
        Self { record }
    }

    /// Signs for the next number.
    fn begin(&mut self, receiver: &Receiver) -> InFlight {
        let next = self.record.next_numbered(units(PRICE)).expect("room");
        let payment = InFlight {
            number: next.number,
            proof: proof(receiver, next.balance),
            price: units(PRICE),
            at: 0,
            method: "GET".to_owned(),
            url: format!("http://shop/{}", next.number.get()),
            slot: 0,
        };
        self.record.begin_number(payment.clone()).expect("begun");
        payment
    }

    /// Hears the answer: what it says that it charged must be what the sender counts at most.
    fn hear(&mut self, payment: &InFlight, answer: &Charged) {
        let shown = answer.state.proof.as_ref();
        let learned = self.record.learn_charged(answer.state.charged, shown);
        assert_eq!(learned, Ok(()), "the sender would stop");
        let paid = answer.charge.price;
        let counted = self.record.charge_number(payment.number, paid, shown);
        assert_eq!(counted, Ok(()));
    }

    /// Whether the next number may leave, by the default bound of credit.
    fn has_room(&self) -> bool {
        let next = self.record.next_numbered(units(PRICE));
        let offer = CreditOffer {
            window: 64,
            repeat: 600,
        };
        let most = MostCredit::Default {
            price: units(PRICE),
        };
        next.is_ok_and(|next| self.record.has_room_for(&next, &offer, &most, 0))
    }

    /// Sends everything in flight again, in this order of its places.
    async fn end(&mut self, receiver: &Receiver, newest_first: bool) {
        let mut waiting = self.record.in_flight().to_vec();
        if newest_first {
            waiting.reverse();
        }
        for payment in waiting {
            let answer = ask(receiver, &payment).await.expect("charged");
            self.hear(&payment, &answer);
        }
    }

    async fn pay(&mut self, receiver: &Receiver) -> Charged {
        let payment = self.begin(receiver);
        let answer = ask(receiver, &payment).await.expect("charged");
        self.hear(&payment, &answer);
        answer
    }
}

async fn ask(receiver: &Receiver, payment: &InFlight) -> Result<Charged, AcceptError> {
    let mut resource = [0; 16];
    resource[..8].copy_from_slice(&payment.number.get().to_be_bytes());
    let request = NumberedRequest {
        numbered: Numbered {
            number: PaymentNumber::new(payment.number.get()).expect("a number"),
            agreed: payment.price,
        },
        resource: ResourceHash(resource),
        repeat: Duration::from_secs(600),
    };
    let paid = paid_by(payment.proof);
    receiver.charge(&paid, &request, units(PRICE)).await
}

/// Payments in flight when the store was lost, some of them charged: each is served once more at most, the sender
/// counts each once, and goes on.
#[tokio::test]
async fn numbered_payments_in_flight_are_charged_once() {
    for (charged_since, lost) in [(0, 3), (7, 3), (30, 5), (60, 1)] {
        let receiver = receiver(Generation::V02, true).await;
        let mut sender = Sender::new(&receiver);
        for _ in 0..5 {
            sender.pay(&receiver).await;
        }
        let backup = stored(&receiver).await;
        for _ in 0..charged_since {
            sender.pay(&receiver).await;
        }
        // Charged, with the answers lost.
        let waiting: Vec<_> = (0..lost).map(|_| sender.begin(&receiver)).collect();
        for payment in &waiting {
            ask(&receiver, payment).await.expect("charged");
        }
        let truth = (5 + charged_since + lost) * PRICE;
        assert_eq!(stored(&receiver).await.charged(), units(truth));
        restore(&receiver, backup).await;

        // A new one comes first, then what is repeated, the newest first.
        sender.pay(&receiver).await;
        assert!(!stored(&receiver).await.restored);
        for payment in waiting.iter().rev() {
            let answer = ask(&receiver, payment).await.expect("charged");
            sender.hear(payment, &answer);
        }
        assert_eq!(sender.record.charged(), units(truth + PRICE));
        assert!(sender.record.in_flight().is_empty());
        let channel = stored(&receiver).await;
        assert_eq!(channel.balance(), sender.record.balance());
        // What the receiver counts is at most what the sender does, and less by a quarter of the deposit at most.
        let counted = channel.charged();
        assert!(counted <= units(truth + PRICE), "{counted}");
        let least = (truth + PRICE).saturating_sub(DEPOSIT / 4);
        assert!(counted >= units(least), "{counted} of {truth}");
        let claim = channel.claim(units(DEPOSIT)).expect("a proof");
        assert!(claim.balance >= counted);
        sender.pay(&receiver).await;
    }
}

#[tokio::test]
async fn a_number_that_the_promise_does_not_cover_is_refused_as_ever() {
    let receiver = receiver(Generation::V02, true).await;
    let mut sender = Sender::new(&receiver);
    sender.pay(&receiver).await;
    restore(&receiver, stored(&receiver).await).await;
    let next = sender.begin(&receiver);
    let low = InFlight {
        proof: proof(&receiver, units(PRICE + 1)),
        ..next
    };
    let refused = ask(&receiver, &low).await;
    let Err(AcceptError::Credit(refusal, _)) = refused else {
        panic!("{refused:?}");
    };
    assert_eq!(refusal, CreditRefusal::InsufficientCredit);
    assert!(stored(&receiver).await.restored);
}

proptest! {
    /// Whatever is lost and restored, and whenever: a sender that keeps to its bounds is never refused or made to
    /// stop, and pays once for each number.
    #[test]
    fn an_honest_sender_pays_once_and_goes_on(
        steps in prop::collection::vec((0..9u8, any::<bool>()), 0..70),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        runtime.expect("a runtime").block_on(async {
            let receiver = receiver(Generation::V02, true).await;
            let mut sender = Sender::new(&receiver);
            let mut backup = stored(&receiver).await;
            let mut numbers = 0;
            for (step, newest_first) in steps {
                match step {
                    // The answer is lost, or the request is.
                    0..=5 if !sender.has_room() => {}
                    0..=3 => {
                        numbers += 1;
                        sender.pay(&receiver).await;
                    }
                    4 => {
                        numbers += 1;
                        let payment = sender.begin(&receiver);
                        ask(&receiver, &payment).await.expect("charged");
                    }
                    5 => {
                        numbers += 1;
                        sender.begin(&receiver);
                    }
                    6 => backup = stored(&receiver).await,
                    7 => sender.end(&receiver, newest_first).await,
                    _ => restore(&receiver, backup.clone()).await,
                }
            }
            sender.end(&receiver, true).await;
            assert_eq!(sender.record.charged(), units(numbers * PRICE));
            let channel = stored(&receiver).await;
            assert!(channel.charged() <= sender.record.charged());
            assert!(channel.balance() <= sender.record.exposure());
        });
    }
}
