//! What the start waits for (`--wait`): nodes and databases that are still down.

use std::fmt::Display;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use microraiden::chain::{ContractError, ManagerContract, Node, Transport};
use microraiden::paywall::{Health, NotReady, TokenLabel};
use microraiden::protocol::Address;
use microraiden::receiver::store::StoreOpener;
use microraiden::receiver::{FindError, Identity, OpenError, Store, contract};
use tracing::warn;

/// Between two tries.
const PAUSE: Duration = Duration::from_secs(1);

/// When the start gives up.
#[derive(Clone, Copy)]
pub(super) enum Limit {
    /// This long after the program has started.
    After(Duration),
    /// It waits for ever.
    Never,
}

/// How long the start waits, and who is told.
pub(super) struct Patience<'a> {
    limit: Limit,
    began: Instant,
    health: &'a Health,
}

impl<'a> Patience<'a> {
    pub(super) fn new(limit: Limit, health: &'a Health) -> Self {
        Self {
            limit,
            began: Instant::now(),
            health,
        }
    }

    /// The contract, and what its token is called.
    pub(super) async fn find_contract<T: Transport>(
        &self,
        node: &Node<T>,
        address: Address,
    ) -> Result<(ManagerContract, Option<TokenLabel>)> {
        let is_down =
            |error: &FindError| matches!(error, FindError::Contract(ContractError::Chain(_)));
        let find = || contract::find(node, address);
        let found = self.wait(NotReady::NodeUnavailable, find, is_down).await?;
        let is_down = |error: &ContractError| matches!(error, ContractError::Chain(_));
        let read = || TokenLabel::read(node, found.token);
        let label = self.wait(NotReady::NodeUnavailable, read, is_down).await;
        let label = label.context("the token could not be asked what it is called")?;
        Ok((found, label))
    }

    pub(super) async fn open_store(
        &self,
        stores: &StoreOpener,
        place: Option<&str>,
        identity: &Identity,
    ) -> Result<Arc<dyn Store>> {
        let open = || stores.open(place, identity);
        let is_down = OpenError::is_passing;
        Ok(self.wait(NotReady::StoreUnavailable, open, is_down).await?)
    }

    fn has_time(&self) -> bool {
        match self.limit {
            Limit::After(limit) => self.began.elapsed() < limit,
            Limit::Never => true,
        }
    }

    /// Tries until it works, fails for good, or the time is over.
    async fn wait<T, E: Display>(
        &self,
        reason: NotReady,
        attempt: impl AsyncFn() -> Result<T, E>,
        is_down: impl Fn(&E) -> bool,
    ) -> Result<T, E> {
        loop {
            match attempt().await {
                Err(error) if is_down(&error) && self.has_time() => {
                    self.health.waits_for(reason);
                    warn!(%error, "the start waits");
                    tokio::time::sleep(PAUSE).await;
                }
                result => return result,
            }
        }
    }
}
