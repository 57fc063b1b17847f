//! A model of the chain and its channel manager.

use std::collections::BTreeMap;

use microraiden::chain::{Receipt, Seen, Sent, Status};
use microraiden::protocol::{Address, Amount, ChannelId, ChannelInfo, Hash, Log, event};

use super::parties::{CHALLENGE, MANAGER, sender};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    Approve(Amount),
    Open {
        receiver: Address,
        deposit: Amount,
    },
    TopUp {
        id: ChannelId,
        added: Amount,
    },
    Close {
        id: ChannelId,
        balance: Amount,
    },
    CloseAtOnce {
        id: ChannelId,
        balance: Amount,
    },
    Settle {
        id: ChannelId,
    },
    /// A wallet's cancellation.
    Nothing,
}

#[derive(Clone, Debug)]
pub struct Transaction {
    pub hash: Hash,
    pub nonce: u64,
    pub effect: Effect,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Onchain {
    pub deposit: Amount,
    pub closing: Option<(u32, Amount)>,
}

#[derive(Clone, Debug, Default)]
pub struct State {
    pub live: BTreeMap<(u32, [u8; 20]), (ChannelId, Onchain)>,
    pub settled: BTreeMap<(u32, [u8; 20]), Amount>,
    pub nonce: u64,
    pub tokens: u64,
    pub allowance: Amount,
}

fn key(id: &ChannelId) -> (u32, [u8; 20]) {
    (id.open_block, id.receiver.0)
}

#[derive(Clone, Debug)]
struct Mined {
    transaction: Transaction,
    success: bool,
}

#[derive(Clone, Debug)]
struct Block {
    mined: Vec<Mined>,
    after: State,
}

pub struct Chain {
    blocks: Vec<Block>,
    pub mempool: Vec<Transaction>,
    pub confirmations: u64,
    hashes: u64,
    /// The contract counts so many blocks less than the chain.
    pub contract_behind: u64,
    /// Whether receipts and blocks say by which number the contract knows a block.
    pub tells_contract_block: bool,
}

impl Chain {
    pub fn new(confirmations: u64, tokens: u64) -> Self {
        let genesis = Block {
            mined: Vec::new(),
            after: State {
                tokens,
                ..State::default()
            },
        };
        Self {
            blocks: vec![genesis; 3],
            mempool: Vec::new(),
            confirmations,
            hashes: 0,
            contract_behind: 0,
            tells_contract_block: false,
        }
    }

    pub fn newest(&self) -> u64 {
        self.blocks.len() as u64 - 1
    }

    pub fn state(&self) -> &State {
        &self.blocks[self.blocks.len() - 1].after
    }

    pub fn confirmed(&self) -> &State {
        let depth = self.confirmations as usize;
        &self.blocks[self.blocks.len().saturating_sub(depth)].after
    }

    /// The state, and the confirmed one, as a node knows them that is so many blocks behind.
    fn known(&self, behind: usize) -> (&State, &State) {
        let newest = (self.blocks.len() - 1).saturating_sub(behind);
        let confirmed = (newest + 1).saturating_sub(self.confirmations as usize);
        (&self.blocks[newest].after, &self.blocks[confirmed].after)
    }

    /// By which number the contract knows a block, where the node tells.
    pub fn contract_block(&self, block: u64) -> Option<u64> {
        (self.tells_contract_block).then(|| block - self.contract_behind)
    }

    pub fn next_nonce(&self) -> u64 {
        let pending = self.mempool.iter().map(|t| t.nonce + 1).max().unwrap_or(0);
        pending.max(self.state().nonce)
    }

    pub fn new_hash(&mut self) -> Hash {
        self.hashes += 1;
        let mut bytes = [0; 32];
        bytes[24..].copy_from_slice(&self.hashes.to_be_bytes());
        Hash(bytes)
    }

    /// Takes a transaction in, unless its nonce is used; an equal one is known already.
    pub fn submit(&mut self, transaction: Transaction) -> bool {
        if transaction.nonce < self.state().nonce {
            return false;
        }
        if !self.mempool.iter().any(|t| t.nonce == transaction.nonce) {
            self.mempool.push(transaction);
        }
        true
    }

