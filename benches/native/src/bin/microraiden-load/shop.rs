//! A receiver over a store, with channels of one sender.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use microraiden::chain::ManagerContract;
use microraiden::protocol::header::Payment;
use microraiden::protocol::{
    Address, Amount, ChannelId, Generation, Manager, Numbered, PaymentNumber, PrivateKey,
};
use microraiden::receiver::store::{Batch, Edit, EditOutcome};
use microraiden::receiver::{
    Channel, ChannelKey, ChannelStatus, Identity, MemoryStore, NumberedRequest, PAYMENT_WINDOW,
    PgStore, Receiver, ResourceHash, SqliteStore, Store,
};
use microraiden::tls::Trust;
use tempfile::TempDir;

use crate::payers::{self, Load, Request};
use crate::timed;

const PRICE: Amount = Amount::from_u64(1);
/// Channels added by one write.
const AT_ONCE: u32 = 5_000;

/// Where channels are kept.
#[derive(Clone)]
pub(crate) enum Place {
    /// In this file.
    Sqlite(PathBuf),
    /// In the database of this URL.
    Postgres(String),
}

/// A receiver and its channels.
pub(crate) struct Shop {
    receiver: Arc<Receiver>,
    sender: PrivateKey,
    channels: u32,
    /// How often each channel has paid at first.
    paid: u64,
    /// Whether payments have numbers.
    numbers: bool,
    /// Its files go with it.
    _folder: Option<TempDir>,
}

impl Shop {
    /// A new store with so many open channels.
    pub(crate) async fn open(folder: &Path, channels: u32) -> Result<Self> {
        Self::with(folder, channels, None).await
    }

    /// The same with channels that have paid as often as there is room for numbers, with numbers or without.
    pub(crate) async fn open_used(folder: &Path, channels: u32, numbers: bool) -> Result<Self> {
        Self::with(folder, channels, Some(numbers)).await
    }

    async fn with(folder: &Path, channels: u32, used: Option<bool>) -> Result<Self> {
        let folder = TempDir::new_in(folder)?;
        let file = folder.path().join("channels.db");
        let mut shop = Self::over(&Place::Sqlite(file), channels).await?;
        shop._folder = Some(folder);
        shop.numbers = used == Some(true);
        let model = match used {
            None => shop.new_channel(0),
            Some(_) => shop.used_channel().await?,
        };
        shop.make_channels(&model).await?;
        Ok(shop)
    }

    /// Over a store that has the channels already, or gets them by [`Self::make_channels`].
    pub(crate) async fn over(place: &Place, channels: u32) -> Result<Self> {
        let contract = ManagerContract {
            manager: Manager {
                address: Address([0x25; 20]),
                generation: Generation::V02,
            },
            chain_id: 1,
            token: Address([0x70; 20]),
            challenge_period: 500,
            start_block: 0,
        };
        let sender = PrivateKey::from_bytes(&[0xb7; 32]).context("The key is out of range.")?;
        let key = receiver_key()?;
        let identity = Identity::new(&contract, key.address());
        let store: Arc<dyn Store> = match place {
            Place::Sqlite(file) => Arc::new(SqliteStore::open(file, &identity)?),
            Place::Postgres(url) => {
                Arc::new(PgStore::open(url, &identity, &Trust::system()?).await?)
            }
        };
        Ok(Self {
            receiver: Arc::new(Receiver::new(contract, key, store)),
            sender,
            channels,
            paid: 0,
            numbers: false,
            _folder: None,
        })
    }

    /// Opens all channels, as the model is.
    pub(crate) async fn make_channels(&self, model: &Channel) -> Result<()> {
        for from in (0..self.channels).step_by(AT_ONCE as usize) {
            let blocks = from..self.channels.min(from + AT_ONCE);
            let edits = blocks.map(|block| self.opening(block, model.clone()));
            let store = self.receiver.store();
            store
                .write(Batch {
                    edits: edits.collect(),
                    ..Batch::default()
                })
                .await?;
        }
        Ok(())
    }

    /// So many payments over all channels, after so many of before. Channels take turns in an order
    /// without neighbours.
    pub(crate) fn sign(&self, payments: usize, before: usize) -> Vec<Payment> {
        self.sign_part(payments, before, (0, 1))
    }

    /// The same, and of those what the first of so many processes pays, which share no channel.
    pub(crate) fn sign_part(
        &self,
        payments: usize,
        before: usize,
        (part, of): (usize, usize),
    ) -> Vec<Payment> {
        let channels = self.channels as usize;
        let parts = thread::available_parallelism().map_or(1, usize::from);
        let sign = |number: usize| {
            // 7919 is prime and divides no number of channels, so that each has its turn.
            let block = u32::try_from(number * 7919 % channels).unwrap_or(0);
            self.payment(block, self.paid + (number / channels + 1) as u64)
        };
        thread::scope(|scope| {
            let own = |number: &usize| number * 7919 % channels % of == part;
            let numbers: Vec<usize> = (before..before + payments).filter(own).collect();
            let parts: Vec<_> = numbers
                .chunks(numbers.len().div_ceil(parts).max(1))
                .map(|part| part.to_vec())
                .map(|part| scope.spawn(move || part.into_iter().map(sign).collect::<Vec<_>>()))
                .collect();
            let signed = parts.into_iter().filter_map(|part| part.join().ok());
            signed.flatten().collect()
        })
    }

