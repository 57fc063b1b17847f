//! Logs of many blocks, in pieces that the node takes. Nodes limit how many blocks, or logs, one request may
//! ask for: from five blocks to all of them. Few tell the limit before it is reached, so it is learned.

use super::node::{LogFilter, Node, PlacedLog};
use super::rpc::{ChainError, Transport, TransportError};

/// How many blocks are asked for at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Piece {
    /// Now.
    pub blocks: u64,
    /// At most, as far as it is known.
    pub most: u64,
}

impl Piece {
    /// So many at first, and later as the node takes them.
    pub const fn new(blocks: u64) -> Self {
        let blocks = if blocks == 0 { 1 } else { blocks };
        Self {
            blocks,
            most: blocks,
        }
    }

    /// Learns from a refusal of so many blocks; `false`: fewer can't be asked for.
    const fn shrink(&mut self, refused: u64, told: Option<u64>) -> bool {
        if refused <= 1 {
            return false;
        }
        (self.most, self.blocks) = match told {
            Some(told) if 0 < told && told < refused => (told, told),
            _ => (refused / 2, if refused < 4 { 1 } else { refused / 4 }),
        };
        true
    }

    fn grow(&mut self) {
        self.blocks = self.blocks.saturating_mul(2).min(self.most);
    }
}

/// Which end of a search comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// The oldest block.
    OldestFirst,
    /// The newest block.
    NewestFirst,
}

/// A search that is under way.
#[derive(Clone, Debug)]
pub struct LogSearch {
    /// What is left to search.
    filter: LogFilter,
    order: Order,
    piece: Piece,
    requests: u32,
    refusal: Option<ChainError>,
}

impl LogSearch {
    /// A search for these logs.
    pub const fn new(filter: LogFilter, order: Order, piece: Piece) -> Self {
        Self {
            filter,
            order,
            piece,
            requests: 0,
            refusal: None,
        }
    }

    /// What was learned of the node's limit.
    pub const fn piece(&self) -> Piece {
        self.piece
    }

    /// How many requests it took.
    pub const fn requests(&self) -> u32 {
        self.requests
    }

    /// How many blocks are left, besides one.
    pub const fn left(&self) -> u64 {
        self.filter.to_block.saturating_sub(self.filter.from_block)
    }

    /// Whether nothing is left.
    pub const fn is_done(&self) -> bool {
        self.filter.from_block > self.filter.to_block
    }

    /// Why the node was asked for less, if it was.
    pub const fn refusal(&self) -> Option<&ChainError> {
        self.refusal.as_ref()
    }

    /// Asks once; `None`: the node does not take so many blocks, and the next request asks for fewer. Fails
    /// where it does not take a single one.
    pub async fn request<T: Transport>(
        &mut self,
        node: &Node<T>,
    ) -> Result<Option<Vec<PlacedLog>>, ChainError> {
        let (first, last) = (self.filter.from_block, self.filter.to_block);
        let more = self.piece.blocks.saturating_sub(1);
        let mut filter = self.filter.clone();
        match self.order {
            Order::OldestFirst => filter.to_block = last.min(first.saturating_add(more)),
            Order::NewestFirst => filter.from_block = first.max(last.saturating_sub(more)),
        }
        self.requests = self.requests.saturating_add(1);
        match node.logs(&filter).await {
            Ok(logs) => {
                match self.order {
                    Order::OldestFirst => self.filter.from_block = filter.to_block + 1,
                    Order::NewestFirst if filter.from_block == first => {
                        self.filter.from_block = last.saturating_add(1);
                    }
                    Order::NewestFirst => self.filter.to_block = filter.from_block - 1,
                }
                self.piece.grow();
                Ok(Some(logs))
            }
            Err(error) => {
                let asked = filter.to_block - filter.from_block + 1;
                let told = match error.meaning() {
                    Some(super::Meaning::TooManyBlocks(told)) => told,
                    _ => None,
                };
                if !may_be_too_many(&error) || !self.piece.shrink(asked, told) {
                    return Err(error);
                }
                self.refusal = Some(error);
                Ok(None)
            }
        }
    }
}

/// Nodes word "too many blocks or logs" in many ways, and some answer nothing that makes sense, or nothing in
/// time.
const fn may_be_too_many(error: &ChainError) -> bool {
    matches!(
        error,
        ChainError::Transport {
            source: TransportError::Answer { .. }
                | TransportError::Status { .. }
                | TransportError::NotJsonRpc
                | TransportError::TimedOut { .. },
            ..
        }
    )
}
