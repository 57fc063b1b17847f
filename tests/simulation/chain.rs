//! A model of the chain and its channel manager.

use std::collections::BTreeMap;

use microraiden::protocol::abi::{Words, selector};
use microraiden::protocol::{Address, Amount, ChannelId, Hash, Log, Uint256, event};

use super::parties::{CHALLENGE, MANAGER, TOKEN, sender};

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
    pub path: Path,
}

/// How a transaction gets into a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Path {
    /// Through the pool, with a nonce of the sender.
    Own,
    /// The same, but no node shows it before it is mined.
    Private,
    /// Sent by somebody else, with a nonce of theirs.
    Sponsored,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Onchain {
    pub deposit: Amount,
    pub closing: Option<(u32, Amount)>,
}

#[derive(Clone, Debug, Default)]
pub struct State {
    pub live: BTreeMap<(u32, [u8; 20]), (ChannelId, Onchain)>,
    pub nonce: u64,
    pub tokens: u64,
    pub allowance: Amount,
    /// What the token keeps of each transfer.
    pub charged: u64,
}

fn key(id: &ChannelId) -> (u32, [u8; 20]) {
    (id.open_block, id.receiver.0)
}

impl Effect {
    /// What a call does; `None`: it is none of those that the sender makes.
    pub fn of(to: Address, data: &[u8]) -> Option<Self> {
        let (called, arguments) = data.split_first_chunk::<4>()?;
        let mut words = Words::new(arguments);
        if to == TOKEN {
            (*called == selector("approve(address,uint256)")).then_some(())?;
            words.address().ok()?;
            return words.amount().ok().map(Self::Approve);
        }
        (to == MANAGER.address).then_some(())?;
        let receiver = words.address().ok()?;
        if *called == selector("createChannel(address,uint192)") {
            let deposit = words.amount().ok()?;
            return Some(Self::Open { receiver, deposit });
        }
        let id = ChannelId {
            sender: sender().address(),
            receiver,
            open_block: words.uint32().ok()?,
        };
        if *called == selector("settle(address,uint32)") {
            return Some(Self::Settle { id });
        }
        let amount = words.amount().ok()?;
        let is = |signature: &str| *called == selector(signature);
        if is("topUp(address,uint32,uint192)") {
            Some(Self::TopUp { id, added: amount })
        } else if is("uncooperativeClose(address,uint32,uint192)") {
            Some(Self::Close {
                id,
                balance: amount,
            })
        } else if is("cooperativeClose(address,uint32,uint192,bytes,bytes)") {
            Some(Self::CloseAtOnce {
                id,
                balance: amount,
            })
        } else {
            None
        }
    }
}

#[derive(Clone, Debug)]
pub struct Mined {
    pub transaction: Transaction,
    pub success: bool,
    pub logs: Vec<Log>,
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

    /// From now on the token keeps so much of each transfer.
    pub fn charge(&mut self, units: u64) {
        for block in &mut self.blocks {
            block.after.charged = units;
        }
    }

    pub fn state(&self) -> &State {
        &self.blocks[self.blocks.len() - 1].after
    }

    pub fn confirmed(&self) -> &State {
        let depth = self.confirmations as usize;
        &self.blocks[self.blocks.len().saturating_sub(depth)].after
    }

    /// The state after a block.
    pub fn state_at(&self, block: u64) -> &State {
        let newest = self.blocks.len() - 1;
        &self.blocks[newest.min(block as usize)].after
    }

    /// By which number the contract knows a block, where the node tells.
    pub fn contract_block(&self, block: u64) -> Option<u64> {
        (self.tells_contract_block).then(|| block - self.contract_behind)
    }

    pub fn next_nonce(&self) -> u64 {
        let own = self.mempool.iter().filter(|t| t.path == Path::Own);
        let pending = own.map(|t| t.nonce + 1).max().unwrap_or(0);
        pending.max(self.state().nonce)
    }

    pub fn new_hash(&mut self) -> Hash {
        self.hashes += 1;
        let mut bytes = [0; 32];
        bytes[24..].copy_from_slice(&self.hashes.to_be_bytes());
        Hash(bytes)
    }