    pub fn mine(&mut self) {
        let number = (self.blocks.len() as u64 - self.contract_behind) as u32;
        let mut state = self.state().clone();
        let mut mined = Vec::new();
        while let Some(index) = self.mempool.iter().position(|t| t.nonce == state.nonce) {
            let transaction = self.mempool.remove(index);
            state.nonce += 1;
            let success = state.apply(&transaction.effect, number);
            mined.push(Mined {
                transaction,
                success,
            });
        }
        self.mempool.retain(|t| t.nonce >= state.nonce);
        self.blocks.push(Block {
            mined,
            after: state,
        });
    }

    /// Replaces the newest blocks; their transactions go back to the pool, or are lost.
    pub fn reorganise(&mut self, depth: usize, mut lose: impl FnMut() -> bool) {
        for _ in 0..depth {
            if self.blocks.len() <= 3 {
                return;
            }
            for mined in self.blocks.pop().into_iter().flat_map(|block| block.mined) {
                if !lose() {
                    self.mempool.push(mined.transaction);
                }
            }
        }
        for _ in 0..depth {
            // The chain does not get shorter.
            self.blocks.push(Block {
                mined: Vec::new(),
                after: self.state().clone(),
            });
        }
    }

    fn find(&self, hash: &Hash) -> Option<(u64, &Mined)> {
        self.blocks.iter().enumerate().find_map(|(number, block)| {
            let mined = block.mined.iter().find(|m| m.transaction.hash == *hash)?;
            Some((number as u64, mined))
        })
    }

    pub fn status(&mut self, sent: &Sent, raw: Option<Transaction>) -> Status {
        if let Some((block, mined)) = sent.hash.as_ref().and_then(|hash| self.find(hash)) {
            let confirmations = self.newest() + 1 - block;
            let receipt = Receipt {
                transaction: mined.transaction.hash,
                block,
                contract_block: self.contract_block(block),
                success: mined.success,
                logs: logs(&mined.transaction.effect, mined.success),
            };
            return Status::Mined {
                receipt,
                confirmations,
            };
        }
        if sent.nonce.is_some_and(|nonce| nonce < self.state().nonce) {
            return Status::Replaced;
        }
        let known = |t: &Transaction| sent.hash == Some(t.hash);
        if self.mempool.iter().any(known) {
            return Status::Waiting;
        }
        match (sent.hash, raw) {
            (Some(_), Some(transaction)) => {
                if self.submit(transaction) {
                    Status::Waiting
                } else {
                    Status::Unknown
                }
            }
            (None, _) if sent.nonce.is_some_and(|nonce| nonce < self.next_nonce()) => {
                Status::Waiting
            }
            _ => Status::Unknown,
        }
    }

    pub fn look(&self, id: &ChannelId, behind: usize) -> Seen {
        let (newest, confirmed) = self.known(behind);
        let info = |channel: &Onchain| ChannelInfo {
            key: Hash([0; 32]),
            deposit: channel.deposit,
            settle_block: channel.closing.map_or(0, |(block, _)| block),
            closing_balance: channel.closing.map_or(Amount::ZERO, |(_, balance)| balance),
            withdrawn: Amount::ZERO,
        };
        let older = confirmed.live.get(&key(id));
        match (newest.live.get(&key(id)), older) {
            (Some((_, channel)), older) => {
                let confirmed = older.map_or(Amount::ZERO, |(_, c)| c.deposit.min(channel.deposit));
                Seen::Live {
                    info: info(channel),
                    confirmed,
                }
            }
            (None, Some((_, channel))) => Seen::Live {
                info: info(channel),
                confirmed: channel.deposit,
            },
            (None, None) => match confirmed.settled.get(&key(id)) {
                Some(balance) => Seen::Settled { balance: *balance },
                None => Seen::Missing,
            },
        }
    }

