//! Payers that pay at once, each its own channels in turn.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Result, anyhow};
use microraiden::protocol::Amount;
use microraiden::protocol::header::Payment;
use microraiden::receiver::Receiver;

/// What was measured.
pub(crate) struct Load {
    pub(crate) time: Duration,
    /// Of each payment, sorted.
    pub(crate) latencies: Vec<Duration>,
}

/// Makes all payments, of which each list is one payer's and is paid in its order.
pub(crate) async fn run(
    receiver: &Arc<Receiver>,
    lists: Vec<Vec<Payment>>,
    price: Amount,
) -> Result<Load> {
    let start = Instant::now();
    let payers: Vec<_> = lists
        .into_iter()
        .map(|list| tokio::spawn(pay(Arc::clone(receiver), list, price)))
        .collect();
    let mut latencies = Vec::new();
    for payer in payers {
        latencies.extend(payer.await??);
    }
    let time = start.elapsed();
    latencies.sort_unstable();
    Ok(Load { time, latencies })
}

async fn pay(receiver: Arc<Receiver>, list: Vec<Payment>, price: Amount) -> Result<Vec<Duration>> {
    let mut latencies = Vec::with_capacity(list.len());
    for payment in list {
        let start = Instant::now();
        let accepted = receiver.accept(&payment, price).await;
        latencies.push(start.elapsed());
        accepted.map_err(|refused| anyhow!("The receiver refuses a payment: {refused:?}"))?;
    }
    Ok(latencies)
}