    /// Takes a transaction in, or says as nodes do why not.
    pub fn submit(&mut self, transaction: Transaction) -> Result<(), &'static str> {
        if self.find(&transaction.hash).is_some() {
            return Err("already known");
        }
        if transaction.path != Path::Own {
            self.mempool.push(transaction);
            return Ok(());
        }
        if transaction.nonce < self.state().nonce {
            return Err("nonce too low");
        }
        let same = |t: &&Transaction| t.path == Path::Own && t.nonce == transaction.nonce;
        match self.mempool.iter().find(same) {
            Some(known) if known.hash == transaction.hash => Err("already known"),
            Some(_) => Err("replacement transaction underpriced"),
            None => {
                self.mempool.push(transaction);
                Ok(())
            }
        }
    }

    /// By which number the contract will know the next block.
    fn next_for_contract(&self) -> u32 {
        (self.blocks.len() as u64 - self.contract_behind) as u32
    }

    /// Whether a call would be refused.
    pub fn would_revert(&self, effect: &Effect) -> bool {
        let mut state = self.state().clone();
        state.apply(effect, self.next_for_contract()).is_none()
    }

    pub fn mine(&mut self) {
        let number = self.next_for_contract();
        let mut state = self.state().clone();
        let mut mined = Vec::new();
        let next = |pool: &[Transaction], nonce: u64| {
            let mut pool = pool.iter();
            pool.position(|t| t.path == Path::Sponsored || t.nonce == nonce)
        };
        while let Some(index) = next(&self.mempool, state.nonce) {
            let transaction = self.mempool.remove(index);
            state.nonce += u64::from(transaction.path != Path::Sponsored);
            let logs = state.apply(&transaction.effect, number);
            mined.push(Mined {
                transaction,
                success: logs.is_some(),
                logs: logs.unwrap_or_default(),
            });
        }
        self.mempool
            .retain(|t| t.path == Path::Sponsored || t.nonce >= state.nonce);
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

    /// A mined transaction and its block.
    pub fn find(&self, hash: &Hash) -> Option<(u64, &Mined)> {
        self.blocks.iter().enumerate().find_map(|(number, block)| {
            let mined = block.mined.iter().find(|m| m.transaction.hash == *hash)?;
            Some((number as u64, mined))
        })
    }

    /// The logs of a block, and the transactions that emitted them.
    pub fn logs(&self, block: u64) -> impl Iterator<Item = (Hash, &Log)> {
        let mined = self.blocks.get(block as usize).map(|block| &block.mined);
        let mined = mined.into_iter().flatten();
        mined.flat_map(|m| m.logs.iter().map(|log| (m.transaction.hash, log)))
    }

    /// The confirmed deposit.
    pub fn deposit(&self, id: &ChannelId) -> Amount {
        let channel = self.confirmed().live.get(&key(id));
        channel.map_or(Amount::ZERO, |(_, channel)| channel.deposit)
    }
}

impl State {
    /// Does it, and says what is announced; `None`: it reverts.
    fn apply(&mut self, effect: &Effect, block: u32) -> Option<Vec<Log>> {
        match *effect {
            Effect::Nothing => Some(Vec::new()),
            Effect::Approve(amount) => {
                self.allowance = amount;
                Some(Vec::new())
            }
            Effect::Open { receiver, deposit } => {
                let id = ChannelId {
                    sender: sender().address(),
                    receiver,
                    open_block: block,
                };
                if self.live.contains_key(&key(&id)) {
                    return None;
                }
                self.take(deposit)?;
                let closing = None;
                self.live
                    .insert(key(&id), (id, Onchain { deposit, closing }));
                let mut logs = vec![log(event::signature::CREATED, &id, false, &[deposit])];
                logs.extend(self.transfer(deposit));
                Some(logs)
            }
            Effect::TopUp { id, added } => {
                let channel = self.open_channel(&id)?;
                self.take(added)?;
                let deposit = channel.deposit.checked_add(added).expect("small");
                let channel = Onchain { deposit, ..channel };
                self.live.insert(key(&id), (id, channel));
                Some(self.transfer(added).into_iter().collect())
            }
            Effect::Close { id, balance } => {
                let channel = self.open_channel(&id)?;
                (balance <= channel.deposit).then_some(())?;
                let closing = Some((block + CHALLENGE, balance));
                let channel = Onchain { closing, ..channel };
                self.live.insert(key(&id), (id, channel));
                Some(Vec::new())
            }
            Effect::CloseAtOnce { id, balance } => self.pay_out(&id, balance),
            Effect::Settle { id } => {
                let (end, balance) = self.live.get(&key(&id))?.1.closing?;
                (block > end).then_some(())?;
                self.pay_out(&id, balance)
            }
        }
    }

    fn open_channel(&self, id: &ChannelId) -> Option<Onchain> {
        let (_, channel) = self.live.get(&key(id))?;
        Some(*channel).filter(|channel| channel.closing.is_none())
    }

    fn take(&mut self, amount: Amount) -> Option<()> {
        let allowance = self.allowance.checked_sub(amount)?;
        self.tokens = self.tokens.checked_sub(small(amount))?;
        self.allowance = allowance;
        Some(())
    }

    /// What the token announces where it charges; others here announce nothing.
    fn transfer(&self, amount: Amount) -> Option<Log> {
        let arrived = small(amount).checked_sub(self.charged)?;
        let topics = [sender().address(), MANAGER.address].map(event::address_topic);
        (self.charged > 0).then(|| Log {
            address: TOKEN,
            topics: [&[event::topic(event::signature::TRANSFER)], &topics[..]].concat(),
            data: Uint256::from(arrived).to_be_bytes().to_vec(),
        })
    }

    fn pay_out(&mut self, id: &ChannelId, balance: Amount) -> Option<Vec<Log>> {
        let (_, channel) = self.live.get(&key(id))?;
        self.tokens += small(channel.deposit.checked_sub(balance)?);
        self.live.remove(&key(id));
        let settled = event::signature::settled(MANAGER.generation);
        Some(vec![log(settled, id, true, &[balance, balance])])
    }
}

pub fn small(amount: Amount) -> u64 {
    amount.to_string().parse().expect("small amounts only")
}

/// A log of the manager; its open block is not indexed in all of them.
fn log(signature: &str, id: &ChannelId, with_block: bool, amounts: &[Amount]) -> Log {
    let mut topics = vec![
        event::topic(signature),
        event::address_topic(id.sender),
        event::address_topic(id.receiver),
    ];
    if with_block {
        let mut word = [0; 32];
        word[28..].copy_from_slice(&id.open_block.to_be_bytes());
        topics.push(Hash(word));
    }
    let words = amounts.iter().map(|amount| Uint256::from(*amount));
    Log {
        address: MANAGER.address,
        topics,
        data: words.flat_map(Uint256::to_be_bytes).collect(),
    }
}
