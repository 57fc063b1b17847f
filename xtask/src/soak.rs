//! Many channels through nodes that lag and fail, for as long as one wants.

use anyhow::Result;

use crate::command::{EVERYTHING, cargo, run};
use crate::setup;

const TEST: &str = "soak::fifty_channels_through_a_pool_of_nodes";

/// `cargo xtask soak --minutes N [--seed N]`
pub(crate) fn command(minutes: u64, seed: Option<u64>) -> Result<()> {
    setup::chain()?;
    let mut test = cargo();
    test.args(["test", "--features", EVERYTHING, "--test", "chaos", TEST])
        .args(["--", "--ignored", "--nocapture"])
        .env("MICRORAIDEN_SOAK_MINUTES", minutes.to_string());
    if let Some(seed) = seed {
        test.env("MICRORAIDEN_CHAOS_SEED", seed.to_string());
    }
    run(&mut test)
}
