//! A sender that pays several servers in one channel, and gets what it pays for once.

use std::collections::BTreeMap;

use microraiden::protocol::header::Payment;
use microraiden::protocol::{ChannelId, Manager, PrivateKey};
use reqwest::StatusCode;

use crate::basics::units;
use crate::payer::{PATH, PRICE};

const CONTENT: &str = include_str!("../../../demo/content/poem.txt");

/// All servers are known by one name, as behind a balancer: a payment number is for one resource.
const HOST: &str = "shop.example";

pub(super) struct Sender {
    pub(super) channel: ChannelId,
    key: PrivateKey,
    manager: Manager,
    /// Whether its payments have numbers.
    numbered: bool,
    client: reqwest::Client,
    /// Payments for which it got the content.
    pub(super) paid: u64,
    /// How often a server sent the content.
    served: BTreeMap<String, u64>,
    /// How often one did not, for a reason of its own, by status.
    failed: BTreeMap<(String, Option<StatusCode>), u64>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Answer {
    Content,
    /// 402: the server knows this payment, and sends nothing more for it.
    Taken,
    /// A fault of the server, with its status, or no answer.
    Failed(Option<StatusCode>),
}

impl Sender {
    pub(super) fn new(
        key: PrivateKey,
        manager: Manager,
        channel: ChannelId,
        numbered: bool,
    ) -> Self {
        Self {
            channel,
            key,
            manager,
            numbered,
            client: reqwest::Client::new(),
            paid: 0,
            served: BTreeMap::new(),
            failed: BTreeMap::new(),
        }
    }

    pub(super) fn served_by(&self, url: &str) -> u64 {
        self.served.get(url).copied().unwrap_or_default()
    }

    /// How often that server failed, by status; none where there was no answer.
    pub(super) fn failures_of(&self, url: &str) -> impl Iterator<Item = (Option<StatusCode>, u64)> {
        let own = self.failed.iter().filter(move |((of, _), _)| of == url);
        own.map(|((_, status), count)| (*status, *count))
    }

    /// Pays once, at the first of these servers that serves. What one does not serve goes to the next unchanged, as by
    /// a balancer. Returns whether one did.
    pub(super) async fn pay(&mut self, urls: &[&str]) -> bool {
        for url in urls {
            match self.ask(url, self.paid + 1).await {
                Answer::Content => {
                    self.paid += 1;
                    return true;
                }
                Answer::Taken => panic!("{url} has a payment for which nothing was served"),
                Answer::Failed(_) => {}
            }
        }
        false
    }

    /// Sends one payment to two servers at once, of which at least one works. It counts once.
    pub(super) async fn pay_twice(&mut self, one: &str, other: &str) {
        let answers = self.ask_both((one, self.paid + 1), (other, self.paid + 1));
        let answers = answers.await;
        let served = answers.iter().filter(|a| **a == Answer::Content).count();
        // What has a number is served again.
        let most = if self.numbered { 2 } else { 1 };
        assert!(served > 0 && served <= most, "{answers:?}");
        self.paid += 1;
        for url in [one, other] {
            let again = self.ask(url, self.paid).await;
            let expected = match self.numbered {
                true => Answer::Content,
                false => Answer::Taken,
            };
            let failed = matches!(again, Answer::Failed(_));
            assert!(failed || again == expected, "{again:?}");
        }
    }

    /// Sends two payments at once, one to each server. Only those with numbers come in any order.
    pub(super) async fn pay_side_by_side(&mut self, one: &str, other: &str) {
        if !self.numbered {
            return;
        }
        let first = self.paid + 1;
        let answers = self.ask_both((one, first), (other, first + 1)).await;
        for (nth, answer) in (first..).zip(answers) {
            if answer != Answer::Content {
                // By the one that works.
                let again = [self.ask(one, nth).await, self.ask(other, nth).await];
                assert!(again.contains(&Answer::Content), "{again:?}");
            }
        }
        self.paid += 2;
    }

    async fn ask_both(&mut self, one: (&str, u64), other: (&str, u64)) -> [Answer; 2] {
        let sent = tokio::join!(self.send(one.0, one.1), self.send(other.0, other.1));
        self.count(one.0, sent.0);
        self.count(other.0, sent.1);
        [sent.0, sent.1]
    }

    async fn ask(&mut self, url: &str, nth: u64) -> Answer {
        let answer = self.send(url, nth).await;
        self.count(url, answer);
        answer
    }

    fn count(&mut self, url: &str, answer: Answer) {
        let url = url.to_owned();
        let count = match answer {
            Answer::Content => self.served.entry(url).or_default(),
            Answer::Failed(status) => self.failed.entry((url, status)).or_default(),
            Answer::Taken => return,
        };
        *count += 1;
    }

    /// Sends the nth payment, with the number n if it has one.
    async fn send(&self, url: &str, nth: u64) -> Answer {
        let balance = nth * PRICE;
        let payment = Payment {
            sender: self.channel.sender,
            open_block: self.channel.open_block,
            proof: self
                .manager
                .sign_balance(&self.key, &self.channel, units(balance)),
            contract: None,
            receiver: None,
        };
        let request = self.client.get(format!("{url}{PATH}"));
        let mut request = request.header("host", HOST);
        for (name, value) in payment.headers() {
            request = request.header(name, value);
        }
        if self.numbered {
            request = request.header("rdn-payment-number", nth);
            request = request.header("rdn-price", PRICE);
        }
        let Ok(response) = request.send().await else {
            return Answer::Failed(None);
        };
        let status = response.status();
        let told = |name: &str| {
            let value = response.headers().get(name)?.to_str().ok()?;
            value.parse::<u64>().ok()
        };
        let known = told("rdn-sender-balance");
        let number = told("rdn-payment-number");
        let Ok(body) = response.text().await else {
            return Answer::Failed(None);
        };
        if status == StatusCode::OK {
            assert_eq!(body, CONTENT);
            match self.numbered {
                true => assert_eq!(number, Some(nth)),
                false => assert_eq!(known, Some(balance - PRICE), "the balance before"),
            }
            return Answer::Content;
        }
        assert!(!body.contains(CONTENT), "content without a payment");
        if status.is_server_error() {
            return Answer::Failed(Some(status));
        }
        assert_eq!(
            (status, known),
            (StatusCode::PAYMENT_REQUIRED, Some(balance))
        );
        Answer::Taken
    }
}
