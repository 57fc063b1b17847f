//! The checkpoint of the search for a sender's channels: `BLOCK`, or `BLOCK PIECE`, as decimal numbers.

use crate::chain::log_search::Piece;

/// Blocks per request; fewer if the node refuses so many.
const PIECE: Piece = Piece::new(100_000);

/// How far the search came, and how many blocks the node takes at once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Checkpoint {
    /// The last block that needs no second search.
    pub block: Option<u64>,
    piece: Option<u64>,
}

impl Checkpoint {
    /// Reads a stored text. An unreadable number is as good as none: the search begins anew.
    pub fn from_text(text: &str) -> Self {
        let (block, piece) = text.split_once(' ').unwrap_or((text, ""));
        Self {
            block: block.parse().ok(),
            piece: piece.parse().ok(),
        }
    }

    /// The text to store; empty where there is nothing to note.
    pub fn to_text(self) -> String {
        let text = |number: Option<u64>| number.map_or_else(String::new, |n| n.to_string());
        match self.piece {
            Some(_) => format!("{} {}", text(self.block), text(self.piece)),
            None => text(self.block),
        }
    }

    /// How many blocks are asked for at once.
    pub fn piece(self) -> Piece {
        self.piece.map_or(PIECE, Piece::new)
    }

    /// Notes a limit that was learned.
    pub fn learn(&mut self, piece: Piece) {
        self.piece = (piece.most < PIECE.most).then_some(piece.most);
    }
}
