//! Reading the manager and token contracts.

use crate::protocol::abi::{AbiError, Words};
use crate::protocol::amount::Uint256;
use crate::protocol::{
    Address, Amount, ChannelId, ChannelInfo, Generation, Manager, ManagerEvent, event, manager,
    network, token,
};

use super::log_search::{LogSearch, Order, Piece};
use super::node::{LogFilter, Node, PlacedLog};
use super::rpc::{ChainError, Transport};

/// Requests for a settlement, before the search is given up.
const SETTLED_REQUESTS: u32 = 100;

/// Why a contract could not be read.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ContractError {
    /// The chain could not be asked.
    #[error(transparent)]
    Chain(#[from] ChainError),
    /// The contract answered something that is not of its interface.
    #[error("the contract {address} answers {function} wrongly: {source}")]
    Answer {
        /// The contract.
        address: Address,
        /// The function called.
        function: &'static str,
        /// What is wrong.
        source: AbiError,
    },
    /// No channel manager lives at this address on this chain.
    #[error("there is no channel manager at {address} on chain {chain_id}")]
    NotAManager {
        /// The address.
        address: Address,
        /// The chain asked.
        chain_id: u64,
    },
}

/// A channel manager on a chain, with what never changes about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ManagerContract {
    /// Address and generation.
    pub manager: Manager,
    /// The chain it lives on.
    pub chain_id: u64,
    /// Its token.
    pub token: Address,
    /// How long the receiver may object to a close request, in blocks.
    pub challenge_period: u32,
    /// The first block worth reading events from.
    pub start_block: u32,
}

/// What the chain says of a channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seen {
    /// The contract holds it.
    Live {
        /// As of the newest block.
        info: ChannelInfo,
        /// The deposit that has the confirmations asked for: 0 while the opening has too few.
        confirmed: Amount,
    },
    /// It was paid out.
    Settled {
        /// The total that the receiver got.
        balance: Amount,
    },
    /// No trace of it: never mined, or removed by a reorganisation.
    Missing,
}

impl Seen {
    /// What the contract holds, if it holds the channel.
    pub const fn live(&self) -> Option<&ChannelInfo> {
        match self {
            Self::Live { info, .. } => Some(info),
            Self::Settled { .. } | Self::Missing => None,
        }
    }

    /// The same, where a receipt with enough confirmations proves that at least this deposit is confirmed.
    #[must_use]
    pub fn with_confirmed(mut self, deposit: Amount) -> Self {
        if let Self::Live { info, confirmed } = &mut self {
            *confirmed = (*confirmed).max(deposit.min(info.deposit));
        }
        self
    }
}

impl ManagerContract {
    /// Finds out what lives at `address`: the generation by preset, else by probing
    /// `withdrawn_balances(bytes32)`, which only the 0.2 interface answers.
    pub async fn discover<T: Transport>(
        node: &Node<T>,
        address: Address,
    ) -> Result<Self, ContractError> {
        let chain_id = node.chain_id().await?;
        let missing = ContractError::NotAManager { address, chain_id };
        let read = |data: Result<Vec<u8>, ChainError>| match data {
            Ok(data) if data.is_empty() => Err(missing.clone()),
            Err(error) if error.is_revert() => Err(missing.clone()),
            other => other.map_err(ContractError::from),
        };
        let answer = |function| {
            move |source| ContractError::Answer {
                address,
                function,
                source,
            }
        };
        let period = read(node.call(address, &manager::challenge_period_call()).await)?;
        let challenge_period = Words::new(&period)
            .uint32()
            .map_err(answer("challenge_period()"))?;
        let token = read(node.call(address, &manager::token_call()).await)?;
        let token = Words::new(&token).address().map_err(answer("token()"))?;
        let preset = network::by_contract(chain_id, address);
        let generation = match preset {
            Some(preset) => preset.manager.generation,
            None => probe(node, address).await?,
        };
        Ok(Self {
            manager: Manager {
                address,
                generation,
            },
            chain_id,
            token,
            challenge_period,
            start_block: preset.map_or(0, |preset| preset.start_block),
        })
    }

