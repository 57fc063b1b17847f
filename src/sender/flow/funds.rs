//! Moves the account's own tokens and ether: each transaction under the lock of openings to the account that gets them,
//! and in the journal, so that a call after a reload waits for what was sent before it.

use crate::chain::{fee, submit};
use crate::protocol::amount::Uint256;
use crate::protocol::{Address, Hash, rules, token};

use super::super::store::journal::Action;
use super::super::wallet::batch::BatchCall;
use super::super::world::{Call, World};
use super::transaction::Moved;
use super::{FlowError, Sender};

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
        let _turn = self.turn_to_move(to).await?;
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
        let _turn = self.turn_to_move(to).await?;
        self.fund_in_turn(to, tokens, ether).await
    }

    /// The lock of moving money to an account. What an earlier call left is followed to its end first.
    async fn turn_to_move(&self, to: Address) -> Result<W::Turn, W::Error> {
        let turn = self.world.turn(&self.key().opening_lock(to)).await?;
        self.finish_opening(to).await?;
        Ok(turn)
    }

    /// The same while that lock is held.
    pub(super) async fn fund_in_turn(
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
        let data = token::transfer(to, tokens);
        let call = |to, value, data| BatchCall { to, value, data };
        let calls = [
            call(self.contract.token, Uint256::ZERO, &data[..]),
            call(to, ether, &[]),
        ];
        let (key, action) = (self.step_key(to, None), Action::TransferTokens);
        let sent = self.carry_out_together(key, action, Moved::default(), &calls);
        let Some((step, ended, hashes)) = sent.await? else {
            return Ok(None);
        };
        self.settle_plain(&step, ended).await??;
        // By its word there may be one for each, and its word is not the chain's.
        for hash in hashes.iter().rev().skip(1) {
            self.check_mined(action, to, *hash).await?;
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

    async fn send_tokens(&self, to: Address, amount: Uint256) -> Result<Transfer, W::Error> {
        let data = token::transfer(to, amount);
        let call = Call::new(Action::TransferTokens, self.contract.token, data);
        self.move_amount(to, amount, &call).await
    }

    async fn send_ether(&self, to: Address, amount: Uint256) -> Result<Transfer, W::Error> {
        let call = Call {
            value: amount,
            ..Call::new(Action::TransferEther, to, Vec::new())
        };
        self.move_amount(to, amount, &call).await
    }

    async fn move_amount(
        &self,
        to: Address,
        amount: Uint256,
        call: &Call,
    ) -> Result<Transfer, W::Error> {
        if amount == Uint256::ZERO {
            return Ok(Transfer::default());
        }
        let key = self.step_key(to, None);
        let (step, ended) = self.carry_out(key, call, Moved::default()).await?;
        self.settle_plain(&step, ended).await??;
        let hash = step.sent.hash;
        Ok(Transfer { amount, hash })
    }
}
