//! Everything that leaving takes, in one call that can be made again at any time: channels are closed and settled, and
//! what the account holds goes back to where it came from.

use crate::protocol::{Address, ChannelId};

use super::super::record::ChannelState;
use super::super::world::World;
use super::Sender;
use super::close::CloseWish;
use super::funds::Transfers;
use super::unfinished::{EndState, OpenEnd};

/// How far it has come.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Left {
    /// What is not over yet: challenge periods, and transactions that may still be mined.
    pub rest: Vec<OpenEnd>,
    /// What was sent back. Nothing while there is a rest, which takes ether to be settled.
    pub moved: Transfers,
}

impl<W: World> Sender<W> {
    /// The account that [`begin`](Self::begin) filled this one from.
    pub async fn payer(&self) -> Result<Option<Address>, W::Error> {
        let text = self.world.read(&self.key().payer()).await?;
        Ok(text.and_then(|text| text.parse().ok()))
    }

    /// Finishes what earlier calls left, closes all channels as wished, settles those that are due, and sends all tokens
    /// and ether to an account as soon as nothing is left. From the account of a wallet nothing is sent.
    pub async fn end(&self, to: Option<Address>, wish: CloseWish) -> Result<Left, W::Error> {
        let mut rest = self.end_steps().await?;
        // What another browser opened is left, too, and could not be closed without the ether that is sent away.
        self.import_legacy().await?;
        if self.has_history().await? {
            Box::pin(self.scan(None)).await?;
        }
        for record in self.records().await? {
            if record.state == ChannelState::Open {
                let is_open = match self.lock_stored(record.id).await? {
                    Some(mut channel) => {
                        channel.refresh().await?;
                        channel.state == ChannelState::Open
                    }
                    None => false,
                };
                if is_open {
                    Box::pin(self.close(record.id, wish.clone())).await?;
                }
            }
            if let Some(end) = Box::pin(self.end_closing(record.id)).await? {
                rest.push(end);
            }
        }
        let moved = match to {
            Some(to) if rest.is_empty() && self.world.signs_alone() => self.sweep(to).await?,
            _ => Transfers::default(),
        };
        Ok(Left { rest, moved })
    }

    /// Settles a channel that is due; what is left of it otherwise.
    async fn end_closing(&self, id: ChannelId) -> Result<Option<OpenEnd>, W::Error> {
        let Some(mut channel) = self.lock_stored(id).await? else {
            return Ok(None);
        };
        if !matches!(channel.state, ChannelState::Closing { .. }) {
            return Ok(None);
        }
        channel.finish_earlier().await?;
        channel.refresh().await?;
        let end = self.end_of_record(&channel).await?;
        if end.as_ref().is_some_and(|end| end.state == EndState::Due) {
            channel.settle().await?;
            return Ok(None);
        }
        Ok(end)
    }

    /// Follows the journal's transactions to their ends; those that may still be mined.
    async fn end_steps(&self) -> Result<Vec<OpenEnd>, W::Error> {
        let mut rest = Vec::new();
        for step in self.steps().await? {
            let end = self.end_of_step(step, true).await?;
            rest.extend(end.filter(|end| end.state == EndState::Waiting));
        }
        Ok(rest)
    }
}
