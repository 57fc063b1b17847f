//! What the operator decides, as options of the programs.

use clap::Args;

use crate::chain::ManagerContract;
use crate::receiver::Terms;

/// What the operator of a receiver decides.
#[derive(Args, Clone, Debug)]
pub struct TermOptions {
    /// How many blocks a reorganisation of the chain may take back without loss: for so long settled
    /// channels are remembered, and proofs within the deposit before a top up. Default: 10000, or the
    /// challenge period if that is longer
    #[arg(long, value_parser = clap::value_parser!(u64).range(1..))]
    pub reorg_depth: Option<u64>,
}

impl TermOptions {
    /// With the defaults for this contract.
    pub fn terms(&self, contract: &ManagerContract) -> Terms {
        let default = Terms::of(contract);
        Terms {
            reorg_depth: self.reorg_depth.unwrap_or(default.reorg_depth),
        }
    }
}
