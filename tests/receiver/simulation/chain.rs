//! A chain with one channel manager (generation 0.2), block by block. Blocks can be taken back, and what
//! was in them is mined again in other blocks, or not at all.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use microraiden::protocol::{
    Address, BalanceProof, ChannelId, Hash, PrivateKey, Signature, event, keccak256,
};

use crate::basics::{MANAGER, key, units};
use crate::chance::Chance;
use crate::rlp;

/// In blocks. Long enough for a receiver whose nodes fail most of the time.
pub(crate) const CHALLENGE_PERIOD: u32 = 80;
pub(crate) const SENDERS: u8 = 3;
/// Seconds between blocks.
pub(crate) const BLOCK_TIME: u64 = 12;

pub(crate) fn sender(number: u8) -> PrivateKey {
    key(number + 1)
}

pub(crate) fn receiver_key() -> PrivateKey {
    key(0x77)
}

pub(crate) fn id(sender_address: Address, open_block: u32) -> ChannelId {
    ChannelId {
        sender: sender_address,
        receiver: receiver_key().address(),
        open_block,
    }
}

/// What a transaction does, if the contract lets it.
#[derive(Clone, Debug)]
pub(crate) enum Deed {
    Open {
        deposit: u64,
    },
    TopUp {
        open_block: u32,
        added: u64,
    },
    Request {
        open_block: u32,
        balance: u64,
    },
    Settle {
        open_block: u32,
    },
    /// With the proof of the balance and the receiver's agreement, by whomever.
    Close {
        open_block: u32,
        balance: u64,
    },
}

#[derive(Clone, Debug)]
pub(crate) struct Transaction {
    /// The channel's, whoever sends it.
    pub(crate) sender: Address,
    pub(crate) deed: Deed,
    /// Of a transaction of the receiver's.
    pub(crate) nonce: Option<u64>,
    pub(crate) hash: Hash,
}

/// A channel that the contract holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Held {
    pub(crate) deposit: u64,
    /// Balance and settle block of a close request.
    pub(crate) request: Option<(u64, u64)>,
}

pub(crate) type Key = (Address, u32);

/// What the contract holds after a block.
#[derive(Clone, Debug, Default)]
pub(crate) struct State {
    pub(crate) live: BTreeMap<Key, Held>,
    /// With which balance channels were paid out, and of which deposit.
    pub(crate) settled: BTreeMap<Key, (u64, u64)>,
    /// The receiver's next nonce.
    pub(crate) nonce: u64,
}

#[derive(Clone, Debug)]
pub(crate) struct Log {
    pub(crate) signature: &'static str,
    pub(crate) sender: Address,
    pub(crate) open_block: Option<u32>,
    pub(crate) words: Vec<u64>,
    pub(crate) transaction: Hash,
}

#[derive(Clone, Debug)]
pub(crate) struct Block {
    pub(crate) hash: Hash,
    pub(crate) parent: Hash,
    pub(crate) time: u64,
    pub(crate) logs: Vec<Log>,
    mined: Vec<Transaction>,
    pub(crate) state: State,
}

pub(crate) struct ModelChain {
    blocks: Vec<Block>,
    pub(crate) pool: Vec<Transaction>,
    /// Tells blocks of the same number apart.
    salt: u64,
}

impl ModelChain {
    pub(crate) fn new(time: u64) -> Self {
        let genesis = Block {
            hash: keccak256(&[b"genesis"]),
            parent: Hash([0; 32]),
            time,
            logs: Vec::new(),
            mined: Vec::new(),
            state: State::default(),
        };
        Self {
            blocks: vec![genesis],
            pool: Vec::new(),
            salt: 0,
        }
    }

    pub(crate) fn head(&self) -> u64 {
        self.blocks.len() as u64 - 1
    }

    pub(crate) fn block(&self, number: u64) -> Option<&Block> {
        self.blocks.get(usize::try_from(number).ok()?)
    }

    pub(crate) fn newest(&self) -> &Block {
        self.blocks.last().expect("there is a genesis")
    }

    pub(crate) fn hand_in(&mut self, sender: Address, deed: Deed) {
        self.salt = self.salt.wrapping_add(1);
        let hash = keccak256(&[b"transaction", &self.salt.to_be_bytes()]);
        self.pool.push(Transaction {
            sender,
            deed,
            nonce: None,
            hash,
        });
    }

    /// Takes a transaction of the receiver's. One with the same nonce replaces an earlier one.
    pub(crate) fn hand_in_closing(&mut self, closing: &Closing) {
        let nonce = Some(closing.nonce);
        if closing.nonce < self.newest().state.nonce {
            return;
        }
        let (sender, open_block) = closing.key;
        let balance = closing.balance;
        self.pool.retain(|waiting| waiting.nonce != nonce);
        self.pool.push(Transaction {
            sender,
            deed: Deed::Close {
                open_block,
                balance,
            },
            nonce,
            hash: closing.hash,
        });
    }

    /// Another chain from here on.
    pub(crate) fn fork(&self, chance: &mut Chance) -> Self {
        Self {
            blocks: self.blocks.clone(),
            pool: Vec::new(),
            salt: chance.next(),
        }
    }

    /// The receiver's next nonce, waiting transactions included.
    pub(crate) fn pending_nonce(&self) -> u64 {
        let mut nonce = self.newest().state.nonce;
        while self.pool.iter().any(|waiting| waiting.nonce == Some(nonce)) {
            nonce += 1;
        }
        nonce
    }

