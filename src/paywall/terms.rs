//! What the operator decides, as options of the programs.

use clap::Args;

use crate::chain::{ManagerContract, fee};
use crate::protocol::Amount;
use crate::receiver::Terms;

/// What the operator of a receiver decides.
#[derive(Args, Clone, Debug)]
pub struct TermOptions {
    /// How many blocks a reorganisation of the chain may take back without loss: for so long settled
    /// channels are remembered, and proofs within the deposit before a top up. Default: 10000, or the
    /// challenge period if that is longer
    #[arg(long, value_parser = clap::value_parser!(u64).range(1..))]
    pub reorg_depth: Option<u64>,
    /// Wei that are offered for a unit of gas at most, whatever the node asks for. Default: 500 gwei
    #[arg(long, value_name = "WEI")]
    pub max_fee_per_gas: Option<Amount>,
    /// And so many times the median of what was paid in recent blocks, where the node tells and more
    /// than 10 gwei are asked for
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..))]
    pub max_fee_times_median: u32,
}

impl TermOptions {
    /// With the defaults for this contract.
    pub fn terms(&self, contract: &ManagerContract) -> Terms {
        let default = Terms::of(contract);
        Terms {
            reorg_depth: self.reorg_depth.unwrap_or(default.reorg_depth),
            fees: fee::Limits {
                per_gas: self
                    .max_fee_per_gas
                    .map_or(default.fees.per_gas, Into::into),
                times_median: self.max_fee_times_median,
            },
        }
    }
}
