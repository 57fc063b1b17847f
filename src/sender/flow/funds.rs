//! Moves the account's own tokens and ether. No lock is held, and nothing is journalled: no record depends
//! on these transactions.

use crate::chain::{fee, submit};
use crate::protocol::amount::Uint256;
use crate::protocol::{Address, Hash, rules, token};

use super::super::store::journal::Action;
use super::super::world::{Call, World};
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
        Ok(Transfers {
            tokens: self.send_tokens(to, tokens).await?,
            ether: self.send_ether(to, ether).await?,
        })
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
