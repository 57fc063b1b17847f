//! Everything that a first payment needs, in one call that can be made again at any time: the account is filled with what
//! it lacks, and a channel is opened.
//!
//! Whatever an earlier call did is found first: the channel, in storage or on the chain; an opening and transfers, in the
//! journals of the account and of the one that fills it; what has arrived, by what the account holds.

use crate::chain::{SubmitError, fee, submit};
use crate::protocol::amount::Uint256;
use crate::protocol::{Address, Amount, rules};

use super::super::record::{ChannelRecord, ChannelState};
use super::super::world::World;
use super::chain_reads::{AFTER_RECEIPT, AGAINST, PAUSE_MILLISECONDS};
use super::escrow::Behalf;
use super::{FlowError, Sender};

/// Gas of opening a channel, at most: an allowance and a call.
const OPENING_GAS: u64 = 220_000;
/// The same by one transfer of an ERC223 token, which took 83,231 in 0.1 and 83,946 in 0.2.
const TRANSFER_OPENING_GAS: u64 = 90_000;
/// Gas of leaving: a close request and settling, 160,000 as measured on both generations, then the transfer of tokens
/// and that of ether.
const LEAVING_GAS: u64 = 250_000;
/// The transactions of both: two and four.
const TRANSACTIONS: (u32, u32) = (2, 6);

/// What an account has to get before it can open a channel.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Lacks {
    /// Tokens, in base units.
    pub tokens: Uint256,
    /// Ether for opening, and for closing and sending the rest back, in wei.
    pub ether: Uint256,
}

impl Lacks {
    /// Nothing.
    pub const NONE: Self = Self {
        tokens: Uint256::ZERO,
        ether: Uint256::ZERO,
    };

    /// What is missing of a deposit, and of the ether for `(opening, all)` transactions. Where it suffices for opening
    /// none is sent, or each call would top up what fees have taken meanwhile.
    pub fn of(
        (tokens, ether): (Uint256, Uint256),
        deposit: Amount,
        (opening, all): (Uint256, Uint256),
    ) -> Self {
        Self {
            tokens: Uint256::from(deposit).saturating_sub(tokens),
            ether: if ether < opening {
                all.saturating_sub(ether)
            } else {
                Uint256::ZERO
            },
        }
    }
}

impl<W: World> Sender<W> {
    /// The open channel to a receiver with most left; if there is none, one with this deposit is opened, after `payer`
    /// has sent to this account what it lacks.
    pub async fn begin(
        &self,
        payer: Option<&Self>,
        receiver: Address,
        deposit: Amount,
    ) -> Result<ChannelRecord, W::Error> {
        let _turn = self.world.turn(&self.key().opening_lock(receiver)).await?;
        if let Some((_, Some(record))) = self.finish_opening(receiver).await? {
            return Ok(record);
        }
        if let Some(open) = Box::pin(self.opened_before(receiver)).await? {
            return Ok(open);
        }
        // Nothing is moved for an opening that would be refused.
        let manager = &self.contract.manager;
        rules::open(manager, self.contract.token, receiver, deposit)?;
        let policy = self.policy().await?;
        policy.allow_deposit(manager.address, receiver, deposit)?;
        Box::pin(self.fill(payer, receiver, deposit)).await?;
        let origin = self.world.origin();
        self.open_in_turn(receiver, deposit, Behalf::Caller(&origin))
            .await
    }

    /// Whether the account was ever used: it sent something, or holds something.
    pub async fn was_used(&self) -> Result<bool, W::Error> {
        if self.has_history().await? || self.tokens().await? > Uint256::ZERO {
            return Ok(true);
        }
        let ether = self.node().ether_balance(self.account).await;
        Ok(self.told(ether)? > Uint256::ZERO)
    }

    async fn opened_before(&self, receiver: Address) -> Result<Option<ChannelRecord>, W::Error> {
        let is_open =
            |r: &ChannelRecord| r.id.receiver == receiver && r.state == ChannelState::Open;
        // A new key has nothing on the chain that a search could find.
        if self.records().await?.iter().any(is_open) || self.has_history().await? {
            return self.find(receiver).await;
        }
        self.import_legacy().await?;
        Ok(None)
    }

