//! A receiver over a SQLite file, with channels of one sender.

use std::path::Path;
use std::sync::Arc;
use std::thread;

use anyhow::{Context, Result, ensure};
use microraiden::chain::ManagerContract;
use microraiden::protocol::header::Payment;
use microraiden::protocol::{Address, Amount, ChannelId, Generation, Manager, PrivateKey};
use microraiden::receiver::store::{Batch, Edit, EditOutcome};
use microraiden::receiver::{Channel, ChannelKey, ChannelStatus, Identity, Receiver, SqliteStore};

use crate::payers::{self, Load};
use crate::timed;

const PRICE: Amount = Amount::from_u64(1);
/// Channels added by one write.
const AT_ONCE: u32 = 5_000;

pub(crate) struct Shop {
    receiver: Arc<Receiver>,
    sender: PrivateKey,
    channels: u32,
    // Its files go with it.
    _folder: tempfile::TempDir,
}

impl Shop {
    /// A new store with so many open channels.
    pub(crate) async fn open(folder: &Path, channels: u32) -> Result<Self> {
        let folder = tempfile::TempDir::new_in(folder)?;
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
        let key = PrivateKey::from_bytes(&[0x77; 32]).context("The key is out of range.")?;
        let identity = Identity::new(&contract, key.address());
        let store = SqliteStore::open(folder.path().join("channels.db"), &identity)?;
        let shop = Self {
            receiver: Arc::new(Receiver::new(contract, key, Arc::new(store))),
            sender,
            channels,
            _folder: folder,
        };
        for from in (0..channels).step_by(AT_ONCE as usize) {
            let edits = (from..channels.min(from + AT_ONCE)).map(|block| shop.opening(block));
            shop.receiver
                .store()
                .write(Batch {
                    edits: edits.collect(),
                    ..Batch::default()
                })
                .await?;
        }
        Ok(shop)
    }

    /// So many payments over all channels, after so many of before. Channels take turns in an order
    /// without neighbours.
    pub(crate) fn sign(&self, payments: usize, before: usize) -> Vec<Payment> {
        let channels = self.channels as usize;
        let parts = thread::available_parallelism().map_or(1, usize::from);
        let sign = |number: usize| {
            // 7919 is prime and divides no number of channels, so that each has its turn.
            let block = u32::try_from(number * 7919 % channels).unwrap_or(0);
            self.payment(block, (number / channels + 1) as u64)
        };
        thread::scope(|scope| {
            let numbers: Vec<usize> = (before..before + payments).collect();
            let parts: Vec<_> = numbers
                .chunks(payments.div_ceil(parts))
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
        for payment in work {
            lists[payment.open_block as usize % payers].push(payment);
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

    fn opening(&self, open_block: u32) -> (ChannelKey, Edit) {
        let id = self.channel(open_block);
        let edit = Edit::new(move |channel| {
            *channel = Some(Channel::new(id, Amount::MAX, ChannelStatus::Open));
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