    /// `getChannelInfo`; `None` for a channel that does not exist or is settled, which the
    /// contract answers by reverting.
    pub async fn info<T: Transport>(
        &self,
        node: &Node<T>,
        channel: &ChannelId,
    ) -> Result<Option<ChannelInfo>, ContractError> {
        let address = self.manager.address;
        let data = match node.call(address, &self.manager.info_call(channel)).await {
            Ok(data) => data,
            Err(error) if error.is_revert() => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        self.read_info(&data)
    }

    fn read_info(&self, data: &[u8]) -> Result<Option<ChannelInfo>, ContractError> {
        // Old nodes answer a revert with empty data.
        if data.is_empty() {
            return Ok(None);
        }
        let info = self.manager.info_returned(data);
        info.map(Some).map_err(|source| ContractError::Answer {
            address: self.manager.address,
            function: "getChannelInfo(address,address,uint32)",
            source,
        })
    }

    /// What the chain says of a channel, with its deposit as of `confirmations` blocks, the newest
    /// included.
    pub async fn see<T: Transport>(
        &self,
        node: &Node<T>,
        channel: &ChannelId,
        confirmations: u64,
    ) -> Result<Seen, ContractError> {
        let latest = self.info(node, channel).await?;
        let older = if confirmations > 1 {
            let newest = node.block_number().await?;
            self.info_at(node, channel, newest.saturating_sub(confirmations - 1))
                .await?
        } else {
            latest
        };
        match (latest, older) {
            (Some(info), older) => {
                let confirmed = older.map_or(Amount::ZERO, |older| older.deposit.min(info.deposit));
                Ok(Seen::Live { info, confirmed })
            }
            // What is gone may come back by a reorganisation.
            (None, Some(info)) => Ok(Seen::Live {
                info,
                confirmed: info.deposit,
            }),
            (None, None) => self.see_settled(node, channel).await,
        }
    }

    async fn info_at<T: Transport>(
        &self,
        node: &Node<T>,
        channel: &ChannelId,
        block: u64,
    ) -> Result<Option<ChannelInfo>, ContractError> {
        let (to, call) = (self.manager.address, self.manager.info_call(channel));
        match node.call_at(to, &call, block).await {
            Ok(data) => self.read_info(&data),
            Err(error) if error.is_revert() => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Looks for the settlement, newest blocks first. Fails, rather than to say that there is none, where the
    /// node shows too few blocks at once to search them all.
    async fn see_settled<T: Transport>(
        &self,
        node: &Node<T>,
        channel: &ChannelId,
    ) -> Result<Seen, ContractError> {
        let generation = self.manager.generation;
        let newest = node.block_number().await?;
        let filter = LogFilter {
            address: self.manager.address,
            topics: vec![
                Some(event::topic(event::signature::settled(generation))),
                Some(event::address_topic(channel.sender)),
                Some(event::address_topic(channel.receiver)),
            ],
            from_block: u64::from(channel.open_block).min(newest),
            to_block: newest,
        };
        let settles = |placed: PlacedLog| match ManagerEvent::read(generation, &placed.log).ok()? {
            ManagerEvent::Settled {
                channel: settled,
                balance,
                ..
            } if settled == *channel => Some(Seen::Settled { balance }),
            _ => None,
        };
        let all = Piece::new(newest - filter.from_block + 1);
        let mut search = LogSearch::new(filter, Order::NewestFirst, all);
        while !search.is_done() {
            if search.requests() >= SETTLED_REQUESTS
                && let Some(refusal) = search.refusal()
            {
                return Err(refusal.clone().into());
            }
            let logs = search.request(node).await?.unwrap_or_default();
            if let Some(settled) = logs.into_iter().find_map(settles) {
                return Ok(settled);
            }
        }
        Ok(Seen::Missing)
    }

    /// The events of channels opened in a range of blocks: all, or those of one sender or receiver.
    pub fn created_filter(
        &self,
        sender: Option<Address>,
        receiver: Option<Address>,
        blocks: core::ops::RangeInclusive<u64>,
    ) -> LogFilter {
        LogFilter {
            address: self.manager.address,
            topics: vec![
                Some(event::topic(event::signature::CREATED)),
                sender.map(event::address_topic),
                receiver.map(event::address_topic),
            ],
            from_block: *blocks.start(),
            to_block: *blocks.end(),
        }
    }

    /// The channel that a log announces as created. Its open block is the log's block, which on a chain
    /// whose contracts count by another one's blocks is not the number that the contract knows it by.
    pub fn created_by(&self, placed: &PlacedLog) -> Option<(ChannelId, Amount)> {
        let read = ManagerEvent::read(self.manager.generation, &placed.log).ok()?;
        let ManagerEvent::Created {
            sender,
            receiver,
            deposit,
        } = read
        else {
            return None;
        };
        let open_block = u32::try_from(placed.block).ok()?;
        Some((
            ChannelId {
                sender,
                receiver,
                open_block,
            },
            deposit,
        ))
    }
}

async fn probe<T: Transport>(
    node: &Node<T>,
    address: Address,
) -> Result<Generation, ContractError> {
    match node.call(address, &manager::generation_probe_call()).await {
        Ok(data) if data.len() >= 32 => Ok(Generation::V02),
        Ok(_) => Ok(Generation::V01),
        Err(error) if error.is_revert() => Ok(Generation::V01),
        Err(error) => Err(error.into()),
    }
}

/// A token on a chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TokenContract(pub Address);

impl TokenContract {
    /// `balanceOf`, in base units.
    pub async fn balance<T: Transport>(
        &self,
        node: &Node<T>,
        owner: Address,
    ) -> Result<Uint256, ContractError> {
        let data = node.call(self.0, &token::balance_of(owner)).await?;
        token::uint256(&data).map_err(self.answer("balanceOf(address)"))
    }

    /// `allowance`, in base units.
    pub async fn allowance<T: Transport>(
        &self,
        node: &Node<T>,
        owner: Address,
        spender: Address,
    ) -> Result<Uint256, ContractError> {
        let data = node.call(self.0, &token::allowance(owner, spender)).await?;
        token::uint256(&data).map_err(self.answer("allowance(address,address)"))
    }

    /// `name()`.
    pub async fn name<T: Transport>(&self, node: &Node<T>) -> Result<String, ContractError> {
        let data = node.call(self.0, &token::name()).await?;
        token::text(&data).map_err(self.answer("name()"))
    }

    /// `symbol()`.
    pub async fn symbol<T: Transport>(&self, node: &Node<T>) -> Result<String, ContractError> {
        let data = node.call(self.0, &token::symbol()).await?;
        token::text(&data).map_err(self.answer("symbol()"))
    }

    /// `decimals()`.
    pub async fn decimals<T: Transport>(&self, node: &Node<T>) -> Result<u8, ContractError> {
        let data = node.call(self.0, &token::decimals()).await?;
        token::decimals_returned(&data).map_err(self.answer("decimals()"))
    }

    fn answer(&self, function: &'static str) -> impl FnOnce(AbiError) -> ContractError {
        let address = self.0;
        move |source| ContractError::Answer {
            address,
            function,
            source,
        }
    }
}