    /// The confirmed deposit.
    pub fn deposit(&self, id: &ChannelId) -> Amount {
        let channel = self.confirmed().live.get(&key(id));
        channel.map_or(Amount::ZERO, |(_, channel)| channel.deposit)
    }

    pub fn opened(&self, from: u64, to: u64) -> Vec<(ChannelId, Amount)> {
        let mut list = Vec::new();
        for (number, block) in self.blocks.iter().enumerate() {
            if !(from..=to).contains(&(number as u64)) {
                continue;
            }
            for mined in block.mined.iter().filter(|mined| mined.success) {
                if let Effect::Open { receiver, deposit } = mined.transaction.effect {
                    let id = ChannelId {
                        sender: sender().address(),
                        receiver,
                        open_block: number as u32,
                    };
                    list.push((id, deposit));
                }
            }
        }
        list
    }
}

impl State {
    fn apply(&mut self, effect: &Effect, block: u32) -> bool {
        let open = |state: &Self, id: &ChannelId| {
            let channel = state.live.get(&key(id)).map(|(_, channel)| *channel);
            channel.filter(|channel| channel.closing.is_none())
        };
        match effect {
            Effect::Nothing => true,
            Effect::Approve(amount) => {
                self.allowance = *amount;
                true
            }
            Effect::Open { receiver, deposit } => {
                let id = ChannelId {
                    sender: sender().address(),
                    receiver: *receiver,
                    open_block: block,
                };
                if self.live.contains_key(&key(&id)) || !self.take(*deposit) {
                    return false;
                }
                let channel = Onchain {
                    deposit: *deposit,
                    closing: None,
                };
                self.live.insert(key(&id), (id, channel));
                true
            }
            Effect::TopUp { id, added } => {
                let Some(channel) = open(self, id) else {
                    return false;
                };
                if !self.take(*added) {
                    return false;
                }
                let deposit = channel.deposit.checked_add(*added).expect("small");
                let channel = Onchain { deposit, ..channel };
                self.live.insert(key(id), (*id, channel));
                true
            }
            Effect::Close { id, balance } => {
                let Some(channel) = open(self, id) else {
                    return false;
                };
                if *balance > channel.deposit {
                    return false;
                }
                let closing = Some((block + CHALLENGE, *balance));
                let channel = Onchain { closing, ..channel };
                self.live.insert(key(id), (*id, channel));
                true
            }
            Effect::CloseAtOnce { id, balance } => self.pay_out(id, *balance),
            Effect::Settle { id } => {
                let closing = self.live.get(&key(id)).and_then(|(_, c)| c.closing);
                match closing {
                    Some((end, balance)) if block > end => self.pay_out(id, balance),
                    _ => false,
                }
            }
        }
    }

    fn take(&mut self, amount: Amount) -> bool {
        let amount = small(amount);
        if small(self.allowance) < amount || self.tokens < amount {
            return false;
        }
        self.tokens -= amount;
        self.allowance = Amount::from_u64(small(self.allowance) - amount);
        true
    }

    fn pay_out(&mut self, id: &ChannelId, balance: Amount) -> bool {
        let Some((_, channel)) = self.live.get(&key(id)) else {
            return false;
        };
        if balance > channel.deposit {
            return false;
        }
        self.tokens += small(channel.deposit.saturating_sub(balance));
        self.live.remove(&key(id));
        self.settled.insert(key(id), balance);
        true
    }
}

pub fn small(amount: Amount) -> u64 {
    amount.to_string().parse().expect("small amounts only")
}

fn logs(effect: &Effect, success: bool) -> Vec<Log> {
    let Effect::Open { receiver, deposit } = effect else {
        return Vec::new();
    };
    if !success {
        return Vec::new();
    }
    let mut data = vec![0; 8];
    data.extend(deposit.to_be_bytes());
    vec![Log {
        address: MANAGER.address,
        topics: vec![
            event::topic(event::signature::CREATED),
            event::address_topic(sender().address()),
            event::address_topic(*receiver),
        ],
        data,
    }]
}
