//! A sender that keeps exact books over the server's deaths.

use std::time::{Duration, Instant};

use microraiden::protocol::header::Payment;
use microraiden::protocol::{ChannelId, PrivateKey};
use reqwest::StatusCode;
use tokio::sync::mpsc::UnboundedSender;
use tokio::sync::watch;
use tokio::time::sleep;

use crate::basics::{MANAGER, key, units};
use crate::node::receiver_key;

pub(crate) const OPEN_BLOCK: u32 = 40;
pub(crate) const PRICE: u64 = 1;
/// A file of the demo, and the whole of it.
pub(crate) const PATH: &str = "/poem.txt";
const CONTENT: &str = include_str!("../../demo/content/poem.txt");

pub(crate) struct Payer {
    pub(crate) channel: ChannelId,
    /// Payments answered with the content.
    pub(crate) served: u64,
    /// Payments that the server counted, but whose answer was lost with it.
    pub(crate) unanswered: u64,
    /// The longest time that an answer took.
    pub(crate) longest: Duration,
    client: reqwest::Client,
    key: PrivateKey,
    /// Whether the newest payment had no answer.
    open: bool,
}

/// Why there is no content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Trouble {
    /// No answer, or not a whole one.
    Dead,
    /// 503
    Unavailable,
}

impl Payer {
    pub(crate) fn new(number: u8) -> Self {
        let key = key(number);
        let channel = ChannelId {
            sender: key.address(),
            receiver: receiver_key().address(),
            open_block: OPEN_BLOCK,
        };
        Self {
            channel,
            served: 0,
            unanswered: 0,
            longest: Duration::ZERO,
            client: reqwest::Client::new(),
            key,
            open: false,
        }
    }

    /// Says of each payment that it was served.
    pub(crate) async fn pay_until_it_dies(
        mut self,
        url: String,
        served: UnboundedSender<()>,
    ) -> Self {
        if self.agree(&url).await.is_err() {
            return self;
        }
        loop {
            match self.pay(&url).await {
                // Nobody may wait for it any more.
                Ok(()) => drop(served.send(())),
                Err(Trouble::Dead) => return self,
                Err(Trouble::Unavailable) => panic!("the server can't store"),
            }
        }
    }

    /// Pays on and on, although the server may be unable to store that for a while, until it is told to
    /// stop. Says of each answer whether something was served.
    pub(crate) async fn pay_through(
        mut self,
        url: String,
        stop: watch::Receiver<bool>,
        told: UnboundedSender<bool>,
    ) -> Self {
        while !*stop.borrow() {
            let paid = match self.open {
                true => self.agree(&url).await,
                false => self.pay(&url).await,
            };
            assert_ne!(paid, Err(Trouble::Dead));
            if paid.is_err() {
                // As it is asked to, though not for so long.
                sleep(Duration::from_millis(50)).await;
            }
            // Nobody may wait for it any more.
            let _ = told.send(paid.is_ok());
        }
        self
    }

    /// Pays once; the answer must be the content.
    pub(crate) async fn pay(&mut self, url: &str) -> Result<(), Trouble> {
        self.open = true;
        let (status, balance, body) = self.send(url, self.counted() + PRICE).await?;
        if status == StatusCode::SERVICE_UNAVAILABLE {
            assert!(!body.contains(CONTENT), "content without a payment");
            return Err(Trouble::Unavailable);
        }
        assert_eq!((status, body.as_str()), (StatusCode::OK, CONTENT));
        assert_eq!(balance, Some(self.counted()), "the balance before");
        self.served += PRICE;
        self.open = false;
        Ok(())
    }

    /// Finds out what became of a payment without an answer, by sending it again; then asks for
    /// the balance, which must be what was counted.
    pub(crate) async fn agree(&mut self, url: &str) -> Result<(), Trouble> {
        if self.open {
            let (status, balance, body) = self.send(url, self.counted() + PRICE).await?;
            if status == StatusCode::SERVICE_UNAVAILABLE {
                return Err(Trouble::Unavailable);
            }
            if status == StatusCode::OK {
                assert_eq!(body, CONTENT);
                self.served += PRICE;
            } else {
                assert_eq!(status, StatusCode::PAYMENT_REQUIRED);
                assert_eq!(balance, Some(self.counted() + PRICE), "neither nor");
                self.unanswered += PRICE;
            }
            self.open = false;
        }
        let (status, balance, body) = self.send(url, self.counted()).await?;
        if status == StatusCode::SERVICE_UNAVAILABLE {
            return Err(Trouble::Unavailable);
        }
        assert_eq!(status, StatusCode::PAYMENT_REQUIRED);
        assert!(!body.contains(CONTENT), "content without a payment");
        assert_eq!(balance, Some(self.counted()), "lost or counted twice");
        Ok(())
    }

    fn counted(&self) -> u64 {
        self.served + self.unanswered
    }

    /// The status, the balance that the server knows, and the body.
    async fn send(
        &mut self,
        url: &str,
        balance: u64,
    ) -> Result<(StatusCode, Option<u64>, String), Trouble> {
        let balance = units(balance);
        let payment = Payment {
            sender: self.channel.sender,
            open_block: OPEN_BLOCK,
            proof: MANAGER.sign_balance(&self.key, &self.channel, balance),
            contract: None,
            receiver: None,
        };
        let mut request = self.client.get(format!("{url}{PATH}"));
        for (name, value) in payment.headers() {
            request = request.header(name, value);
        }
        let began = Instant::now();
        let response = request.send().await.map_err(|_| Trouble::Dead)?;
        self.longest = self.longest.max(began.elapsed());
        let status = response.status();
        if status == StatusCode::SERVICE_UNAVAILABLE {
            assert!(response.headers().contains_key("Retry-After"));
        }
        let known = response.headers().get("RDN-Sender-Balance");
        let known = known.map(|v| v.to_str().expect("text").parse().expect("a number"));
        let body = response.text().await.map_err(|_| Trouble::Dead)?;
        Ok((status, known, body))
    }
}
