//! Servers, a chain node and a store, killed again and again while they are paid.

use anyhow::Result;

use crate::command::{EVERYTHING, cargo, run};
use crate::setup;

/// How the names of these tests begin.
const TESTS: &str = "all_agree_after_chaos";

/// `cargo xtask chaos [--failovers N] [--seed N]`
pub(crate) fn command(failovers: u32, seed: Option<u64>) -> Result<()> {
    setup::chain()?;
    setup::postgres()?;
    let mut test = cargo();
    test.args(["test", "--features", EVERYTHING, "--test", "chaos", TESTS])
        .args(["--", "--include-ignored", "--nocapture"])
        .env("MICRORAIDEN_CHAOS_FAILOVERS", failovers.to_string());
    if let Some(seed) = seed {
        test.env("MICRORAIDEN_CHAOS_SEED", seed.to_string());
    }
    run(&mut test)
}
