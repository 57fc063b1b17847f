//! What goes wrong in the model.

use microraiden::chain::{ChainError, ContractError, SubmitError, TransportError};
use microraiden::protocol::Rule;
use microraiden::protocol::header::HeaderError;
use microraiden::sender::world::Failing;
use microraiden::sender::{
    FlowError, Forgotten, LimitError, PaymentError, PolicyError, RecordError,
};

#[derive(Debug)]
#[allow(dead_code)] // Shown by Debug.
pub enum Trouble {
    Record(RecordError),
    Limit(LimitError),
    Policy(PolicyError),
    Payment(PaymentError),
    Rule(Rule),
    Flow(FlowError),
    Forgotten(Forgotten),
    Header(HeaderError),
    Network,
    Full,
    Node(ContractError),
    Submit(SubmitError),
    Refused,
    CannotSign,
    Aborted,
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

from!(RecordError => Record, LimitError => Limit, PolicyError => Policy,
      PaymentError => Payment, Rule => Rule, FlowError => Flow, Forgotten => Forgotten,
      HeaderError => Header);

impl From<ContractError> for Trouble {
    fn from(error: ContractError) -> Self {
        match error {
            ContractError::Chain(ChainError::Transport {
                source: TransportError::Aborted,
                ..
            }) => Self::Aborted,
            other => Self::Node(other),
        }
    }
}

impl From<ChainError> for Trouble {
    fn from(error: ChainError) -> Self {
        ContractError::from(error).into()
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

    fn means_unable_to_sign(&self) -> bool {
        matches!(self, Self::CannotSign)
    }
}
