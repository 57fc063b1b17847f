//! What is signed, recovered and accepted: the payments of one channel.

use std::sync::Arc;

use anyhow::{Context, Result, anyhow};
use microraiden::chain::ManagerContract;
use microraiden::protocol::header::Payment;
use microraiden::protocol::{
    Address, Amount, BalanceProof, ChannelId, Generation, Hash, Manager, PrivateKey, Signature,
};
use microraiden::receiver::{
    Channel, ChannelKey, ChannelStatus, MemoryStore, Receiver, StoreError, StoreExt,
};
use tokio::runtime::{Builder, Runtime};

/// So many payments are signed beforehand.
const COUNT: u64 = 4096;
/// Other channels of the receiver.
const OTHERS: u32 = 1000;

pub(crate) struct Subject {
    pub(crate) key: PrivateKey,
    pub(crate) channel: ChannelId,
    manager: Manager,
    proofs: Vec<(Hash, BalanceProof)>,
}

/// Gives the elements of a list again and again.
pub(crate) struct Cycle<T> {
    list: Vec<T>,
    next: usize,
}

impl<T: Copy> Cycle<T> {
    fn new(list: Vec<T>) -> Self {
        Self { list, next: 0 }
    }

    pub(crate) fn next(&mut self) -> T {
        self.next = (self.next + 1) % self.list.len();
        self.list[self.next]
    }
}

impl Subject {
    pub(crate) fn new() -> Result<Self> {
        let key = PrivateKey::from_bytes(&[0xb7; 32]).context("The key is out of range.")?;
        let channel = ChannelId {
            sender: key.address(),
            receiver: receiver_key()?.address(),
            open_block: 4_211_337,
        };
        let manager = Manager {
            address: Address([0x25; 20]),
            generation: Generation::V02,
        };
        let mut proofs = Vec::new();
        for number in 1..=COUNT {
            let balance = Amount::from_u64(number);
            let hash = manager.balance_message(&channel, balance).hash();
            proofs.push((hash, manager.sign_balance(&key, &channel, balance)));
        }
        Ok(Self {
            key,
            channel,
            manager,
            proofs,
        })
    }

    pub(crate) fn sign(&self, balance: Amount) -> BalanceProof {
        self.manager.sign_balance(&self.key, &self.channel, balance)
    }

    pub(crate) fn hashes(&self) -> Cycle<Hash> {
        Cycle::new(self.proofs.iter().map(|(hash, _)| *hash).collect())
    }

    pub(crate) fn balances(&self) -> Cycle<Amount> {
        Cycle::new(self.proofs.iter().map(|(_, proof)| proof.balance).collect())
    }

    pub(crate) fn signed(&self) -> Cycle<(Hash, Signature)> {
        let signed = |(hash, proof): &(Hash, BalanceProof)| (*hash, proof.signature);
        Cycle::new(self.proofs.iter().map(signed).collect())
    }
}

/// A receiver that is paid, and the payments in their order.
pub(crate) struct Payments {
    runtime: Runtime,
    receiver: Receiver,
    channel: ChannelId,
    payments: Vec<Payment>,
    price: Amount,
    deposit: Amount,
    next: usize,
}

impl Payments {
    pub(crate) fn new(subject: &Subject) -> Result<Self> {
        let contract = ManagerContract {
            manager: subject.manager,
            chain_id: 1,
            token: Address([0x70; 20]),
            challenge_period: 500,
            start_block: 0,
        };
        // One thread: what is measured is one payment after the other.
        let runtime = Builder::new_current_thread().build()?;
        let store = MemoryStore::default();
        let deposit = Amount::from_u64(COUNT);
        for open_block in 0..OTHERS {
            let other = ChannelId {
                open_block,
                ..subject.channel
            };
            runtime.block_on(store.insert(Channel::new(other, deposit, ChannelStatus::Open)))?;
        }
        let payment = |(_, proof): &(Hash, BalanceProof)| Payment {
            sender: subject.channel.sender,
            open_block: subject.channel.open_block,
            proof: *proof,
            contract: None,
            receiver: None,
        };
        let mut payments = Self {
            runtime,
            receiver: Receiver::new(contract, receiver_key()?, Arc::new(store)),
            channel: subject.channel,
            payments: subject.proofs.iter().map(payment).collect(),
            price: Amount::from_u64(1),
            deposit,
            next: 0,
        };
        payments.begin()?;
        let accepted = payments.accept().and_then(|()| payments.accept());
        accepted.map_err(|refused| anyhow!("The receiver refuses a good payment: {refused}"))?;
        Ok(payments)
    }

    /// Accepts the next payment; after the last one the channel begins anew.
    pub(crate) fn accept(&mut self) -> Result<(), String> {
        if self.next == self.payments.len() {
            self.begin().map_err(|error| error.to_string())?;
        }
        let payment = &self.payments[self.next];
        self.next += 1;
        let accept = self.receiver.accept(payment, self.price);
        let accepted = self.runtime.block_on(accept);
        accepted.map(drop).map_err(|refused| format!("{refused:?}"))
    }

    fn begin(&mut self) -> Result<(), StoreError> {
        let channel = Channel::new(self.channel, self.deposit, ChannelStatus::Open);
        let store = self.receiver.store();
        self.runtime.block_on(async {
            store.remove(ChannelKey::from(&self.channel)).await?;
            store.insert(channel).await
        })?;
        self.next = 0;
        Ok(())
    }
}

fn receiver_key() -> Result<PrivateKey> {
    PrivateKey::from_bytes(&[0x77; 32]).context("The key is out of range.")
}
