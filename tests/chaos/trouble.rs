//! What goes wrong for a sender.

use microraiden::chain::contract::ContractError;
use microraiden::chain::{ChainError, SubmitError};
use microraiden::protocol::Rule;
use microraiden::protocol::header::HeaderError;
use microraiden::sender::world::Failing;
use microraiden::sender::{
    FlowError, Forgotten, LimitError, PaymentError, PolicyError, RecordError,
};

#[derive(Debug)]
#[allow(dead_code)] // Shown by Debug.
pub(crate) enum Trouble {
    Record(RecordError),
    Limit(LimitError),
    Policy(PolicyError),
    Payment(PaymentError),
    Rule(Rule),
    Flow(FlowError),
    Forgotten(Forgotten),
    Header(HeaderError),
    /// The server gave no whole answer.
    Network,
    /// The node did not, or answered with an error.
    Node(ContractError),
    Submit(SubmitError),
}

impl Trouble {
    /// Whether an outage explains it, so that trying again later is all there is to do.
    pub(crate) fn is_outage(&self) -> bool {
        match self {
            Self::Network | Self::Node(_) => true,
            // Of a block that the node has not seen again, or of one that it will lose.
            Self::Submit(error) => *error == SubmitError::Reverts,
            Self::Payment(error) => matches!(
                error,
                PaymentError::Unknown { .. }
                    | PaymentError::Taken { .. }
                    // Asked for its sum, the server answered 503.
                    | PaymentError::NotTold
                    | PaymentError::Unconfirmed
            ),
            // A node that is killed forgets what was handed in to it.
            Self::Flow(error) => matches!(
                error,
                FlowError::NotMined { .. } | FlowError::Dropped(_) | FlowError::Replaced(_)
            ),
            Self::Record(_) | Self::Limit(_) | Self::Policy(_) | Self::Rule(_) => false,
            Self::Forgotten(_) | Self::Header(_) => false,
        }
    }
}

macro_rules! from {
    ($($error:ty => $variant:ident),*) => {$(
        impl From<$error> for Trouble {
            fn from(error: $error) -> Self {
                Self::$variant(error)
            }
        }
    )*};
}

from!(RecordError => Record, LimitError => Limit, PolicyError => Policy, PaymentError => Payment,
      Rule => Rule, FlowError => Flow, Forgotten => Forgotten, HeaderError => Header,
      ContractError => Node);

impl From<ChainError> for Trouble {
    fn from(error: ChainError) -> Self {
        Self::Node(error.into())
    }
}

impl From<SubmitError> for Trouble {
    fn from(error: SubmitError) -> Self {
        match error {
            SubmitError::Chain(error) => error.into(),
            other => Self::Submit(other),
        }
    }
}

impl Failing for Trouble {
    fn caused_by(self, _: Self) -> Self {
        self
    }
}
