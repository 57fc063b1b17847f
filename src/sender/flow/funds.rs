//! Moves the account's own tokens and ether. No lock is held, and nothing is journalled: no record depends
//! on these transactions.

use crate::chain::{Sent, fee, submit};
use crate::protocol::amount::Uint256;
use crate::protocol::{Address, Hash, rules, token};

use super::super::store::journal::Action;
use super::super::wallet::batch::{BatchCall, BatchId, BatchStatus};
use super::super::world::{Call, World};
use super::time_budget::TimeBudget;
use super::{FlowError, Sender};

/// The timeout for a wallet to say whether it sends calls together: it asks nobody for that.
const ABILITY_MILLISECONDS: u32 = 3000;

/// How often a wallet is asked what became of a batch, and the pause after each: ten minutes.
const BATCH_POLLS: u32 = 600;
const BATCH_MILLISECONDS: u32 = 1000;

/// An amount that was moved, and the transaction; no transaction where there was nothing to move.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Transfer {
    /// In base units, or wei.
    pub amount: Uint256,
    /// The transaction.
    pub hash: Option<Hash>,
}

/// What was moved.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Transfers {
    /// Tokens.
    pub tokens: Transfer,
    /// Ether.
    pub ether: Transfer,
}

impl<W: World> Sender<W> {
    /// Whether tokens and ether may be sent to an account: not the zero address, the token or the channel
    /// manager.
    pub fn can_be_paid(&self, account: Address) -> bool {
        rules::can_be_paid(&self.contract.manager, self.contract.token, account)
    }

    /// Sends all tokens, then the ether that is left after its own gas, of an account whose key is here.
    pub async fn sweep(&self, to: Address) -> Result<Transfers, W::Error> {
        if !self.world.signs_alone() {
            return Err(FlowError::NoKey.into());
        }
        let tokens = self.tokens().await?;
        let tokens = self.send_tokens(to, tokens).await?;
        let node = self.node();
        let ether = self.told(node.ether_balance(self.account).await)?;
        let fee = self.told(fee::suggest(&node, &self.fees).await)?.fee;
        let parties = (self.account, to);
        let rest = submit::left_after_transfer(&node, parties, ether, &fee).await;
        let rest = self.told(rest)?;
        let ether = self.send_ether(to, rest).await?;
        Ok(Transfers { tokens, ether })
    }

    /// Sends so many tokens, then so much ether, to another account.
    pub async fn fund(
        &self,
        to: Address,
        tokens: Uint256,
        ether: Uint256,
    ) -> Result<Transfers, W::Error> {
        if tokens > Uint256::ZERO {
            let balance = self.tokens().await?;
            if balance < tokens {
                let required = tokens;
                return Err(FlowError::InsufficientTokens { balance, required }.into());
            }
        }
        let both = tokens > Uint256::ZERO && ether > Uint256::ZERO;
        if both && let Some(moved) = Box::pin(self.fund_together(to, tokens, ether)).await? {
            return Ok(moved);
        }
        Ok(Transfers {
            tokens: self.send_tokens(to, tokens).await?,
            ether: self.send_ether(to, ether).await?,
        })
    }

    /// The same in one confirmation of a wallet, where it makes both or none. `None`: it can't, and nothing was sent.
    async fn fund_together(
        &self,
        to: Address,
        tokens: Uint256,
        ether: Uint256,
    ) -> Result<Option<Transfers>, W::Error> {
        let mut budget = TimeBudget::new(ABILITY_MILLISECONDS);
        let able = self.answer_in_time(&mut budget, self.world.can_send_together());
        if !matches!(able.await, Ok(true)) {
            return Ok(None);
        }
        let action = Action::TransferTokens;
        let data = token::transfer(to, tokens);
        let call = |to, value, data| BatchCall { to, value, data };
        let calls = [
            call(self.contract.token, Uint256::ZERO, &data[..]),
            call(to, ether, &[]),
        ];
        let Some(id) = self.world.send_together(action, &calls).await? else {
            return Ok(None);
        };
        let hashes = self.hashes_of(&id, action).await?;
        // The wallet's word is not the chain's.
        for hash in &hashes {
            let sent = Sent {
                sender: self.account,
                hash: Some(*hash),
                nonce: None,
                raw: None,
            };
            self.follow_unjournalled(action, to, sent).await?;
        }
        let moved = |amount, hash: Option<&Hash>| Transfer {
            amount,
            hash: hash.copied(),
        };
        Ok(Some(Transfers {
            tokens: moved(tokens, hashes.first()),
            ether: moved(ether, hashes.last()),
        }))
    }

    /// Polls a wallet until it tells the transactions of a batch.
    async fn hashes_of(&self, id: &BatchId, action: Action) -> Result<Vec<Hash>, W::Error> {
        for _ in 0..BATCH_POLLS {
            match self.world.batch_status(id).await {
                BatchStatus::Mined(hashes) if !hashes.is_empty() => return Ok(hashes),
                BatchStatus::Failed => return Err(FlowError::Dropped(action).into()),
                BatchStatus::Mined(_) | BatchStatus::Pending => {
                    self.world.pause(BATCH_MILLISECONDS).await?;
                }
            }
        }
        let hash = None;
        Err(FlowError::NotMined { action, hash }.into())
    }

    async fn send_tokens(&self, to: Address, amount: Uint256) -> Result<Transfer, W::Error> {
        let data = token::transfer(to, amount);
        let call = Call::new(Action::TransferTokens, self.contract.token, data);
        self.move_amount(amount, &call).await
    }

    async fn send_ether(&self, to: Address, amount: Uint256) -> Result<Transfer, W::Error> {
        let call = Call {
            value: amount,
            ..Call::new(Action::TransferEther, to, Vec::new())
        };
        self.move_amount(amount, &call).await
    }

    async fn move_amount(&self, amount: Uint256, call: &Call) -> Result<Transfer, W::Error> {
        let hash = if amount == Uint256::ZERO {
            None
        } else {
            self.transact(call).await?
        };
        Ok(Transfer { amount, hash })
    }
}