    /// One more block, with all that waits.
    pub(crate) fn mine(&mut self) {
        self.salt = self.salt.wrapping_add(1);
        let number = self.head() + 1;
        let newest = self.newest();
        let mut block = Block {
            hash: keccak256(&[&number.to_be_bytes(), &self.salt.to_be_bytes()]),
            parent: newest.hash,
            time: newest.time + BLOCK_TIME,
            logs: Vec::new(),
            mined: Vec::new(),
            state: newest.state.clone(),
        };
        let mut waiting = core::mem::take(&mut self.pool);
        waiting.sort_by_key(|transaction| transaction.nonce);
        for transaction in waiting {
            if transaction
                .nonce
                .is_some_and(|nonce| nonce != block.state.nonce)
            {
                if transaction.nonce > Some(block.state.nonce) {
                    self.pool.push(transaction);
                }
                continue;
            }
            block.execute(number, transaction);
        }
        self.blocks.push(block);
    }

    /// Takes blocks back. What was in them waits again, but for some that nobody hands in again. A sender's
    /// transactions have an order: without an earlier one there is no later one.
    pub(crate) fn reorganise(&mut self, depth: u64, chance: &mut Chance, forget: u64) {
        let left = self.blocks.len().saturating_sub(depth as usize).max(1);
        let mut without = BTreeSet::new();
        for block in self.blocks.split_off(left) {
            for transaction in block.mined {
                let is_lost = chance.percent(forget);
                if transaction.nonce.is_none() && is_lost {
                    without.insert(transaction.sender);
                }
                if !is_lost && !without.contains(&transaction.sender) {
                    self.pool.push(transaction);
                }
            }
        }
        // The other chain is longer.
        for _ in 0..=depth {
            self.mine();
        }
    }
}

impl Block {
    fn execute(&mut self, number: u64, transaction: Transaction) {
        let sender = transaction.sender;
        let state = &mut self.state;
        let at = |open_block: u32| (sender, open_block);
        let mut log = |signature, open_block, words: &[u64]| {
            self.logs.push(Log {
                signature,
                sender,
                open_block,
                words: words.to_vec(),
                transaction: transaction.hash,
            });
        };
        match transaction.deed {
            Deed::Open { deposit } => {
                let key = at(u32::try_from(number).expect("a young chain"));
                if let Entry::Vacant(free) = state.live.entry(key) {
                    let request = None;
                    free.insert(Held { deposit, request });
                    state.settled.remove(&key);
                    log(event::signature::CREATED, None, &[deposit]);
                }
            }
            Deed::TopUp { open_block, added } => {
                if let Some(held) = state.live.get_mut(&at(open_block))
                    && held.request.is_none()
                {
                    held.deposit += added;
                    log(event::signature::TOPPED_UP, Some(open_block), &[added]);
                }
            }
            Deed::Request {
                open_block,
                balance,
            } => {
                if let Some(held) = state.live.get_mut(&at(open_block))
                    && held.request.is_none()
                    && balance <= held.deposit
                {
                    held.request = Some((balance, number + u64::from(CHALLENGE_PERIOD)));
                    let signature = event::signature::CLOSE_REQUESTED;
                    log(signature, Some(open_block), &[balance]);
                }
            }
            Deed::Settle { open_block } => {
                let key = at(open_block);
                if let Some(held) = state.live.get(&key)
                    && let Some((balance, settle_block)) = held.request
                    && number > settle_block
                {
                    state.settled.insert(key, (balance, held.deposit));
                    state.live.remove(&key);
                    let signature = event::signature::SETTLED_V02;
                    log(signature, Some(open_block), &[balance, balance]);
                }
            }
            Deed::Close {
                open_block,
                balance,
            } => {
                let key = at(open_block);
                if let Some(held) = state.live.get(&key)
                    && balance <= held.deposit
                {
                    state.settled.insert(key, (balance, held.deposit));
                    state.live.remove(&key);
                    let signature = event::signature::SETTLED_V02;
                    log(signature, Some(open_block), &[balance, balance]);
                }
            }
        }
        if let Some(nonce) = transaction.nonce {
            self.state.nonce = nonce + 1;
        }
        self.mined.push(transaction);
    }
}

/// A signed transaction of the receiver's, by which it closes a channel.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Closing {
    pub(crate) key: Key,
    pub(crate) balance: u64,
    pub(crate) nonce: u64,
    pub(crate) hash: Hash,
}

impl Closing {
    /// `cooperativeClose` with signatures that are right; nothing else is expected of the receiver.
    pub(crate) fn read(raw: &[u8]) -> Self {
        let rlp::Signed { nonce, data, .. } = rlp::read(raw).expect("a transaction");
        let (sender, open_block, balance) = arguments(&data).expect("a cooperative close");
        Self {
            key: (sender, open_block),
            balance,
            nonce,
            hash: keccak256(&[raw]),
        }
    }
}

/// Sender, open block and balance of `cooperativeClose` with signatures that are right.
fn arguments(data: &[u8]) -> Option<(Address, u32, u64)> {
    let arguments = data.get(4..)?;
    let word = |index: usize| arguments.get(32 * index..32 * (index + 1));
    let number = |index: usize| Some(u64::from_be_bytes(word(index)?[24..].try_into().ok()?));
    let bytes = |index: usize| {
        let offset = number(index)? as usize;
        Signature::from_bytes(arguments.get(offset + 32..offset + 97)?).ok()
    };
    let open_block = u32::try_from(number(1)?).ok()?;
    let balance = units(number(2)?);
    let proof = BalanceProof {
        balance,
        signature: bytes(3)?,
    };
    let agreement = bytes(4)?;
    let address = (0..SENDERS)
        .map(|number| sender(number).address())
        .find(|address| {
            let id = id(*address, open_block);
            MANAGER.verify_balance(&id, &proof).is_ok()
        })?;
    let id = id(address, open_block);
    MANAGER.verify_closing(&id, &proof, &agreement).ok()?;
    Some((address, open_block, number(2)?))
}
