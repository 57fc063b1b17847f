//! Three servers, a chain node and a database that fails over, killed again and again while they are paid.

use anyhow::Result;

use crate::command::{EVERYTHING, cargo, run};
use crate::setup;

const TEST: &str = "all_agree_after_chaos_of_three_servers_over_a_database_that_fails_over";

/// `cargo xtask chaos [--failovers N] [--seed N]`
pub(crate) fn command(failovers: u32, seed: Option<u64>) -> Result<()> {
    setup::chain()?;
    setup::postgres()?;
    let mut test = cargo();
    test.args(["test", "--features", EVERYTHING, "--test", "chaos", TEST])
        .args(["--", "--nocapture"])
        .env("MICRORAIDEN_CHAOS_FAILOVERS", failovers.to_string());
    if let Some(seed) = seed {
        test.env("MICRORAIDEN_CHAOS_SEED", seed.to_string());
    }
    run(&mut test)
}
