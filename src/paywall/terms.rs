//! The operator's settings as command-line options.

use std::time::Duration;

use clap::Args;

use crate::chain::{ManagerContract, fee};
use crate::protocol::Amount;
use crate::receiver::{CreditTerms, Terms};

/// Settings of the programs that send transactions.
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
            fees: fee::FeeLimits {
                per_gas: self
                    .max_fee_per_gas
                    .map_or(default.fees.per_gas, Into::into),
                times_median: self.max_fee_times_median,
            },
            ..default
        }
    }
}

/// Further settings of the server.
#[derive(Args, Clone, Debug)]
pub struct SaleOptions {
    /// Payments are refused in channels of a smaller deposit, in token base units
    #[arg(long, default_value = "0", hide_default_value = true)]
    pub min_deposit: Amount,
    /// Close requests that take less from the receiver are not answered, in token base units; default:
    /// all are
    #[arg(long, default_value = "0", hide_default_value = true)]
    pub min_dispute: Amount,
    /// What 10^18 base units of the token are worth, in wei; then close requests are not answered that
    /// take less than the answer's gas costs at the moment
    #[arg(long, value_name = "WEI")]
    pub token_worth: Option<Amount>,
    /// Nothing is sold while the account has less ether than the answers to so many close requests
    /// cost at the moment
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..))]
    pub covered_disputes: u32,
    /// Let senders number their requests and pay for many at once, as docs/extension.md specifies; others pay
    /// as ever
    #[arg(long)]
    pub credit: bool,
    /// Seconds for which a numbered request that was paid for is served again without charge, if it only
    /// reads (GET, HEAD, OPTIONS). Within them a resource whose answer changes can be read again; 0: never
    #[arg(long, default_value_t = 600, value_parser = clap::value_parser!(u32).range(..=86_400))]
    pub credit_repeat: u32,
}

impl SaleOptions {
    /// These terms, and what these options say.
    pub fn add_to(&self, terms: Terms) -> Terms {
        Terms {
            min_deposit: self.min_deposit,
            min_dispute: self.min_dispute,
            token_worth: self.token_worth,
            covered_disputes: self.covered_disputes,
            credit: self.credit.then(|| CreditTerms {
                repeat: Duration::from_secs(self.credit_repeat.into()),
            }),
            ..terms
        }
    }
}