    /// Recovers the signer of all payments with all cores, and nothing else. Returns the rate.
    pub(crate) fn recover_all(&self, payments: &[Payment]) -> Result<f64> {
        let cores = thread::available_parallelism().map_or(1, usize::from);
        let manager = self.receiver.contract().manager;
        let genuine = |payment: &&Payment| {
            let channel = self.channel(payment.open_block);
            let hash = manager.balance_hash(&channel, payment.proof.balance);
            let signer = payment.proof.signature.recover(&hash);
            signer.is_ok_and(|signer| signer == payment.sender)
        };
        let (count, time) = timed(|| {
            thread::scope(|scope| {
                let parts: Vec<_> = payments
                    .chunks(payments.len().div_ceil(cores))
                    .map(|part| scope.spawn(move || part.iter().filter(genuine).count()))
                    .collect();
                let counts = parts.into_iter().filter_map(|part| part.join().ok());
                counts.sum::<usize>()
            })
        });
        ensure!(count == payments.len(), "A signature is another's.");
        Ok(count as f64 / time.as_secs_f64())
    }

    /// Pays with so many payers at once, none of whom shares a channel with another.
    pub(crate) async fn pay(&self, work: Vec<Payment>, payers: usize) -> Result<Load> {
        let payers = payers.min(self.channels as usize);
        let mut lists = vec![Vec::new(); payers];
        let mut owners = BTreeMap::new();
        for payment in work {
            let next = owners.len() % payers;
            let owner = *owners.entry(payment.open_block).or_insert(next);
            let numbered = self.numbers.then(|| numbered(&payment)).transpose()?;
            let request = Request { payment, numbered };
            lists[owner].push(request);
        }
        payers::run(&self.receiver, lists, PRICE).await
    }

    fn channel(&self, open_block: u32) -> ChannelId {
        ChannelId {
            sender: self.sender.address(),
            receiver: self.receiver.address(),
            open_block,
        }
    }

    pub(crate) fn new_channel(&self, open_block: u32) -> Channel {
        let id = self.channel(open_block);
        Channel::new(id, Amount::MAX, ChannelStatus::Open)
    }

    /// The channels were made after [`Self::used_channel`].
    pub(crate) fn has_used_channels(&mut self) {
        (self.numbers, self.paid) = (true, PAYMENT_WINDOW as u64);
    }

    /// A channel whose window of numbers is full, or that has paid as often without them.
    pub(crate) async fn used_channel(&mut self) -> Result<Channel> {
        let (contract, key) = (*self.receiver.contract(), receiver_key()?);
        let memory = Receiver::new(contract, key, Arc::new(MemoryStore::default()));
        let receiver = std::mem::replace(&mut self.receiver, Arc::new(memory));
        let opening = self.opening(0, self.new_channel(0));
        let batch = Batch {
            edits: vec![opening],
            ..Batch::default()
        };
        self.receiver.store().write(batch).await?;
        let count = PAYMENT_WINDOW as u64;
        let payments = (1..=count).map(|balance| self.payment(0, balance));
        self.pay(payments.collect(), 1).await?;
        self.paid = count;
        let key = ChannelKey::from(&self.channel(0));
        let channel = self.receiver.store().get(key).await?;
        self.receiver = receiver;
        channel.context("The channel is not there.")
    }

    /// As the model, which may be another channel's.
    fn opening(&self, open_block: u32, model: Channel) -> (ChannelKey, Edit) {
        let id = self.channel(open_block);
        let edit = Edit::new(move |channel| {
            let model = model.clone();
            *channel = Some(Channel { id, ..model });
            EditOutcome::Changed
        });
        (ChannelKey::from(&id), edit)
    }

    fn payment(&self, open_block: u32, balance: u64) -> Payment {
        let manager = self.receiver.contract().manager;
        let balance = Amount::from_u64(balance);
        let channel = self.channel(open_block);
        Payment {
            sender: channel.sender,
            open_block,
            proof: manager.sign_balance(&self.sender, &channel, balance),
            contract: None,
            receiver: None,
        }
    }
}

fn receiver_key() -> Result<PrivateKey> {
    PrivateKey::from_bytes(&[0x77; 32]).context("The key is out of range.")
}

/// The number of a payment is its balance: every price is 1.
fn numbered(payment: &Payment) -> Result<NumberedRequest> {
    let balance = payment.proof.balance.to_be_bytes();
    let mut resource = [0; 16];
    resource.copy_from_slice(&balance[8..]);
    let number = u64::try_from(u128::from_be_bytes(resource))?;
    let number = PaymentNumber::new(number).context("The number is out of range.")?;
    Ok(NumberedRequest {
        numbered: Numbered {
            number,
            agreed: PRICE,
        },
        resource: ResourceHash(resource),
        repeat: Duration::from_secs(600),
    })
}
