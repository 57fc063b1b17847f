//! Refuses deposits in a token that charges a fee on transfers: the contract would count more than arrives, and
//! could not pay it all out.
//!
//! The node tries each deposit out before it is made. Where it can't, the receipt tells: then the channel exists,
//! can be closed, and nothing more is deposited in that contract until a node says that everything arrives.

use crate::chain::{Receipt, arrival};
use crate::protocol::amount::Uint256;
use crate::protocol::{Amount, token};

use super::super::store::journal::{Action, Step};
use super::super::store::keys;
use super::super::store::shortfall::Shortfall;
use super::super::world::World;
use super::escrow::EscrowCalls;
use super::{FlowError, Sender};

impl<W: World> Sender<W> {
    fn shortfall_name(&self) -> String {
        keys::shortfall(self.contract.chain_id, self.contract.manager.address)
    }

    /// Fails if fewer tokens than asked for would arrive in the contract, or did before, for all the node knows.
    pub(super) async fn check_arrival(
        &self,
        calls: &EscrowCalls,
        by_transfer: bool,
        asked: Amount,
    ) -> Result<(), W::Error> {
        let (contract, token) = (self.contract.manager.address, self.contract.token);
        // Whatever is allowed now.
        let none = token::approve(contract, Uint256::ZERO);
        let enough = token::approve(contract, asked.into());
        let approved: [(_, &[u8]); 3] = [
            (token, &none),
            (token, &enough),
            (contract, &calls.by_approval),
        ];
        let transferred: [(_, &[u8]); 1] = [(token, &calls.by_transfer)];
        let tried: &arrival::Calls<'_> = if by_transfer { &transferred } else { &approved };
        let node = self.polled_node();
        match arrival::would_arrive(&node, (token, contract), self.account, tried).await {
            Some(arrived) if arrived < asked.into() => Err(FlowError::Short(Shortfall {
                asked,
                arrived,
                hash: None,
            })
            .into()),
            // The token may have stopped charging.
            Some(_) => self.forget_shortfall().await,
            None => self.check_shortfall().await,
        }
    }

    /// Fails if fewer tokens than asked for arrived, the last time.
    pub(super) async fn check_shortfall(&self) -> Result<(), W::Error> {
        let text = self.world.read(&self.shortfall_name()).await?;
        match text.and_then(|text| Shortfall::from_json(&text)) {
            Some(short) => Err(FlowError::Short(short).into()),
            None => Ok(()),
        }
    }

    async fn forget_shortfall(&self) -> Result<(), W::Error> {
        let name = self.shortfall_name();
        if self.world.read(&name).await?.is_some() {
            self.world.remove(&name).await?;
        }
        Ok(())
    }

    /// Remembers whether fewer tokens arrived than were deposited.
    pub(super) async fn note_arrival(&self, step: &Step, receipt: &Receipt) {
        if !matches!(step.action, Action::Open | Action::TopUp) {
            return;
        }
        let (contract, token) = (self.contract.manager.address, self.contract.token);
        let Some(arrived) = arrival::arrived(receipt, token, contract) else {
            return;
        };
        let asked = step.amount;
        if arrived < asked.into() {
            let short = Shortfall {
                asked,
                arrived,
                hash: Some(receipt.transaction),
            };
            // If it can't be stored, the next deposit finds out anew.
            let _ = self
                .world
                .write(&self.shortfall_name(), &short.to_json())
                .await;
        }
    }
}