    /// Has the account filled with what it lacks, and waits until it is there.
    async fn fill(
        &self,
        payer: Option<&Self>,
        receiver: Address,
        deposit: Amount,
    ) -> Result<(), W::Error> {
        let Some(payer) = payer else {
            let lacks = self.lacks(receiver, deposit).await?;
            return self.has_enough(lacks, deposit).await;
        };
        // Where the rest goes back to.
        let origin = payer.account.to_string();
        self.world.write(&self.key().payer(), &origin).await?;
        let to = self.account;
        let lock = payer.key().opening_lock(to);
        let _turn = payer.world.turn(&lock).await?;
        let earlier = payer.step(&payer.step_key(to, None).name()).await?;
        payer.finish_opening(to).await?;
        // What was sent before may be there, and the node not show it yet.
        let looks = if earlier.is_some() { AGAINST } else { 1 };
        let lacks = self.lacks_after(looks, receiver, deposit).await?;
        if lacks == Lacks::NONE {
            return Ok(());
        }
        self.world.check()?;
        payer.fund_in_turn(to, lacks.tokens, lacks.ether).await?;
        let lacks = self.lacks_after(AFTER_RECEIPT, receiver, deposit).await?;
        self.has_enough(lacks, deposit).await
    }

    /// What the account lacks, as soon as that is nothing, or after so many looks.
    async fn lacks_after(
        &self,
        looks: u32,
        receiver: Address,
        deposit: Amount,
    ) -> Result<Lacks, W::Error> {
        let mut lacks = self.lacks(receiver, deposit).await?;
        for _ in 1..looks {
            if lacks == Lacks::NONE {
                break;
            }
            self.world.pause(PAUSE_MILLISECONDS).await?;
            lacks = self.lacks(receiver, deposit).await?;
        }
        Ok(lacks)
    }

    /// What the account lacks to open a channel to a receiver. A wallet's account pays for gas as the wallet says, and
    /// needs some ether unless the wallet sends calls together, for which somebody else may pay.
    pub async fn lacks(&self, receiver: Address, deposit: Amount) -> Result<Lacks, W::Error> {
        let tokens = self.tokens().await?;
        let node = self.node();
        let ether = self.told(node.ether_balance(self.account).await)?;
        let signs_alone = self.world.signs_alone();
        let nothing = (Uint256::ZERO, Uint256::ZERO);
        if !signs_alone && (ether > Uint256::ZERO || self.may_send_together().await) {
            return Ok(Lacks::of((tokens, ether), deposit, nothing));
        }
        let fee = self.told(fee::suggest(&node, &self.fees).await)?.fee;
        let cost = async |transactions, gas| submit::cost_of(&node, transactions, gas, &fee).await;
        let mut opening = cost(TRANSACTIONS.0, OPENING_GAS).await;
        if !signs_alone {
            return Ok(Lacks::of((tokens, ether), deposit, (Uint256::ONE, opening)));
        }
        // With the tokens there the contract says whether one transfer will do.
        if ether < opening && tokens >= deposit.into() {
            let manager = &self.contract.manager;
            let transfer = manager.create_by_transfer(self.account, receiver, deposit);
            if self.takes_transfer(&transfer).await? {
                opening = cost(1, TRANSFER_OPENING_GAS).await;
            }
        }
        let all = cost(TRANSACTIONS.1, OPENING_GAS + LEAVING_GAS).await;
        Ok(Lacks::of((tokens, ether), deposit, (opening, all)))
    }

    async fn has_enough(&self, lacks: Lacks, deposit: Amount) -> Result<(), W::Error> {
        if lacks.tokens > Uint256::ZERO {
            let required = Uint256::from(deposit);
            let balance = required.saturating_sub(lacks.tokens);
            return Err(FlowError::InsufficientTokens { balance, required }.into());
        }
        if lacks.ether > Uint256::ZERO {
            let balance = self.told(self.node().ether_balance(self.account).await)?;
            let required = Some(balance.saturating_add(lacks.ether));
            return Err(SubmitError::InsufficientEther { balance, required }.into());
        }
        Ok(())
    }
}
